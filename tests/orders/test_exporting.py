"""Lists and batches as files: within the scope, masked, marked, journaled; nothing in them is calculated."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yixian.orders import batches, exporting
from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.orders.filters import Filters
from yixian.parties.models import AuditEntry

from .conftest import START, WATER, World, _user

DAY = 86400


def lines(made: exporting.Exported) -> list[list[str]]:
    with made.file as file:
        content = file.read()
    if made.name.endswith("csv"):
        assert content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_list_is_exported_as_it_is_filtered_with_who_took_it_out(world: World, ending: str) -> None:
    kept = [world.register(text=f"请致电13800138000 第{n}件").order_no for n in range(3)]
    world.register(category="投诉")
    made = exporting.export(Filters(category="咨询"), world.actor("reviewer"), ending, now=START + 60)
    header, *rows, last = lines(made)
    assert header[0] == "工单编号"
    assert {row[0] for row in rows} == set(kept)
    assert made.count == 3
    assert all("138****8000" in row[6] for row in rows)
    assert "reviewer" in last[0]
    assert "2023-10-09 10:01" in last[0]
    assert "共 3 件" in last[0]
    entry = AuditEntry.objects.get(verb="导出清单")
    assert entry.after["count"] == 3
    assert entry.after["filters"]["category"] == "咨询"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_is_a_formula(world: World, ending: str) -> None:
    evil = ["=1+1", "+86", "-2+3", "@SUM(A1)", "＝HYPERLINK(1)", "\t=1", " =1", "|calc", '"=1']
    for text in evil:
        world.register(text=text, subject=text)
    made = exporting.export(Filters(), world.actor("reviewer"), ending, now=START)
    _, *rows, _ = lines(made)
    assert len(rows) == len(evil)
    for row in rows:
        assert row[5].startswith("'"), row
        assert row[6].startswith("'"), row


def test_characters_that_no_table_holds_do_not_break_the_file() -> None:
    assert exporting.guarded("a\x00b\x0bc\x1f") == "abc"
    assert exporting.guarded("普通文字") == "普通文字"


def test_nobody_exports_what_they_may_not_read(world: World) -> None:
    number = world.handling()
    world.register()
    _, *rows, _ = lines(exporting.export(Filters(), world.actor("water"), "csv", now=START))
    assert [row[0] for row in rows] == [number]
    _, *rows, _ = lines(exporting.export(Filters(), world.actor("county_dispatcher"), "csv", now=START))
    assert rows == []
    with pytest.raises(BadInput):
        exporting.export(Filters(), world.actor("reviewer"), "exe")


def test_a_longer_list_takes_no_more_queries_an_order(world: World, monkeypatch: Any) -> None:
    for n in range(12):
        world.register(text=f"第{n}件")
    actor = world.actor("reviewer")
    with CaptureQueriesContext(connection) as few:
        assert len(list(exporting.rows(Filters(), actor, most=3))) == 3
    with CaptureQueriesContext(connection) as many:
        assert len(list(exporting.rows(Filters(), actor, most=12))) == 12
    assert len(many) <= len(few) + 1


@pytest.fixture
def supervisor(world: World) -> Any:
    world.users["supervisor"] = _user("supervisor", world.city, "supervisor")
    return world.actor("supervisor")


def test_each_overdue_order_goes_to_the_inspection_office_once_per_missed_deadline(
    world: World, supervisor: Any
) -> None:
    first = world.handling()
    late = START + 60 * DAY
    assert batches.waiting(supervisor, late)["zhuhai"]["overdue"] == 1
    one = batches.make("overdue", "zhuhai", supervisor, now=late)
    assert (one.serial, one.count) == (1, 1)
    with pytest.raises(BadInput, match="没有新的逾期工单"):
        batches.make("overdue", "zhuhai", supervisor, now=late + 60)
    second = world.handling(now=START + DAY)
    two = batches.make("overdue", "zhuhai", supervisor, now=late + 120)
    assert (two.serial, two.count) == (2, 1)
    header, row, last = lines(batches.file_of(one.id, "xlsx", supervisor, now=late + 180))
    assert (header[0], row[0]) == ("工单编号", first)
    assert "supervisor" in last[0]
    again = lines(batches.file_of(one.id, "csv", supervisor, now=late + 240))
    assert again[1] == row, "重新导出与当时一致"
    world.give(second, "reply", WATER, text="经核实已办理。", contacted=True, signed_by="主要负责人", now=late + 300)
    assert lines(batches.file_of(two.id, "csv", supervisor, now=late + 400))[1][0] == second
    assert AuditEntry.objects.filter(verb="导出批次").count() == 3


def test_who_does_not_supervise_makes_and_reads_no_batches(world: World, supervisor: Any) -> None:
    world.handling()
    made = batches.make("overdue", "zhuhai", supervisor, now=START + 60 * DAY)
    for name in ("reviewer", "water", "county_dispatcher"):
        with pytest.raises(Denied):
            batches.make("overdue", "zhuhai", world.actor(name), now=START + 60 * DAY)
        with pytest.raises(NotFound):
            batches.file_of(made.id, "csv", world.actor(name))
        assert batches.listed(world.actor(name)) == []
    assert [row.id for row in batches.listed(supervisor)] == [made.id]
    with pytest.raises(BadInput):
        batches.make("all", "zhuhai", supervisor)


def test_the_receiver_and_the_article_are_the_books(world: World, supervisor: Any) -> None:
    from yixian.orders import platforms

    world.city.book = "changzhi"
    world.city.save()
    platforms.forget()
    number = world.handling(statutory_limit={"limit": "5wd", "basis": "信访条例"})
    made = batches.make("overdue", "zhuhai", supervisor, now=START + 60 * DAY)
    assert (made.to, made.basis, made.count) == ("督查室", ("changzhi:3(4)",), 1)
    assert lines(batches.file_of(made.id, "csv", supervisor))[1][0] == number


def test_the_ledger_of_interim_closes_is_given_out_as_it_stands(world: World, supervisor: Any) -> None:
    from yixian.orders import platforms

    world.city.book = "lezhi"
    world.city.save()
    platforms.forget()
    number = world.handling(category="投诉")
    told = {"progress": "已立项", "plan": "年底完工", "promised": "2023-12-20"}
    world.give(number, "request_interim_close", WATER, now=START + 3600, **told)
    world.give(number, "approve_interim_close", now=START + 7200)
    made = batches.make("interim", "zhuhai", supervisor, now=START + DAY)
    _, row, _ = lines(batches.file_of(made.id, "csv", supervisor, now=START + DAY))
    assert row[0] == number
    assert row[6] == "2023-12-21 00:00"
    assert any(article.startswith("lezhi:7(3)") for article in made.basis)
    assert batches.make("interim", "zhuhai", supervisor, now=START + 2 * DAY).serial == 2
