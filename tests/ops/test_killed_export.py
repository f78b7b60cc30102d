"""An export whose worker is killed in the middle is begun anew by the next one, and is whole."""

from __future__ import annotations

import datetime as dt
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import openpyxl
import pytest
from django.db import connection
from tests.ops.running import of_this_run, until

from yixian.lifecycle import parse
from yixian.orders import actions, export_runs
from yixian.orders.filters import Filters
from yixian.orders.models import ExportRun
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.models import User

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROWS = 40_000


def fill() -> User:
    """A hotline with so many orders, all but the first copies of it in the table that lists read."""
    root = parties.create_platform(actor=access.SYSTEM, code="kill", name="测试热线", level="city", book="zhuhai")
    user = parties.create_user(
        actor=access.SYSTEM, platform=root, username="desk", name="测试人员", password="Correct-Horse-Battery-9",
        roles=("supervisor",), must_change_password=False,
    )  # fmt: skip
    told = {"category": "咨询", "channel": "phone", "text": "咨询材料", "requester": {"phone": "13900000000"}}
    actions.handle(None, parse("register", told), access.actor_of(user), platform="kill")
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, "orders_order")
        same = [column.name for column in described if column.name not in ("id", "number", "query_code_hash")]
        columns = ", ".join(same)
        cursor.execute(
            f"insert into orders_order (id, number, {columns}) select id + k, number || lpad(k::text, 6, '0'),"
            f" {columns} from orders_order cross join generate_series(1, {ROWS - 1}) k"
        )
    return user


@contextmanager
def worker(server: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of its own on this test's database."""
    name = quote(str(connection.settings_dict["NAME"]))
    parts = urlsplit(server)
    url = urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))
    environment = {**of_this_run(), "DATABASE_URL": url}
    line = [sys.executable, "-m", "yixian.ops.cli", "worker"]
    process = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


def run() -> ExportRun:
    return ExportRun.objects.get()


def test_a_killed_export_is_begun_anew_and_whole(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user = fill()
    actor = access.actor_of(user)
    export_runs.start(user, actor, Filters(), "xlsx", title="工单清单")
    with worker(database_url) as first:
        assert until(lambda: run().done > 0, 120)
        os.kill(first.pid, signal.SIGKILL)
        first.wait(20)
    assert run().status == "running"
    assert 0 < run().done < ROWS
    monkeypatch.setattr(export_runs, "SILENT", dt.timedelta())
    assert export_runs.tend() == []
    assert run().status == "queued"
    with worker(database_url):
        assert until(lambda: run().status == "done", 240), run().status
    ended = run()
    assert (ended.tries, ended.done, ended.total) == (2, ROWS, ROWS)
    _, parts = export_runs.fetch(user, actor, ended.pk)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(parts)), read_only=True)
    numbers = [row[0] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert len(set(numbers)) == ROWS + 2, "每件一行, 加表头和末行"
    assert numbers[0] == "工单编号"
    assert f"共 {ROWS} 件" in str(numbers[-1])
