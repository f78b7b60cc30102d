"""Who hears what, what a returning reader is told, and that one who does not read costs nobody else anything."""

from __future__ import annotations

import json
from typing import Any

from tests.live.running import in_a_loop_of_its_own
from yixian.parties.permission import Actor, Scope
from yixian.web.live.following import GAP_SECONDS, Reach
from yixian.web.live.hub import OVERFLOW, QUEUE, Hub, Listener, Person
from yixian.web.live.news import ALARM, NOTICE, ORDER, Ears, Item, told

CITY = Scope("platforms", platform_ids=(1,))
OTHER_CITY = Scope("platforms", platform_ids=(2,))
WATER = Scope("unit", unit_codes=frozenset({"water"}))


def item(number: str = "Z-1", platform: int = 1, units: tuple[str, ...] = ("water",), **more: Any) -> Item:
    said = {"number": number, "state": "dispatched", "card": "", "seq": 2, "kinds": ["dispatched"]}
    return Item(ORDER, platform, frozenset(units), said=said, **more)


def person(scope: Scope, user: int = 1, addresses: tuple[str, ...] = ()) -> Person:
    return Person(user, Actor("hotline", f"u{user}"), Ears.of(scope), frozenset(addresses), scope.kind)


def listener(scope: Scope, user: int = 1, addresses: tuple[str, ...] = ()) -> Listener:
    return Listener(f"session{user}", person(scope, user, addresses), "127.0.0.1")


def heard(one: Listener) -> list[tuple[str, dict[str, Any]]]:
    """The messages that wait, as (event, data); the greeting's `retry` line is left out."""
    found = []
    for chunk in one.waiting:
        lines = dict(line.split(": ", 1) for line in chunk.decode().strip().splitlines())
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    one.waiting.clear()
    return found


def test_an_order_is_heard_where_it_may_be_read_and_nowhere_else() -> None:
    hub, ears = Hub(), {}
    for name, scope in {"city": CITY, "other": OTHER_CITY, "water": WATER}.items():
        ears[name] = listener(scope)
        hub.join(ears[name])
        heard(ears[name])
    hub.publish([item(units=("housing",))])
    assert [event for event, _ in heard(ears["city"])] == ["news"]
    assert heard(ears["other"]) == []
    assert heard(ears["water"]) == []
    hub.publish([item(units=("water", "housing"))])
    assert heard(ears["water"]) == [("news", {"orders": [item().said]})]


def test_a_unit_that_lost_an_order_hears_its_number_and_nothing_more() -> None:
    lost = item(units=("housing",), left=frozenset({"water"}))
    assert told([lost], Ears.of(WATER)) == {"orders": [{"number": "Z-1", "gone": True}]}


def test_several_events_of_one_order_are_one_entry_with_its_latest_state() -> None:
    signed = Item(ORDER, 1, said={"number": "Z-1", "state": "handling", "card": "", "seq": 3, "kinds": ["signed"]})
    found = told([item(), signed, Item(ALARM, 1, said={"number": "Z-1"})], Ears.of(CITY))
    assert found["alarm"] is True
    assert [one["kinds"] for one in found["orders"]] == [["dispatched", "signed"]]
    assert found["orders"][0]["state"] == "handling"


def test_a_notice_rings_for_those_it_is_for() -> None:
    hub, rung = Hub(), set[int]()
    hub.on_notices = rung.update
    for user, address in ((1, "user:1"), (2, "unit:water"), (3, "user:3")):
        hub.join(listener(CITY, user, (address,)))
    hub.publish([Item(NOTICE, addresses=frozenset({"unit:water", "user:3"}))])
    assert rung == {2, 3}


def test_a_reader_who_comes_back_misses_nothing() -> None:
    hub, first = Hub(), listener(CITY)
    hub.join(first)
    hub.publish([item("Z-1")])
    mark = hub.mark
    hub.leave(first)
    hub.publish([item("Z-2")])
    hub.publish([item("Z-3", platform=2)])
    again = listener(CITY)
    hub.join(again, mark)
    assert [[one["number"] for one in data["orders"]] for _, data in heard(again)] == [["Z-2"]]
    other = listener(CITY)
    hub.join(other, hub.mark)
    assert heard(other) == [("hello", {})]


def test_a_place_that_is_no_longer_known_asks_the_page_to_look_for_itself() -> None:
    now = [1000.0]
    hub = Hub(lambda: now[0])
    hub.publish([item("Z-1")])
    old = hub.mark
    now[0] += 3600
    hub.publish([item("Z-2")])
    hub.publish([item("Z-3")])
    for last in (old.rsplit("-", 1)[0] + "-0", "other-1", f"{hub.boot}-99", f"{hub.boot}-x", "nonsense"):
        late = listener(CITY)
        hub.join(late, last)
        assert [event for event, _ in heard(late)] == ["reload"], last


def test_a_page_hears_what_came_between_its_making_and_its_stream() -> None:
    now = [1000.0]
    hub = Hub(lambda: now[0])
    now[0] = 1010.0
    hub.publish([item("Z-1")])
    late, early, before = listener(CITY), listener(CITY), listener(CITY)
    hub.join(late, since=1011)
    hub.join(early, since=1009)
    hub.join(before, since=900)
    assert heard(late) == [("hello", {})]
    assert [event for event, _ in heard(early)] == ["news"]
    assert [event for event, _ in heard(before)] == ["reload"]


def test_one_who_does_not_read_is_dropped_and_the_others_hear_on() -> None:
    hub, slow, quick = Hub(), listener(CITY), listener(CITY, 2)
    hub.join(slow)
    hub.join(quick)
    for number in range(QUEUE + 5):
        hub.publish([item(f"Z-{number}")])
        heard(quick)
    assert slow.closed == OVERFLOW
    assert not slow.waiting
    hub.publish([item("Z-last")])
    assert [data["orders"][0]["number"] for _, data in heard(quick)] == ["Z-last"]


def test_a_flood_tells_everyone_to_look_and_keeps_nothing() -> None:
    hub, one = Hub(), listener(CITY)
    hub.join(one)
    mark = hub.mark
    heard(one)
    hub.publish([], flooded=True)
    assert heard(one) == [("reload", {})]
    late = listener(CITY)
    hub.join(late, mark)
    assert [event for event, _ in heard(late)] == ["reload"]


def test_an_ended_stream_still_says_goodbye() -> None:
    one = listener(CITY)
    one.offer(b"bye")
    one.end()
    one.offer(b"never")
    assert in_a_loop_of_its_own(one.take(1)) == b"bye"


def test_ids_that_commit_late_are_looked_for_until_a_minute_has_passed() -> None:
    reach = Reach(high=10)
    reach.take([11, 14], 0)
    assert list(reach.gaps) == [12, 13]
    reach.take([12], 1)
    assert list(reach.gaps) == [13]
    reach.take([15], GAP_SECONDS + 1)
    assert list(reach.gaps) == []
    assert reach.high == 15
