"""Several at once, and processes that die in mid-command: one success, one clear refusal, nothing half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from yixian.lifecycle import parse
from yixian.orders import actions, audit, rebuild
from yixian.orders.errors import Busy, Refused, Unavailable
from yixian.orders.models import Event, IdempotencyKey, Order
from yixian.orders.outcome import Item
from yixian.parties import access

from .conftest import START, WATER, World

InThread = Callable[[Callable[[], Any]], Any]


def _all_at_once(acts: list[Callable[[], Any]], in_thread: InThread) -> list[Any]:
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def work(place: int) -> None:
        barrier.wait()
        results[place] = in_thread(acts[place])

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_clerks_at_once(shared_world: World, in_thread: InThread) -> None:
    dispatchers = [shared_world.actor("dispatcher"), shared_world.actor("other_dispatcher")]
    for turn in range(15):
        number = shared_world.register(now=START + turn).order_no
        acts = [
            lambda actor=actor, number=number: actions.handle(  # type: ignore[misc]
                number, parse("dispatch", {"lead": WATER}), actor, now=START + 60
            )
            for actor in dispatchers
        ]
        results = _all_at_once(acts, in_thread)
        kinds = Counter(type(result).__name__ for result in results)
        assert kinds == {"Outcome": 1, "Refused": 1}, results
        refused = next(result for result in results if isinstance(result, Refused))
        assert "不能派单" in refused.detail
        assert "sign" not in refused.allowed
    assert Event.objects.filter(kind="dispatched").count() == 15
    assert audit.verify().whole


def test_the_second_is_told_what_the_first_did(shared_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number = shared_world.register().order_no
    loaded = actions._load

    def load_then_lose(wanted: str, keys: Any) -> Any:
        monkeypatch.setattr(actions, "_load", loaded)
        found = loaded(wanted, keys)
        actions.handle(
            number, parse("dispatch", {"lead": WATER}), shared_world.actor("other_dispatcher"), now=START + 30
        )
        return found

    monkeypatch.setattr(actions, "_load", load_then_lose)
    with pytest.raises(Refused, match="刚刚有变化: 2023-10-09 10:00 other_dispatcher的人 已派单"):
        actions.handle(number, parse("dispatch", {"lead": WATER}), shared_world.actor("dispatcher"), now=START + 31)


def test_one_key_from_many_at_once_does_it_once(shared_world: World, in_thread: InThread) -> None:
    number = shared_world.handling()
    command = parse("supplement", {"text": "补充一点"})
    acts = [lambda: actions.handle(number, command, access.SYSTEM, key="same", now=START + 300)] * 8
    results = _all_at_once(acts, in_thread)
    assert Counter(getattr(result, "replayed", result) for result in results) == {False: 1, True: 7}
    assert Event.objects.filter(kind="supplemented").count() == 1
    acts = [lambda: shared_world.register(key="new one")] * 6
    results = _all_at_once(acts, in_thread)
    assert len({result.order_no for result in results}) == 1
    assert Order.objects.count() == 2


def test_harmless_commands_at_once_all_succeed(shared_world: World, in_thread: InThread) -> None:
    number = shared_world.handling()

    def supplement(text: str) -> Callable[[], Any]:
        return lambda: actions.handle(number, parse("supplement", {"text": text}), access.SYSTEM, now=START + 300)

    results = _all_at_once([supplement(f"补充 {n}") for n in range(5)], in_thread)
    assert [type(result).__name__ for result in results] == ["Outcome"] * 5
    assert Order.objects.get(number=number).id
    assert audit.verify().whole
    assert rebuild.run().different == 0


def test_bulk_and_single_at_once(shared_world: World, in_thread: InThread) -> None:
    numbers = [shared_world.register(now=START + n).order_no for n in range(20)]
    dispatch = parse("dispatch", {"lead": WATER})
    items = [Item(number, dispatch) for number in numbers]
    results = _all_at_once(
        [
            lambda: actions.handle_many(items, access.SYSTEM, START + 90),
            lambda: actions.handle_many(items[::-1], access.SYSTEM, START + 90),
            *(
                lambda number=number: actions.handle(number, dispatch, access.SYSTEM, now=START + 90)
                for number in numbers[:4]
            ),
        ],  # type: ignore[list-item]
        in_thread,
    )
    flat = [one for result in results for one in (result if isinstance(result, list) else [result])]
    assert Counter(type(one).__name__ for one in flat)["Outcome"] == 20
    assert Event.objects.filter(kind="dispatched").count() == 20
    assert rebuild.run().different == 0


def test_a_row_that_is_held_too_long(shared_world: World, in_thread: InThread) -> None:
    number = shared_world.handling()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select 1 from orders_snapshot for update")
            held.set()
            done.wait(20)
            cursor.execute("rollback")

    thread = threading.Thread(target=in_thread, args=(hold,))
    thread.start()
    held.wait(10)
    try:
        with connection.cursor() as cursor:
            cursor.execute("set lock_timeout = '300ms'")
        with pytest.raises(Busy, match="稍后重试"):
            shared_world.give(number, "supplement", text="补充", now=START + 300)
    finally:
        done.set()
        thread.join()
        connection.close()


CHILD = """
import os, sys
import django; django.setup()
from yixian.lifecycle import parse
from yixian.orders import actions
from yixian.parties import access
print("ready", flush=True)
for n in range(100000):
    number = sys.argv[1 + n % (len(sys.argv) - 1)]
    turn = n // (len(sys.argv) - 1)
    words = parse("supplement", {"text": f"补充 {turn}"})
    actions.handle(number, words, access.SYSTEM, key=f"{number}-{turn}", now=NOW + turn)
    print("done", flush=True)
    actions.handle(None, parse("register", {"category": "咨询", "channel": "phone", "text": "请问",
        "requester": {"phone": "13700000000"}}), access.SYSTEM, platform="zhuhai", key=f"new-{n}", now=NOW)
"""


def test_killed_in_mid_command_nothing_is_lost_and_nothing_done_twice(shared_world: World) -> None:
    numbers = [shared_world.handling(now=START + n) for n in range(3)]
    facts = connection.settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}"
    if facts["HOST"].startswith("/"):
        url = "postgresql://{USER}:{PASSWORD}@/{NAME}?host={HOST}"
    environment = os.environ | {"DATABASE_URL": url.format(**facts)}
    script = CHILD.replace("NOW", str(START + 600))
    for turn in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", script, *numbers], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(6 + turn):
            assert child.stdout.readline(), "指令没有成功"
        time.sleep(0.003 * turn)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    supplemented = Event.objects.filter(kind="supplemented").count()
    registered = Order.objects.count() - 3
    assert supplemented > 4
    assert registered > 4
    assert supplemented + registered == IdempotencyKey.objects.count()
    texts = Event.objects.filter(kind="supplemented").values_list("order_id", "data__text")
    assert len(set(texts)) == len(texts), "做了两次"
    assert audit.verify().whole
    assert rebuild.run().different == 0


def test_a_database_that_goes_away(shared_world: World) -> None:
    number = shared_world.handling()
    before = Event.objects.count()
    _cut_off()
    outcome = shared_world.give(number, "supplement", text="连接断过一次", now=START + 300)
    assert outcome.events, "空闲时断开的连接应自动重连"

    def in_a_transaction() -> None:
        with transaction.atomic():
            _cut_off()
            shared_world.give(number, "supplement", text="事务中断开", now=START + 400)

    with pytest.raises(Unavailable, match="已填内容未丢失"):
        in_a_transaction()
    connection.close()
    assert Event.objects.count() == before + 1


def _cut_off() -> None:
    """Another connection ends this thread's, as a restarting server would."""
    pid = connection.connection.info.backend_pid  # type: ignore[union-attr]

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s)", [pid])
        connection.close()

    thread = threading.Thread(target=cut)
    thread.start()
    thread.join()
    time.sleep(0.1)
