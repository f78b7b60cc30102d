"""The live process over HTTP: who is let in, who hears, coming back, the end of a session, its death and return."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live import running
from tests.live.running import Reader, end_session, session_of, status
from tests.web import seed
from tests.web.conftest import forget_caches
from yixian.exchange import addresses
from yixian.exchange.actions import Telling, tell_all
from yixian.orders import clock

pytestmark = pytest.mark.slow
PAGES = 8000


@pytest.fixture
def city(transactional_db: None) -> Iterator[seed.Town]:
    """The city in committed rows, since the process has connections of its own."""
    forget_caches()
    yield seed.town(orders=False)
    forget_caches()


def test_the_stream_from_its_opening_to_its_end(city: seed.Town) -> None:
    port = running.free_port()
    with running.process(port, PAGES):
        _refuses(port, city)
        _tells_those_who_may_hear(port, city)
        _misses_nothing(port, city)
        _rings(port, city)
        _ends_with_its_session(port, city)


def _refuses(port: int, city: seed.Town) -> None:
    cookie = f"Cookie: sessionid={session_of(city.users['dispatcher'])}\r\n"
    assert status(port) == 401
    assert status(port, "Cookie: sessionid=aaaabbbbccccddddeeeeffffgggghhhh\r\n") == 401
    assert status(port, cookie + "Origin: http://elsewhere.example\r\n") == 403
    assert status(port, cookie + "Origin: http://127.0.0.1:9999\r\n") == 403
    assert status(port, cookie + "Sec-Fetch-Site: cross-site\r\n") == 403
    assert status(port, cookie + f"Origin: http://127.0.0.1:{PAGES}\r\n") == 200
    assert status(port, cookie, "/orders/") == 404


def _tells_those_who_may_hear(port: int, city: seed.Town) -> None:
    readers = {name: Reader(port, session_of(city.users[name])) for name in ("dispatcher", "water-clerk")}
    other = Reader(port, session_of(city.users["housing-clerk"]))
    for one in (*readers.values(), other):
        one.until("hello")
    assert readers["dispatcher"].until("counts")["/desks/dispatch/"] == ""
    story = seed.Story(city, clock.now() - 3600).register(0)
    assert [one["number"] for one in readers["dispatcher"].until("news")["orders"]] == [story.number]
    assert readers["water-clerk"].quiet("news", 1)
    story.give("dispatcher", "dispatch", 0.1, lead="water")
    assert readers["water-clerk"].until("news")["orders"][0]["state"] == "dispatched"
    assert readers["water-clerk"].until("counts")["/desks/unit/"] == "1"
    assert other.quiet("news", 1)
    for one in (*readers.values(), other):
        one.close()


def _misses_nothing(port: int, city: seed.Town) -> None:
    key = session_of(city.users["dispatcher"])
    first = Reader(port, key)
    first.until("hello")
    first.close()
    story = seed.Story(city, clock.now() - 3600).register(1)
    story.give("dispatcher", "dispatch", 0.1, lead="housing")
    elsewhere = Reader(port, session_of(city.users["supervisor"]))
    elsewhere.until("hello")
    again = Reader(port, key, first.last)
    found = again.until("news")["orders"]
    assert [(one["number"], one["state"]) for one in found] == [(story.number, "dispatched")]
    lost = Reader(port, key, "ffffffff-3")
    lost.until("reload")
    for one in (elsewhere, again, lost):
        one.close()


def _rings(port: int, city: seed.Town) -> None:
    reader = Reader(port, session_of(city.users["reviewer"]))
    reader.until("hello")
    before = reader.until("unread")["unread"]
    whom = (addresses.of_user(city.users["reviewer"].pk),)
    tell_all([Telling(key="live-1", kind="other", title="提醒", to_whom=whom, at=clock.now())])
    assert reader.until("unread")["unread"] == str(int(before or 0) + 1)
    reader.close()


def _ends_with_its_session(port: int, city: seed.Town) -> None:
    key = session_of(city.users["caller"])
    leaving, staying = Reader(port, key), Reader(port, session_of(city.users["auditor"]))
    leaving.until("hello")
    staying.until("hello")
    end_session(key)
    leaving.until("bye", 15)
    assert staying.quiet("bye", 0.5)
    assert not staying.closed
    for one in (leaving, staying):
        one.close()


def test_after_its_death_a_reader_is_asked_to_look_for_itself(city: seed.Town) -> None:
    port = running.free_port()
    key = session_of(city.users["dispatcher"])
    with running.process(port, PAGES) as first:
        reader = Reader(port, key)
        reader.until("hello")
        running.kill(first)
        list(reader.messages(5))
        assert reader.closed
    with running.process(port, PAGES):
        again = Reader(port, key, reader.last)
        again.until("reload")
        story = seed.Story(city, clock.now() - 3600).register(0)
        assert again.until("news")["orders"][0]["number"] == story.number
        again.close()
