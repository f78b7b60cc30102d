"""Registers as tables for the office: csv and xlsx, one row an entry, every field a column."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator

from openpyxl import Workbook

from yixian.orders.books import LOCAL
from yixian.orders.exporting import guarded
from yixian.registers import queries, reading
from yixian.registers.asked import Register
from yixian.registers.models import STATUSES, Entry


def table(register: Register, entries: Iterable[Entry]) -> Iterator[list[str]]:
    """The header and the rows."""
    fields = register.kind.fields
    found = list(entries)
    codes = {str(code) for entry in found for code in entry.values.get("units", ())}
    names = queries.names_of(codes) if codes else {}
    yield ["编号", "单位", *(item.label for item in fields), "报送人", "报送时间", "应报时间", "逾期", "状态"]
    for entry in found:
        values = {} if entry.protected else entry.values
        yield [
            str(entry.pk),
            entry.unit.name if entry.unit else "",
            *(reading.said(item, values.get(item.code), names) for item in fields),
            entry.filer,
            _moment(entry.filed_at),
            _moment(entry.due_at),
            "是" if entry.late else "",
            STATUSES[entry.status],
        ]


def as_csv(rows: Iterable[list[str]]) -> bytes:
    """A csv file that table programs open as Chinese text; no cell becomes a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(rows: Iterable[list[str]], title: str) -> bytes:
    """An xlsx file with one sheet, every cell text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(sign for sign in title if sign not in "[]:*?/\\")[:30] or "台账")
    for row in rows:
        sheet.append([guarded(cell) for cell in row])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _moment(at: dt.datetime | None) -> str:
    return at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M") if at else ""
