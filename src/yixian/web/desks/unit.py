"""The unit desk (承办台): to sign, to contact, to answer, to sign off, what came back, what is routed inside_lists."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from yixian.orders import inside_lists, queries
from yixian.orders.queries import Detail, Filters, Row
from yixian.parties.permission import Actor
from yixian.rulebook import Rulebook
from yixian.web.access import StaffRequest
from yixian.web.desks import unit_figures, unit_panel
from yixian.web.desks.shapes import Desk, Tab
from yixian.web.desks.unit_figures import book_of

WORKED = "dispatched,handling"


def _mine(actor: Actor, now: int, cursor: str, size: int) -> tuple[tuple[Row, ...], str]:
    return _page(inside_lists.mine(actor, size + 1, _offset(cursor)), cursor, size, now)


def _ours(actor: Actor, now: int, cursor: str, size: int) -> tuple[tuple[Row, ...], str]:
    return _page(inside_lists.ours(actor, size + 1, _offset(cursor)), cursor, size, now, whose=True)


def _page(
    found: list[inside_lists.Waiting], cursor: str, size: int, now: int, *, whose: bool = False
) -> tuple[tuple[Row, ...], str]:
    following = str(_offset(cursor) + size) if len(found) > size else ""
    return tuple(structs.replace(item.row, lead_name=_where(item, now, whose)) for item in found[:size]), following


def _where(item: inside_lists.Waiting, now: int, whose: bool) -> str:
    """Who has it and until when, in the place of the unit's name."""
    due = f"内部期限 {unit_panel.day(item.due - 1, now)}" if item.due else ""
    if not whose:
        return due or "没有内部期限"
    return f"{item.to_name} 已报回" if item.stands == "done" else ", ".join(filter(None, (item.to_name, due)))


def _offset(cursor: str) -> int:
    """Routed orders are few and end with the day's work: pages by place."""
    return int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 6 else 0


def _count_mine(actor: Actor, now: int) -> int:
    return inside_lists.counted(actor)["mine"]


def _count_ours(actor: Actor, now: int) -> int:
    return inside_lists.counted(actor)["ours"]


def _unexplained(actor: Actor) -> Filters | None:
    """Orders with a dissatisfied rating that the unit has not explained to the requester yet (说明情况)."""
    book = book_of(actor)
    survey = book.survey if book is not None else None
    if survey is None or survey.dissatisfied is None or survey.dissatisfied.value is None:
        return None
    return Filters(states=("calling_back",), part="lead", unexplained=tuple(survey.dissatisfied.value))


def _to_explain(actor: Actor, now: int, cursor: str, size: int) -> tuple[tuple[Row, ...], str]:
    wanted = _unexplained(actor)
    if wanted is None:
        return (), ""
    found = queries.page(wanted, actor, cursor or None, size, "oldest")
    return found.rows, found.next_cursor or ""


def _count_to_explain(actor: Actor, now: int) -> int:
    wanted = _unexplained(actor)
    return queries.count(wanted, actor) if wanted is not None else 0


def _clock(name: str) -> Any:
    return lambda book: name in book.clocks


def _appeals(book: Rulebook) -> bool:
    return book.appeal is not None


def _asks(book: Rulebook) -> bool:
    return book.returns is not None or book.extension is not None or book.interim_close is not None


def panel(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """What the unit knows of the order beside its record: who has it inside, the draft to be signed off."""
    return unit_panel.panel(request, found)


def above(request: StaffRequest) -> dict[str, Any]:
    """The unit's own figures of the month."""
    return unit_figures.strip(request)


DESK: Desk = Desk(
    "unit",
    "承办台",
    "pen",
    frozenset({"sign", "reply"}),
    (
        Tab("sign", "待签收", {"state": WORKED}, "没有等待签收的工单。", "sign", ("sign",), more={"part": "unsigned"}),
        Tab("contact", "待联系", {"state": WORKED, "clock": "contact"}, "该联系的诉求人都已联系。",
            fits=_clock("contact")),
        Tab("reply", "待答复", {"state": "handling"}, "没有等待答复的工单。", "reply",
            more={"part": "lead", "free_of": ("draft",)}),
        Tab("opinion", "协办意见", {"state": WORKED}, "没有等待提交意见的协办工单。", "submit_opinion",
            more={"part": "opinion"}),
        Tab("inside", "转给我的", {}, "没有转给您的工单。", "reply", found=_mine, counted=_count_mine),
        Tab("signoff", "待签发", {"pending": "draft"}, "没有等待签发的答复稿。", "return_draft", more={"part": "lead"}),
        Tab("back", "被退回", {"state": "handling"}, "没有被退回修改的答复。",
            more={"part": "lead", "happened": "sent_back", "free_of": ("draft",)}, hot=True),
        Tab("redo", "重办", {"state": WORKED}, "没有责成重办的工单。", more={"flags": ("redo",)},
            fits=lambda book: book.redo is not None),
        Tab("cards", "亮牌", {"state": WORKED, "card": "any"}, "没有亮牌的工单。", hot=True),
        Tab("asked", "申请中", {"pending": "return,extension,interim_close"}, "没有等待决定的退单、延期申请。",
            fits=_asks),
        Tab("extended", "已延期", {"state": WORKED}, "没有延过期的在办工单。",
            more={"part": "lead", "happened": "extended"}, fits=lambda book: book.extension is not None),
        Tab("appeal", "待申诉", {"clock": "appeal"}, "没有可以申诉的评价。", more={"part": "lead"},
            fits=_appeals),
        Tab("explain", "待说明", {}, "没有需要向诉求人说明的评价。", found=_to_explain,
            counted=_count_to_explain, fits=lambda book: bool(book.stage("explain_rating"))),
        Tab("routed", "已转科室", {}, "没有转给科室的工单。", found=_ours, counted=_count_ours),
        Tab("done", "已答复", {"state": "replied,surveying,calling_back"}, "没有等待审核、评价的答复。",
            more={"part": "lead"}),
    ),
    kinds=frozenset({"unit"}),
    panel=panel,
    panel_template="web/desks/unit_panel.html",
    above=above,
    above_template="web/desks/unit_above.html",
    styles=("unit", "phrases"),
    scripts=("unit", "phrases"),
)  # fmt: skip
