"""An export whose worker is killed in the middle is begun anew by the next one, and is whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from tests.ops.running import Platform, platform, ready

__all__ = ["platform"]
pytestmark = pytest.mark.slow

ROWS = 60_000
BOOT = """
import json, os, signal, time
from yixian.ops import boot
boot.database(); boot.django()
from django.db import connection
from yixian.orders import export_runs
from yixian.orders.models import ExportRun
from yixian.parties import access
from yixian.parties.models import User
"""
SEED = f"""
from yixian.lifecycle import parse
from yixian.orders import actions
from yixian.parties import actions as parties
root = parties.create_platform(actor=access.SYSTEM, code="kill", name="测试热线", level="city", book="zhuhai")
user = parties.create_user(actor=access.SYSTEM, platform=root, username="desk", name="测试人员",
                           password="Correct-Horse-Battery-9", roles=("supervisor",), must_change_password=False)
told = {{"category": "咨询", "channel": "phone", "text": "咨询材料", "requester": {{"phone": "13900000000"}}}}
actions.handle(None, parse("register", told), access.actor_of(user), platform="kill")
with connection.cursor() as cursor:
    names = [name for name in (column.name for column in connection.introspection.get_table_description(
        cursor, "orders_order")) if name not in ("id", "number", "query_code_hash")]
    columns = ", ".join(names)
    cursor.execute(f"insert into orders_order (id, number, {{columns}}) select id + k, number || lpad(k::text, 6, '0'),"
                   f" {{columns}} from orders_order cross join generate_series(1, {ROWS - 1}) k")
print(json.dumps(User.objects.count()))
"""
KILL = """
from yixian.orders.queries import Filters
user = User.objects.get(username="desk")
run = export_runs.start(user, access.actor_of(user), Filters(), "xlsx", title="工单清单")
until = time.monotonic() + 60
while time.monotonic() < until and not ExportRun.objects.get(pk=run.pk).done:
    time.sleep(0.02)
os.kill(WORKER, signal.SIGKILL)
found = ExportRun.objects.get(pk=run.pk)
print(json.dumps([run.pk, found.status, found.done]))
"""
AFTER = """
import datetime as dt, io, openpyxl
export_runs.SILENT = dt.timedelta(seconds=2)
time.sleep(3)
until = time.monotonic() + 120
while time.monotonic() < until and ExportRun.objects.get().status != "done":
    export_runs.tend() if ExportRun.objects.get().tries < 2 else None
    time.sleep(0.5)
run = ExportRun.objects.get()
user = User.objects.get(username="desk")
_, parts = export_runs.fetch(user, access.actor_of(user), run.pk)
book = openpyxl.load_workbook(io.BytesIO(b"".join(parts)), read_only=True)
numbers = [row[0] for row in book.worksheets[0].iter_rows(values_only=True)]
print(json.dumps([run.status, run.tries, run.done, len(set(numbers)), numbers[0], numbers[-1]]))
"""


def _python(platform: Platform, script: str) -> Any:
    environment = {**os.environ, "YIXIAN_HOME": str(platform.home)}
    environment.pop("DATABASE_URL", None)
    line = [sys.executable, "-c", BOOT + script]
    told = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr[-2000:]
    return json.loads(told.stdout.splitlines()[-1])


def test_a_killed_export_is_begun_anew_and_whole(platform: Platform) -> None:
    ready(platform)
    _python(platform, SEED)
    worker = platform.pid_of("ops.cli worker")
    _, status, done = _python(platform, KILL.replace("WORKER", str(worker)))
    assert status == "running"
    assert 0 < done < ROWS
    status, tries, done, different, first, last = _python(platform, AFTER)
    assert (status, tries, done) == ("done", 2, ROWS)
    assert different == ROWS + 2, "每件一行, 加表头和末行"
    assert first == "工单编号"
    assert f"共 {ROWS} 件" in last
