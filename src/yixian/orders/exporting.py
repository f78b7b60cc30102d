"""Lists as files (导出): csv or xlsx of what the actor may read, masked, with who took it out and when, journaled.

No cell becomes a formula: words that a table program would calculate get an apostrophe before them.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, cast
from xml.sax.saxutils import escape

import msgspec
from openpyxl import Workbook

from yixian.lifecycle import STATES
from yixian.orders import clock, lists
from yixian.orders.errors import BadInput
from yixian.orders.filters import Filters
from yixian.orders.lists import Row
from yixian.parties import journal
from yixian.parties.access import Actor
from yixian.parties.masking import mask_text

MOST = 50_000
BATCH = 1000
LONGEST_CELL = 32_000
IN_MEMORY = 4 * 1024 * 1024
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEADER = (
    *(
        "工单编号",
        "平台",
        "类别",
        "渠道",
        "来源",
        "主题",
        "内容摘要",
        "地点",
        "等级",
        "紧急",
        "状态",
        "主办单位",
        "亮牌",
    ),
    *("登记时间", "到期时间", "是否超期", "办结时间"),
)
_CARDS = {"red": "红牌", "yellow": "黄牌"}
_EMERGENCY = {"special": "特殊紧急", "special_emergency": "特别紧急", "event": "突发事件"}
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|", "%")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Cells = Sequence[str]
Words = Callable[[str], str]


class Exported(msgspec.Struct):
    """A finished file: read it once, it goes away when closed."""

    name: str
    mime: str
    file: Any
    count: int


def rows(wanted: Filters, actor: Actor, *, most: int = MOST) -> Iterator[Row]:
    """The rows of a list within the actor's scope, newest first, read in batches. Raises BadInput as `page` does."""
    for ids in lists.ids(wanted, actor, most=most, batch=BATCH):
        yield from lists.rows_of(ids)


def export(
    wanted: Filters, actor: Actor, ending: str, *, title: str = "工单清单", address: str = "", now: int | None = None
) -> Exported:
    """A list's current filter as a file of at most 50,000 rows; journaled with filter and count.

    Raises BadInput for an unknown ending or filter.
    """
    at = clock.now() if now is None else now
    lines = (cells(row, at) for row in rows(wanted, actor))
    made = write(HEADER, lines, ending, title=title, mark=mark(actor, at))
    facts = {name: value for name, value in msgspec.to_builtins(wanted).items() if value not in (None, [], ())}
    if "requester" in facts:
        facts["requester"] = "按诉求人查找"
    journal.audit(
        actor, "导出清单", title, after={"filters": facts, "count": made.count, "type": ending}, address=address
    )
    return made


def mark(actor: Actor, at: int) -> str:
    """Who took a file out, and when: its last line, so that a copy that went astray can be traced."""
    who = f"导出人: {actor.name or actor.username} ({actor.username})"
    return f"{who}  导出时间: {clock.shown(at)}  仅供工作使用, 不得外传"


def cells(row: Row, now: int) -> Cells:
    """One order as a line of a list."""
    late = row.due is not None and row.due < now
    return (
        row.number,
        row.platform_name,
        row.category,
        row.channel,
        row.source or "",
        mask_text(row.subject or ""),
        mask_text(row.excerpt),
        mask_text(row.place or ""),
        row.grade or "",
        _EMERGENCY.get(row.emergency or "", row.emergency or ""),
        STATES.get(row.state, row.state),
        row.lead_name or row.lead or "",
        _CARDS.get(row.card, row.card),
        clock.shown(row.registered),
        clock.shown(row.due) if row.due is not None else "",
        "是" if late else "",
        clock.shown(row.closed) if row.closed is not None else "",
    )


def write(header: Cells, lines: Iterable[Cells], ending: str, *, title: str, mark: str) -> Exported:
    """A table as a file, its last line the mark. Raises BadInput for an ending that is not csv or xlsx."""
    if ending not in TYPES:
        raise BadInput("可以导出的格式有 xlsx 和 csv", "type")
    file = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115  handed on open
    try:
        count = (_csv if ending == "csv" else _xlsx)(file, header, lines, title, mark)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Exported(f"{title}.{ending}", TYPES[ending], file, count)


def guarded(cell: str) -> str:
    """A cell that no table program calculates, without characters that no table holds."""
    plain = _CONTROL.sub("", cell)[:LONGEST_CELL]
    return f"'{plain}" if plain.lstrip(" \u3000\u00a0'\"").startswith(_FORMULA) or plain.startswith(_FORMULA) else plain


def _csv(file: IO[bytes], header: Cells, lines: Iterable[Cells], title: str, mark: str) -> int:
    file.write(b"\xef\xbb\xbf")
    count = 0
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(header)
    for line in lines:
        table.writerow([guarded(cell) for cell in line])
        count += 1
    table.writerow([f"共 {count} 件  {mark}"])
    text.detach()
    return count


def _xlsx(file: IO[bytes], header: Cells, lines: Iterable[Cells], title: str, mark: str) -> int:
    """A workbook whose frame the library makes and whose one sheet is written as it comes, row by row."""
    book = Workbook()
    book.worksheets[0].title = re.sub(r"[\[\]:*?/\\]", "", title)[:30] or "清单"
    frame = io.BytesIO()
    book.save(frame)
    count = 0
    with zipfile.ZipFile(frame) as made, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name in made.namelist():
            if name != _SHEET:
                packed.writestr(name, made.read(name))
        with packed.open(_SHEET, "w", force_zip64=True) as sheet:
            sheet.write(_HEAD + _line(header))
            for line in lines:
                sheet.write(_line([guarded(cell) for cell in line]))
                count += 1
            footer = escape("&C" + guarded(mark).replace("&", "&&"))
            sheet.write(_line([guarded(f"共 {count} 件  {mark}")]) + _TAIL.format(footer).encode())
    return count


_SHEET = "xl/worksheets/sheet1.xml"
_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>'
    b'<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    b"</sheetView></sheetViews><sheetData>"
)
_TAIL = "</sheetData><headerFooter><oddFooter>{}</oddFooter></headerFooter></worksheet>"


def _line(cells: Cells) -> bytes:
    """One row of a sheet, each cell words."""
    inner = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>' for cell in cells)
    return f"<row>{inner}</row>".encode("utf-8", "replace")
