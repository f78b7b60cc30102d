"""Rating by link (评价链接): opened with the survey, good once, dead to everybody else, shown to few and journaled."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections

from tests.web import seed
from tests.web.conftest import forget_caches
from tests.web.seed import Story, Town
from yixian.intake import rating_links
from yixian.intake.models import RatingLink
from yixian.lifecycle.commands import Evaluate
from yixian.orders import clock, reacting, session
from yixian.orders.errors import NotFound, OrderError
from yixian.orders.models import Order
from yixian.parties import access
from yixian.parties.models import AuditEntry

REPLY = "时间: 接单当日。经过: 我局派员到场核查并组织疏通。结果: 积水已排除, 管网已清淤。依据: 城镇排水与污水处理条例。"


def word_of(link: rating_links.Link) -> str:
    """The secret part of a link's path."""
    return link.path.split("/")[2]


def asked(place: Town, hours_ago: float = 40) -> Story:
    """An order whose requester is being asked to rate."""
    told = Story(place, clock.now() - int(hours_ago * 3600)).register(6)
    told.give("dispatcher", "dispatch", 1, lead="water").give("water-clerk", "sign", 2)
    told.give("water-clerk", "reply", 10, text=REPLY, contacted=True, signed_by="分管负责人")
    return told.give("reviewer", "pass_review", 20)


def actor(place: Town, username: str) -> access.Actor:
    """A member of the staff."""
    return access.actor_of(place.users[username])


def test_a_link_is_opened_with_the_survey_and_ends_with_it(town: Town) -> None:
    number = asked(town).number
    reacting.drain()
    row = RatingLink.objects.get(order_no=number)
    due = session.fetch_one(
        "select extract(epoch from d.due_at)::bigint from orders_deadline d join orders_order o on o.id = d.order_id"
        " where o.number = %s and d.clock = 'survey'",
        [number],
    )
    assert due is not None
    assert int(row.expires_at.timestamp()) == due[0]
    (link,) = rating_links.waiting(actor(town, "caller"))
    assert link.order_no == number
    assert rating_links.opened(word_of(link)).number == number


def test_the_tables_do_not_hold_the_word_of_the_link(town: Town) -> None:
    number = str(asked(town).number)
    word = word_of(rating_links.of_order(number, actor(town, "caller")))
    assert len(word) >= 22, "at least 128 random bits"
    row = RatingLink.objects.get(order_no=number)
    assert word.encode() not in (bytes(row.mark), bytes(row.nonce))
    assert word_of(rating_links.of_order(number, actor(town, "caller"))) == word, "the same survey has one link"
    assert AuditEntry.objects.filter(verb="取评价链接", subject=number).count() == 2


def test_a_link_counts_once(town: Town) -> None:
    number = str(asked(town).number)
    word = word_of(rating_links.of_order(number, actor(town, "caller")))
    done = rating_links.rate(word, Evaluate(level="不满意", note="还在漏"), key="first")
    assert done.state.ratings[-1].by == "sms"
    assert done.state.state == "calling_back"
    with pytest.raises(rating_links.DeadLink):
        rating_links.rate(word, Evaluate(level="非常满意"), key="second")
    assert [item.level for item in Order.objects.get(number=number) and _ratings(number)] == ["不满意"]
    assert not rating_links.waiting(actor(town, "caller"))


def _ratings(number: str) -> Any:
    from yixian.orders import store

    loaded = store.load(number)
    assert loaded is not None
    assert loaded.state is not None
    return loaded.state.ratings


def test_expired_forged_and_foreign_links_get_one_answer(town: Town) -> None:
    told = asked(town)
    word = word_of(rating_links.of_order(str(told.number), actor(town, "caller")))
    for wrong in (word[:-1] + ("A" if word[-1] != "A" else "B"), "", "x" * 400, "评价", "\0"):
        with pytest.raises(rating_links.DeadLink):
            rating_links.opened(wrong)
    with clock.use(clock.now() + 40 * 86400), pytest.raises(rating_links.DeadLink):
        rating_links.opened(word)


def test_the_next_survey_has_a_link_of_its_own(town: Town) -> None:
    told = asked(town)
    number = str(told.number)
    old = word_of(rating_links.of_order(number, actor(town, "caller")))
    told.give("caller", "evaluate", 1, level="不满意").give("caller", "call_back", 1, reached=True, wants_redo=True)
    told.give("supervisor", "order_redo", 1, reason="没有解决, 重新办理")
    told.give("water-clerk", "reply", 2, text=REPLY, contacted=True, signed_by="分管负责人")
    told.give("reviewer", "pass_review", 1)
    with pytest.raises(rating_links.DeadLink):
        rating_links.opened(old)
    new = word_of(rating_links.of_order(number, actor(town, "caller")))
    assert new != old
    assert rating_links.opened(new).state == "surveying"


def test_units_never_get_the_link(town: Town) -> None:
    number = str(asked(town).number)
    for username in ("water-clerk", "auditor"):
        with pytest.raises(NotFound):
            rating_links.of_order(number, actor(town, username))
    with pytest.raises(NotFound):
        rating_links.of_order(number, actor(town, "housing-clerk"))


def test_nobody_is_asked_no_link(busy: Town) -> None:
    for name in ("handling", "closed", "replied"):
        with pytest.raises(NotFound):
            rating_links.of_order(busy.orders[name], actor(busy, "caller"))


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_exactly_one_counts(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_caches()
    place = seed.town(orders=False)
    number = str(asked(place).number)
    word = word_of(rating_links.of_order(number, actor(place, "caller")))
    start, results = threading.Barrier(6), []

    def click(turn: int) -> None:
        try:
            start.wait()
            rating_links.rate(word, Evaluate(level="不满意"), key=f"click {turn}")
            results.append("counted")
        except OrderError as error:
            results.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("counted") == 1, results
    assert len(_ratings(number)) == 1
    connection.close()
    forget_caches()


def test_a_gateways_token_fetches_the_links_and_a_person_does_not(town: Town) -> None:
    from django.test import Client

    from yixian.parties import credentials

    number = str(asked(town).number)
    reacting.drain()
    raw = {
        scope: credentials.issue_token(actor=access.SYSTEM, user=town.users["caller"], name=scope, scopes=[scope]).raw
        for scope in ("evaluate", "read")
    }
    path = "/api/v1/rating-links"
    got = Client().get(path, headers={"authorization": f"Bearer {raw['evaluate']}"})
    (link,) = got.json()["links"]
    assert link["number"] == number
    assert Client().get(link["path"]).status_code == 200
    assert AuditEntry.objects.filter(verb="取评价链接").count() == 1
    assert Client().get(path, headers={"authorization": f"Bearer {raw['read']}"}).status_code == 403
    person = Client()
    person.force_login(town.users["caller"], backend="yixian.parties.sessions.Backend")
    assert person.get(path).status_code == 403
