"""Supervision cases and the ledger of interim closes in words, for lists and for files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from yixian.lifecycle.state import CASE_STATES, STATES
from yixian.orders.queries import unit_names
from yixian.supervision.cases import CaseRow
from yixian.supervision.interim import InterimRow
from yixian.web.books import library
from yixian.web.present import articles, moments, words

TONES = {"proposed": "amber", "open": "amber", "effective": "green", "no_effect": "red", "dismissed": ""}
OWN_TRIGGER, OWN = "self_supervised", "内部督办"


def trigger(code: str) -> str:
    """What set a case off, in words."""
    return OWN if code == OWN_TRIGGER else words.value(code)


def article(basis: str) -> str:
    """An article as it is cited."""
    return articles.tag(basis, library()).text


def own_names(found: Iterable[CaseRow]) -> dict[str, str]:
    """The names of the units that supervise themselves, in one query for a whole list."""
    return unit_names(sorted({row.body for row in found if row.trigger == OWN_TRIGGER}))


def case(row: CaseRow, now: int, of_unit: bool, names: Mapping[str, str]) -> dict[str, Any]:
    """One case as the list shows it; a unit concludes its own supervision, the hotline all others.

    `names`: of units, as `own_names` gives them for the list.
    """
    counted = f"{row.counted} 次" if row.counted else ""
    return {
        "url": f"/orders/{row.order_no}/",
        "number": row.order_no,
        "excerpt": " ".join(row.excerpt.split())[:40],
        "category": row.category,
        "state": row.order_state,
        "card": row.card,
        "stands": row.title,
        "tone": TONES.get(row.stands, ""),
        "trigger": trigger(row.trigger),
        "counted": counted,
        "reason": row.note or row.reason,
        "body": names.get(row.body, row.body) if row.trigger == OWN_TRIGGER else row.body,
        "means": "、".join(row.means),
        "joint": len(row.units),
        "unit": row.lead_name,
        "opened": moments.short(row.opened, now),
        "opened_title": moments.absolute(row.opened)
        + (f"; {moments.absolute(row.concluded)} 结论" if row.concluded else ""),
        "basis": row.basis[:1],
        "actions": _actions(row) if (row.trigger == OWN_TRIGGER) == of_unit else [],
    }


def _actions(row: CaseRow) -> list[tuple[str, str]]:
    """What may be done next with a case; whether this person may is decided on the order's page."""
    path = f"/orders/{row.order_no}/act"
    if row.stands == "proposed":
        return [(f"{path}/confirm_case/", "确认"), (f"{path}/dismiss_case/", "不督办")]
    return [(f"{path}/conclude_case/", "结论")] if row.stands == "open" else []


def case_table(found: Iterable[CaseRow]) -> list[list[str]]:
    """Cases as the rows of a file, the header first."""
    rows = list(found)
    units = unit_names(sorted({unit for row in rows for unit in (*row.units, row.body)}))
    header = ["工单编号", "平台", "类别", "内容", "工单状态", "承办单位", "督办状态", "情形", "计数", "督办单位",
              "方式", "会同单位", "事由", "开始时间", "结论时间", "结论说明", "依据"]  # fmt: skip
    return [header, *(
        [
            row.order_no, row.platform, row.category, row.excerpt, STATES.get(row.order_state, row.order_state),
            row.lead_name, CASE_STATES.get(row.stands, row.stands), trigger(row.trigger), str(row.counted or ""),
            units.get(row.body, row.body), "、".join(row.means), "、".join(units.get(unit, unit) for unit in row.units),
            row.reason, _written(row.opened), _written(row.concluded), row.note,
            "、".join(article(item) for item in row.basis),
        ]
        for row in rows
    )]  # fmt: skip


def interim(row: InterimRow, now: int) -> dict[str, Any]:
    """One line of the ledger as the page shows it."""
    over = row.state in ("closed", "archived")
    return {
        "url": f"/orders/{row.order_no}/",
        "number": row.order_no,
        "excerpt": " ".join(row.excerpt.split())[:40],
        "unit": row.lead_name or "",
        "state": row.state,
        "since": moments.day_words(row.since),
        "since_title": moments.absolute(row.since),
        "promised": moments.due_day(row.promised) if row.promised else "未写明",
        "passed": bool(row.promised) and row.promised < now and not over,
        "report": "—" if over else moments.due_day(row.next_report) if row.next_report else "不必报送",
        "late": not over and row.next_report is not None and row.next_report < now,
        "reports": row.reports,
        "last": moments.short(row.last_report, now) if row.last_report else "尚无",
        "closed": moments.short(row.closed, now) if row.closed else "",
    }


def interim_table(found: Iterable[InterimRow], now: int) -> list[list[str]]:
    """The ledger as the rows of a file, the header first."""
    header = ["工单编号", "平台", "类别", "内容", "承办单位", "工单状态", "临时办结时间", "承诺办结时间",
              "承诺是否已过", "下次报送截止", "是否迟报", "已报送次数", "最近报送", "办结时间"]  # fmt: skip
    table = [header]
    for row in found:
        shown = interim(row, now)
        table.append([
            row.order_no, row.platform, row.category, row.excerpt, row.lead_name or "",
            STATES.get(row.state, row.state), _written(row.since), _written(row.promised or None),
            "是" if shown["passed"] else "否", _written(row.next_report), "是" if shown["late"] else "否",
            str(row.reports), _written(row.last_report), _written(row.closed),
        ])  # fmt: skip
    return table


def _written(at: int | None) -> str:
    return f"{moments.local(at):%Y-%m-%d %H:%M}" if at else ""
