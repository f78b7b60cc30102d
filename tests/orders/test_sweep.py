"""Due timers fire once, whoever sweeps and whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from django.db import connection, connections

from yixian.orders import audit, clock, rebuild, sweep
from yixian.orders.models import Event, Order, Snapshot

from .conftest import START, World

DAY = 86400


def test_the_sweep_fires_what_is_due_and_no_more(world: World) -> None:
    early = world.handling()
    late = world.handling(now=START + 20 * DAY)
    report = sweep.run(START + 20 * DAY)
    assert report.orders == 1
    assert not report.stuck
    assert set(Event.objects.filter(kind="late").values_list("order_id", flat=True)) == {
        Order.objects.get(number=early).id
    }
    assert Order.objects.get(number=late).card == ""
    assert sweep.run(START + 20 * DAY).orders == 0
    assert rebuild.run().different == 0


def test_it_takes_the_injected_time_and_a_limit(world: World) -> None:
    for turn in range(4):
        world.handling(now=START + turn)
    with clock.use(START + 30 * DAY):
        assert sweep.run(limit=3).orders == 3
        assert sweep.run().orders == 1
    assert Snapshot.objects.filter(next_timer_at__lte="2023-11-01T00:00Z").count() == 0


def test_an_order_whose_rules_are_gone_holds_up_nobody(world: World) -> None:
    broken = world.handling()
    sound = world.handling(now=START + 1)
    order = Order.objects.get(number=broken)
    with connection.cursor() as cursor:
        wrong = "update orders_snapshot set body = replace(body::text, '2023-09-01', '1999-01-01')::json"
        cursor.execute(f"{wrong} where order_id = %s", [order.id])
    report = sweep.run(START + 30 * DAY)
    assert report.stuck == [broken]
    assert Order.objects.get(number=sound).card == "red"
    assert sweep.run(START + 30 * DAY + 60).stuck == []


def test_two_sweeps_at_once_fire_each_timer_once(shared_world: World) -> None:
    for turn in range(60):
        shared_world.handling(now=START + turn)
    reports: list[sweep.SweepReport] = []

    def work() -> None:
        reports.append(sweep.run(START + 30 * DAY))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    batch, sweep.BATCH = sweep.BATCH, 7
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sweep.BATCH = batch
    assert sum(report.orders for report in reports) == 60
    lates = Event.objects.filter(kind="late", data__clocks__contains=[{"name": "reply"}])
    assert lates.count() == 60
    assert audit.verify().whole
    assert rebuild.run().different == 0


def test_several_threads_of_one_sweep(shared_world: World) -> None:
    for turn in range(20):
        shared_world.handling(now=START + turn)
    assert sweep.run(START + 30 * DAY, workers=2).orders == 20


CHILD = """
import sys
import django; django.setup()
from yixian.orders import sweep
sweep.BATCH = 3
print("ready", flush=True)
sweep.run(int(sys.argv[1]))
"""


def test_a_killed_sweep_loses_nothing(shared_world: World) -> None:
    for turn in range(80):
        shared_world.handling(now=START + turn)
    facts = connection.settings_dict
    url = f"postgresql://{facts['USER']}:{facts['PASSWORD']}@/{facts['NAME']}?host={facts['HOST']}"
    moment = START + 30 * DAY
    for turn in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(moment)],
            env=os.environ | {"DATABASE_URL": url},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.05 + 0.04 * turn)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    sweep.run(moment)
    replies = Event.objects.filter(kind="late", data__clocks__contains=[{"name": "reply"}])
    assert replies.count() == len(set(replies.values_list("order_id", flat=True))) == 80
    assert audit.verify().whole
    assert rebuild.run().different == 0
