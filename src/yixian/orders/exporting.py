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
COLUMNS: dict[str, str] = {
    "number": "工单编号",
    "platform": "平台",
    "category": "类别",
    "channel": "渠道",
    "source": "来源",
    "subject": "主题",
    "excerpt": "内容摘要",
    "place": "地点",
    "grade": "等级",
    "emergency": "紧急",
    "state": "状态",
    "unit": "主办单位",
    "card": "亮牌",
    "registered": "登记时间",
    "due": "到期时间",
    "late": "是否超期",
    "closed": "办结时间",
    "changed": "最近变动",
    "pending": "待定申请",
}
"""What a list can hold, in this order."""
_CARDS = {"red": "红牌", "yellow": "黄牌"}
_EMERGENCY = {"special": "特殊紧急", "special_emergency": "特别紧急", "event": "突发事件"}
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|", "%")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CHANNELS = {
    "phone": "电话",
    "web": "网上",
    "app": "手机应用",
    "wechat": "微信",
    "miniapp": "小程序",
    "sms": "短信",
    "email": "邮件",
    "letter": "来信",
    "visit": "来访",
    "transfer": "其他平台转来",
}
_PENDING = {
    "return": "退单",
    "extension": "延期",
    "interim_close": "临时办结",
    "appeal": "申诉",
    "screening": "甄别",
    "redo": "重办",
    "terminate": "终结办理",
    "draft": "答复稿",
}
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
    wanted: Filters,
    actor: Actor,
    ending: str,
    *,
    title: str = "工单清单",
    address: str = "",
    now: int | None = None,
    columns: Sequence[str] = (),
    most: int = MOST,
) -> Exported:
    """A list's current filter as a file of at most so many rows; journaled with filter and count.

    `columns`: keys of COLUMNS, () for all. Raises BadInput for an unknown ending or filter.
    """
    at = clock.now() if now is None else now
    keys = chosen(columns)
    lines = (cells(row, at, keys) for row in rows(wanted, actor, most=most))
    made = write(header(keys), lines, ending, title=title, mark=mark(actor, at))
    after = {"filters": told(wanted), "count": made.count, "type": ending}
    journal.audit(actor, "导出清单", title, after=after, address=address)
    return made


def told(wanted: Filters) -> dict[str, Any]:
    """The filters that are set, as the journal may hold them: whom one looked for is not among them."""
    facts = {name: value for name, value in msgspec.to_builtins(wanted).items() if value not in (None, False, [], ())}
    facts |= {name: mask_text(facts[name]) for name in ("text", "place", "number") if name in facts}
    return facts | ({"requester": "按诉求人查找"} if "requester" in facts else {})


def chosen(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns to write, in their order: those chosen, with number and content always; all where none is."""
    always = ("number", "excerpt", "state")
    return tuple(key for key in COLUMNS if not columns or key in columns or key in always)


def header(keys: Sequence[str]) -> Cells:
    """The titles of these columns."""
    return tuple(COLUMNS[key] for key in keys)


def mark(actor: Actor, at: int) -> str:
    """Who took a file out, and when: its last line, so that a copy that went astray can be traced."""
    who = f"导出人: {actor.name or actor.username} ({actor.username})"
    return f"{who}  导出时间: {clock.shown(at)}  仅供工作使用, 不得外传"


def cells(row: Row, now: int, keys: Sequence[str]) -> Cells:
    """One order as a line of a list."""
    return tuple(_SAID[key](row, now) for key in keys)


def _moment(at: int | None) -> str:
    return clock.shown(at) if at is not None else ""


_SAID: dict[str, Callable[[Row, int], str]] = {
    "number": lambda row, now: row.number,
    "platform": lambda row, now: row.platform_name,
    "category": lambda row, now: row.category,
    "channel": lambda row, now: _CHANNELS.get(row.channel, row.channel),
    "source": lambda row, now: row.source or "",
    "subject": lambda row, now: mask_text(row.subject or ""),
    "excerpt": lambda row, now: mask_text(row.excerpt),
    "place": lambda row, now: mask_text(row.place or ""),
    "grade": lambda row, now: row.grade or "",
    "emergency": lambda row, now: _EMERGENCY.get(row.emergency or "", row.emergency or ""),
    "state": lambda row, now: STATES.get(row.state, row.state),
    "unit": lambda row, now: row.lead_name or row.lead or "",
    "card": lambda row, now: _CARDS.get(row.card, row.card),
    "registered": lambda row, now: clock.shown(row.registered),
    "due": lambda row, now: _moment(row.due),
    "late": lambda row, now: "是" if row.due is not None and row.due < now else "",
    "closed": lambda row, now: _moment(row.closed),
    "changed": lambda row, now: clock.shown(row.changed),
    "pending": lambda row, now: "、".join(_PENDING.get(kind, kind) for kind in row.pending),
}


def write(header: Cells, lines: Iterable[Cells], ending: str, *, title: str, mark: str) -> Exported:
    """A table as a file, its last line the mark. Raises BadInput for an ending that is not csv or xlsx."""
    if ending not in TYPES:
        raise BadInput("可以导出的格式有 xlsx 和 csv", "type")
    file = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115  handed on open
    try:
        count = write_to(file, header, lines, ending, title=title, mark=mark)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Exported(f"{title}.{ending}", TYPES[ending], file, count)


def write_to(file: IO[bytes], header: Cells, lines: Iterable[Cells], ending: str, *, title: str, mark: str) -> int:
    """A table written into an open file as its lines come; returns how many there were."""
    return (_csv if ending == "csv" else _xlsx)(file, header, lines, title, mark)


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
    book.properties.creator = book.properties.lastModifiedBy = guarded(mark)
    book.properties.title, book.properties.description = guarded(title), guarded(mark)
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
            head, foot = (escape("&C" + guarded(words).replace("&", "&&")[:240]) for words in (title, mark))
            sheet.write(_line([guarded(f"共 {count} 件  {mark}")]) + _TAIL.format(head, foot).encode())
    return count


_SHEET = "xl/worksheets/sheet1.xml"
_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>'
    b'<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    b"</sheetView></sheetViews><sheetData>"
)
_TAIL = (
    '</sheetData><pageSetup paperSize="9" orientation="landscape"/>'
    "<headerFooter><oddHeader>{}</oddHeader><oddFooter>{}</oddFooter></headerFooter></worksheet>"
)


def _line(cells: Cells) -> bytes:
    """One row of a sheet, each cell words."""
    inner = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>' for cell in cells)
    return f"<row>{inner}</row>".encode("utf-8", "replace")
