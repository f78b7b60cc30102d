"""Simulated lives: nothing lost, nothing stuck, every book obeyed, and no kill at any moment does harm."""

from __future__ import annotations

import datetime as dt
import json
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from yixian.ops import simulate
from yixian.ops.simulate_report import Figures
from yixian.orders import books

START = dt.date(2024, 3, 4)
BOOKS = ("anhui", "zhuhai", "lezhi", "changzhi", "neimenggu")


def _simulate(file: Path, book: str, limit: int | None = None, seed: str = "1") -> Figures:
    run = simulate.prepare(file, book, seed, limit, START)
    figures, _, _ = simulate.simulate(run, limit)
    return figures


@pytest.mark.django_db
@pytest.mark.parametrize("book", BOOKS)
def test_every_message_reaches_the_archive_under_every_book(book: str, messages_xlsx: Callable[[int], Path]) -> None:
    figures = _simulate(messages_xlsx(40), book)
    assert figures.faults == []
    assert figures.states == {"archived": figures.orders}
    assert figures.orders - figures.opened == 40
    assert figures.rebuild_different == 0
    assert figures.events["replied"] >= 20


@pytest.mark.django_db
def test_deadlines_are_met_and_missed_where_the_book_sets_them(messages_xlsx: Callable[[int], Path]) -> None:
    figures = _simulate(messages_xlsx(60), "zhuhai", seed="3")
    assert figures.late > 0
    assert figures.in_time > figures.late
    assert figures.red >= figures.late
    assert figures.silent > 0


@pytest.mark.django_db
def test_the_same_run_again_does_nothing_twice(messages_xlsx: Callable[[int], Path]) -> None:
    file = messages_xlsx(25)
    first = _simulate(file, "lezhi")
    again = _simulate(file, "lezhi")
    assert again.faults == []
    assert again.orders == first.orders
    assert again.events == first.events
    assert again.replayed == 25


@pytest.mark.django_db
def test_rows_without_words_are_skipped_and_counted(messages_csv: Callable[..., Path]) -> None:
    long = "长" * 20001
    file = messages_csv([["标题", "内容"], ["好的", "路灯坏了请修一下"], ["空的", "  "], ["太长", long]])
    run = simulate.prepare(file, "national", "1", None, START)
    figures, skipped, _ = simulate.simulate(run, None)
    assert skipped == {"3": "诉求内容为空", "4": "诉求内容过长: 20001 字, 最多 20000 字"}
    assert (figures.rows, figures.skipped, figures.orders) == (3, 2, 1)
    assert figures.faults == []


@pytest.mark.django_db
@pytest.mark.parametrize("book", BOOKS)
def test_a_sample_of_real_messages(book: str, shared_data: Path) -> None:
    figures = _simulate(shared_data / "messages" / "unlabelled_2801.xlsx", book, limit=60)
    assert figures.faults == []
    assert figures.states == {"archived": figures.orders}
    assert figures.orders - figures.opened == 60


def test_virtual_time_must_lie_in_the_past(start, messages_xlsx: Callable[[int], Path]) -> None:
    process = start("simulate", "--messages", str(messages_xlsx(2)), "--book", "national", "--start", "2199-01-01")
    _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "虚拟时间须整个在过去" in error


@pytest.mark.slow
def test_killed_at_random_it_is_finished_without_loss(
    start, own_environment: dict[str, str], messages_xlsx: Callable[[int], Path]
) -> None:
    """SIGKILL falls on the simulation and on a sweep beside it; started again, the run ends as if it had not."""
    file = messages_xlsx(120)
    arguments = ("simulate", "--messages", str(file), "--book", "zhuhai", "--seed", "kill", "--json")
    chance = random.Random(20240304)
    for _ in range(6):
        process, sweeper = start(*arguments), start("sweep", "--loop")
        _wait_for_work(own_environment["DATABASE_URL"], process)
        time.sleep(chance.uniform(0.1, 2.5))
        for victim in (process, sweeper):
            victim.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode in (-signal.SIGKILL, 0)
    last = start(*arguments)
    out, error = last.communicate(timeout=300)
    assert last.returncode == 0, error
    figures = json.loads(out)["figures"]
    assert figures["faults"] == []
    assert figures["orders"] - figures["opened"] == 120
    assert figures["states"] == {"archived": figures["orders"]}
    with psycopg.connect(own_environment["DATABASE_URL"]) as connection:
        row = connection.execute(_TWICE, [json.loads(out)["platform"]]).fetchone()
    assert row == (0,), "no order was registered, first answered or archived twice"


@pytest.mark.slow
def test_two_at_once_do_the_work_of_one(
    start, own_environment: dict[str, str], messages_xlsx: Callable[[int], Path]
) -> None:
    arguments = ("simulate", "--messages", str(messages_xlsx(50)), "--book", "lezhi", "--seed", "both", "--json")
    both = [start(*arguments), start(*arguments)]
    for process in both:
        out, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
        figures = json.loads(out)["figures"]
        assert figures["states"] == {"archived": 50}
    with psycopg.connect(own_environment["DATABASE_URL"]) as connection:
        assert connection.execute(_TWICE, [json.loads(out)["platform"]]).fetchone() == (0,)


_TWICE = """
select count(*) from (
    select e.order_id, e.kind from orders_event e join orders_order o on o.id = e.order_id
    join parties_platform p on p.id = o.platform_id
    where p.code = %s and e.kind in ('registered', 'archived', 'appealed', 'statement_filed')
    group by 1, 2 having count(*) > 1) twice"""


def _wait_for_work(url: str, process) -> None:
    """Until the process has begun to write events (its start takes seconds, in which killing proves nothing)."""
    deadline = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        before = connection.execute("select coalesce(max(id), 0) from orders_event").fetchone()
        while time.monotonic() < deadline and process.poll() is None:
            if connection.execute("select coalesce(max(id), 0) from orders_event").fetchone() != before:
                return
            time.sleep(0.05)


@pytest.mark.django_db
def test_a_database_that_goes_away_is_waited_for(
    messages_xlsx: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from yixian.ops import simulate_engine
    from yixian.orders import actions
    from yixian.orders.errors import Unavailable

    real = actions.handle_many
    calls = {"number": 0}

    def sometimes_away(items, actor, now=None):
        calls["number"] += 1
        if calls["number"] % 7 == 0:
            if calls["number"] % 14 == 0:
                real(items, actor, now)  # written, but the answer was lost on the way
            raise Unavailable
        return real(items, actor, now)

    monkeypatch.setattr(simulate_engine.actions, "handle_many", sometimes_away)
    monkeypatch.setattr(simulate_engine.time, "sleep", lambda seconds: None)
    figures = _simulate(messages_xlsx(15), "anhui", seed="away")
    assert figures.faults == []
    assert figures.orders == 15


@pytest.mark.django_db
def test_all_books_of_the_tests_are_installed() -> None:
    assert set(BOOKS) <= set(books.library().names())
