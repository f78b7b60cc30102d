"""Exports in the background: whole, sealed, marked, journaled, one's own; a dead worker's run begins anew."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from yixian.orders import export_runs, exporting, sealed_exports
from yixian.orders.errors import BadInput, Denied, NotFound, Unavailable
from yixian.orders.filters import Filters
from yixian.orders.models import ExportRun
from yixian.orders.models_lists import DONE, FAILED, GONE, QUEUED, RUNNING, STOPPED
from yixian.parties.models import AuditEntry

from .conftest import START, World, _user


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.FILES_ROOT = tmp_path
    return tmp_path / "exports"


def started(world: World, ending: str = "csv", who: str = "reviewer", **told: Any) -> ExportRun:
    wanted = told.pop("wanted", Filters())
    return export_runs.start(world.users[who], world.actor(who), wanted, ending, title="工单清单", **told)


def fetched(world: World, run: ExportRun, who: str = "reviewer") -> bytes:
    _, parts = export_runs.fetch(world.users[who], world.actor(who), run.pk)
    return b"".join(parts)


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_list_is_written_sealed_and_fetched_by_who_asked(world: World, folder: Path) -> None:
    kept = [world.register(text=f"=致电13800138000 第{n}件").order_no for n in range(5)]
    world.register(category="投诉")
    run = started(world, wanted=Filters(category="咨询"))
    assert (run.status, run.total) == (QUEUED, 5)
    ended = export_runs.work(run.pk)
    assert ended is not None
    assert (ended.status, ended.done) == (DONE, 5)
    content = fetched(world, run)
    header, *rows, last = lines(content)
    assert header[0] == "工单编号"
    assert [row[0] for row in rows] == kept[::-1]
    assert all(row[6].startswith("'=致电138****8000") for row in rows)
    assert "reviewer" in last[0]
    assert "共 5 件" in last[0]
    assert len(content) == ended.size
    stored = b"".join(path.read_bytes() for path in folder.iterdir())
    assert kept[0].encode() not in stored
    verbs = AuditEntry.objects.order_by("id").values_list("verb", "username")
    assert list(verbs) == [("导出清单", "reviewer"), ("下载导出", "reviewer")]


def test_a_workbook_says_who_took_it_out_everywhere(world: World) -> None:
    world.register()
    run = started(world, "xlsx", columns=("place", "unit"))
    export_runs.work(run.pk)
    book = openpyxl.load_workbook(io.BytesIO(fetched(world, run)))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["工单编号", "内容摘要", "地点", "状态", "主办单位"]
    assert "reviewer" in str(sheet.cell(sheet.max_row, 1).value)
    assert "reviewer" in str(sheet.oddFooter.center.text)
    assert "reviewer" in book.properties.creator
    assert "导出时间" in book.properties.description


def test_a_file_longer_than_one_part(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(sealed_exports, "PART", 100)
    file = sealed_exports.Sealed()
    told = [bytes([number % 251]) * 37 for number in range(50)]
    for piece in told:
        file.write(piece)
    assert list(folder.glob("*.part"))
    name = file.finish()
    assert b"".join(sealed_exports.read(name)) == b"".join(told)
    whole = (folder / name).read_bytes()
    for damaged in (whole[:-130], whole[:-1] + bytes([whole[-1] ^ 1]), whole[:72] + whole[72 + 132 :]):
        (folder / name).write_bytes(damaged)
        with pytest.raises(Unavailable, match="重新导出"):
            list(sealed_exports.read(name))
    sealed_exports.remove(name)
    with pytest.raises(Unavailable):
        sealed_exports.read(name)


def test_nobody_else_fetches_it_but_those_who_watch_know_of_it(world: World) -> None:
    world.register()
    run = started(world)
    export_runs.work(run.pk)
    world.users["auditor"] = _user("auditor", world.city, "auditor")
    world.users["admin"] = _user("admin", world.city, "administrator")
    for who in ("dispatcher", "water", "auditor", "admin"):
        with pytest.raises(NotFound):
            export_runs.fetch(world.users[who], world.actor(who), run.pk)
        with pytest.raises(NotFound):
            export_runs.stop(world.users[who], run.pk)
    for who in ("auditor", "admin"):
        assert [other.pk for other in export_runs.others(world.users[who], world.actor(who))] == [run.pk]
    for who in ("dispatcher", "water", "county_dispatcher"):
        assert export_runs.others(world.users[who], world.actor(who)) == []


def test_a_file_of_another_scope_is_not_handed_out(world: World) -> None:
    world.register()
    run = started(world)
    export_runs.work(run.pk)
    ExportRun.objects.update(asked={"filters": {}, "scope": "other"})
    with pytest.raises(Denied, match="数据范围"):
        fetched(world, run)
    waiting = started(world)
    ExportRun.objects.filter(pk=waiting.pk).update(asked={"filters": {}, "scope": "other"})
    ended = export_runs.work(waiting.pk)
    assert ended is not None
    assert (ended.status, "数据范围" in ended.problem) == (FAILED, True)


def test_cancelled_runs_stop_and_leave_nothing(world: World, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for turn in range(4):
        world.register(now=START + turn)
    monkeypatch.setattr(export_runs, "BEAT_SECONDS", -1.0)
    run = started(world)
    cells = exporting.cells

    def cancelled(*told: Any) -> Any:
        export_runs.stop(world.users["reviewer"], run.pk)
        return cells(*told)

    monkeypatch.setattr(exporting, "cells", cancelled)
    assert export_runs.work(run.pk) is None
    assert ExportRun.objects.get(pk=run.pk).status == STOPPED
    assert list(folder.iterdir()) == []
    with pytest.raises(NotFound):
        fetched(world, run)
    assert not export_runs.stop(world.users["reviewer"], run.pk)


def test_only_three_at_a_time(world: World) -> None:
    for _ in range(export_runs.UNDER_WAY):
        started(world)
    with pytest.raises(BadInput, match="等它们完成"):
        started(world)
    with pytest.raises(BadInput, match="xlsx"):
        started(world, "exe", "agent")


def _silent(run: ExportRun, **facts: Any) -> None:
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    ExportRun.objects.filter(pk=run.pk).update(beat_at=long_ago, **facts)


def test_what_a_dead_worker_left_begins_anew(world: World) -> None:
    world.register()
    run = started(world)
    _silent(run, status=RUNNING, tries=1, done=1)
    assert export_runs.work(run.pk) is None
    assert export_runs.tend() == []
    assert ExportRun.objects.get(pk=run.pk).status == QUEUED
    ended = export_runs.work(run.pk)
    assert ended is not None
    assert (ended.status, ended.tries, len(lines(fetched(world, run)))) == (DONE, 2, 3)


def test_a_worker_thought_dead_writes_no_further(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.register()
    run = started(world)
    cells = exporting.cells

    def taken_over(*told: Any) -> Any:
        ExportRun.objects.filter(pk=run.pk).update(tries=5)
        return cells(*told)

    monkeypatch.setattr(exporting, "cells", taken_over)
    assert export_runs.work(run.pk) is None
    assert ExportRun.objects.get(pk=run.pk).status == RUNNING


def test_after_three_tries_it_is_given_up(world: World) -> None:
    run = started(world)
    _silent(run, status=RUNNING, tries=3)
    assert [failed.pk for failed in export_runs.tend()] == [run.pk]
    found = ExportRun.objects.get(pk=run.pk)
    assert (found.status, "没有完成" in found.problem) == (FAILED, True)


def test_files_go_after_seven_days(world: World, folder: Path) -> None:
    world.register()
    run = started(world)
    export_runs.work(run.pk)
    export_runs.tend()
    assert len(list(folder.iterdir())) == 1
    ExportRun.objects.update(finished_at=dt.datetime.now(dt.UTC) - export_runs.KEPT)
    export_runs.tend()
    assert list(folder.iterdir()) == []
    assert ExportRun.objects.get(pk=run.pk).status == GONE
    with pytest.raises(NotFound, match="已过期"):
        fetched(world, run)
