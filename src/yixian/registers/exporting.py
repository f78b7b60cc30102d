"""Registers as tables for the office: one row an entry, every field a column; `orders.exporting` makes the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from yixian.orders.books import LOCAL
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


def _moment(at: dt.datetime | None) -> str:
    return at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M") if at else ""
