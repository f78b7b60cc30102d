"""Alarms: told at once and again every five minutes to wider circles, until somebody confirms; never twice a minute."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from tests.supervision.conftest import NOW, actor, drain, forget
from tests.web import seed
from tests.web.seed import HOUR, Story, Town
from yixian.exchange import queries
from yixian.exchange.models import Audience, Notice
from yixian.orders.errors import BadInput, Denied
from yixian.supervision import alarms
from yixian.supervision.models import Alarm, AlarmRound

MINUTE = 60


def _emergency(town: Town, at: int = NOW) -> Story:
    story = Story(town, at).register(2, emergency="event")
    drain(at)
    return story


def _times(town: Town, username: str) -> int:
    return sum(row.kind == "alarm" for row in queries.page(actor(town, username)).rows)


def test_told_at_once_then_every_five_minutes_to_wider_circles(town: Town) -> None:
    _emergency(town)
    assert (_times(town, "agent"), _times(town, "dispatcher"), _times(town, "supervisor")) == (1, 1, 0)
    assert alarms.ring(NOW + 4 * MINUTE) == 0
    assert alarms.ring(NOW + 5 * MINUTE) == 1
    assert (_times(town, "agent"), _times(town, "reviewer"), _times(town, "supervisor")) == (2, 1, 0)
    assert alarms.ring(NOW + 10 * MINUTE) == 1
    assert (_times(town, "agent"), _times(town, "supervisor")) == (3, 1)
    assert [row.number for row in AlarmRound.objects.order_by("number")] == [1, 2, 3]


def test_never_twice_for_the_same_moment_and_missed_ones_once(town: Town) -> None:
    _emergency(town)
    assert alarms.ring(NOW) == 0
    assert alarms.ring(NOW + 5 * MINUTE) == 1
    assert alarms.ring(NOW + 5 * MINUTE) == 0
    assert alarms.ring(NOW + 47 * MINUTE) == 1, "what was missed while nobody rang is told once"
    assert alarms.ring(NOW + 47 * MINUTE) == 0
    assert alarms.ring(NOW + 50 * MINUTE) == 1, "and the rhythm is kept"


def test_after_the_first_hour_it_is_told_less_often(town: Town) -> None:
    _emergency(town)
    told = [minute for minute in range(1, 181) if alarms.ring(NOW + minute * MINUTE)]
    assert told == [*range(5, 61, 5), *range(90, 181, 30)]


def test_calling_the_unit_settles_it_and_is_logged(town: Town) -> None:
    story = _emergency(town)
    story.give("agent", "notify_unit", 0.2, unit="water", phone="0756-12345", answered_by="值班员老李")
    drain(story.at)
    row = Alarm.objects.get()
    assert (row.settled, row.called_unit, row.settled_by) == ("called", "water", "陈晓岚")
    assert (row.called_phone, row.answered_by) == ("0756-12345", "值班员老李")
    assert row.settled_at.timestamp() == story.at
    assert alarms.ring(NOW + HOUR) == 0
    assert alarms.waiting(actor(town, "agent")) == []


def test_a_person_confirms_with_a_reason(town: Town) -> None:
    story = _emergency(town)
    with pytest.raises(BadInput, match="写明"):
        alarms.confirm(actor(town, "agent"), str(story.number), " ", NOW)
    with pytest.raises(Denied, match="话务员"):
        alarms.confirm(actor(town, "auditor"), str(story.number), "收到", NOW)
    with pytest.raises(BadInput, match="没有这条"):
        alarms.confirm(actor(town, "water-clerk"), str(story.number), "收到", NOW)
    alarms.confirm(actor(town, "agent"), str(story.number), "已转 120", NOW + MINUTE)
    with pytest.raises(BadInput, match="没有这条"):
        alarms.confirm(actor(town, "dispatcher"), str(story.number), "再确认", NOW + MINUTE)
    assert alarms.ring(NOW + HOUR) == 0
    (row,) = alarms.settled(actor(town, "agent"))
    assert (row.outcome, row.settled_by, row.note) == ("热线已确认", "陈晓岚", "已转 120")


def test_it_stops_when_the_order_is_over(town: Town) -> None:
    story = _emergency(town)
    story.give("agent", "withdraw", 0.1, reason="已自行解决")
    drain(story.at)
    assert Alarm.objects.get().settled == "over"


def test_history_and_plain_orders_raise_none(town: Town) -> None:
    Story(town, NOW - 30 * 24 * HOUR).register(2, emergency="event")
    Story(town, NOW).register(0)
    drain()
    assert Alarm.objects.count() == 0


def test_the_unit_of_the_order_sees_it_and_no_other(town: Town) -> None:
    story = _emergency(town)
    story.give("dispatcher", "dispatch", 0.05, lead="water")
    drain(story.at)
    assert len(alarms.waiting(actor(town, "water-clerk"))) == 1
    assert alarms.waiting(actor(town, "housing-clerk")) == []
    alarms.ring(NOW + 5 * MINUTE)
    assert _times(town, "water-clerk") == 1


# ---- killed and shared ----------------------------------------------------------------------------------------------

CHILD = """
import os, signal, sys
import django; django.setup()
from yixian.supervision import alarms
first = alarms.tell_all
def told_then_killed(notices):
    count = first(notices)
    print("told", count, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
alarms.tell_all = told_then_killed
alarms.ring(int(sys.argv[1]))
"""


@pytest.fixture
def shared_town(transactional_db: None, settings: pytest.FixtureRequest) -> Town:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    forget()
    return seed.town(orders=False)


def test_killed_in_the_middle_it_is_told_once_all_the_same(shared_town: Town) -> None:
    """SIGKILL after the notices were written, before the commit: nothing is left, and the next ring tells it, once."""
    _emergency(shared_town)
    facts = connection.settings_dict
    url = f"postgresql://{facts['USER']}:{facts['PASSWORD']}@/{facts['NAME']}?host={facts['HOST']}&port={facts['PORT']}"
    before = Audience.objects.count()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(NOW + 5 * MINUTE)],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert child.returncode == -9, child.stderr[-2000:]
    assert child.stdout.startswith("told 3")
    assert (Audience.objects.count(), AlarmRound.objects.count()) == (before, 1)
    assert alarms.ring(NOW + 5 * MINUTE) == 1
    assert alarms.ring(NOW + 5 * MINUTE) == 0
    assert (Audience.objects.count(), AlarmRound.objects.count()) == (before + 3, 2)


def test_many_workers_ring_each_alarm_once(shared_town: Town) -> None:
    for turn in range(30):
        Story(shared_town, NOW).register(turn % 8, emergency="event")
    drain(NOW)
    before = Notice.objects.count()
    told: list[int] = []

    def work() -> None:
        try:
            told.append(alarms.ring(NOW + 5 * MINUTE))
        finally:
            connections.close_all()

    _run([work] * 4)
    assert sum(told) == 30
    assert Notice.objects.count() == before + 30


def _run(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_circles_widen_and_never_narrow() -> None:
    circles = [set(alarms.circle(number)) for number in range(6)]
    assert all(before <= after for before, after in itertools.pairwise(circles))
    assert "supervisor" in circles[-1]
