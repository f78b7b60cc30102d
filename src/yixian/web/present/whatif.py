"""A what-if's figures as people read them: before and after, tables, and orders that would differ with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from yixian.lifecycle.state import STATES
from yixian.lifecycle.whatif import KINDS, Side
from yixian.rulemaking.whatif_tally import MOST_SAMPLES, Figures, Group, Sample, Tally
from yixian.web.books import library
from yixian.web.present import articles, moments

MOST_ROWS = 50
REPLIES = {"on_time": "按时", "late": "逾期", "open": "在办", "none": "无时限"}
COUNTS = {
    "late": "逾期",
    "yellow": "黄牌",
    "red": "红牌",
    "returns": "退单计数",
    "extensions": "延期",
    "cases": "督办",
    "redos": "重办",
    "late_other": "其他环节逾期",
}
GOOD_WHEN_FEWER = frozenset({"late", "yellow", "red", "cases", "redos", "late_other", "returns"})
CSV_HEAD = (
    *(
        "不同之处",
        "编号",
        "登记日期",
        "类别",
        "承办单位",
        "原到期",
        "推演到期",
        "原办理",
        "推演办理",
        "原状态",
        "推演状态",
    ),
    *("原红牌", "推演红牌", "原因", "依据"),
)


def result(tally: Tally, kind: str, units: Mapping[str, str], url: str) -> dict[str, Any]:
    """Everything the result page shows; `kind`: the difference whose orders are listed."""
    whole = tally.whole
    return {
        "orders": whole.old.orders,
        "different": whole.different,
        "not_taken": whole.not_taken,
        "rate": _rates(whole),
        "counts": [_count(name, words, whole) for name, words in COUNTS.items()],
        "tables": [
            ("类别", _rows(tally.by_category, lambda key: key)),
            ("承办单位", _rows(tally.by_unit, lambda key: units.get(key, key) if key else "未派单")),
            ("登记月份", sorted(_rows(tally.by_month, lambda key: key), key=lambda row: str(row["name"]))),
        ],
        "kinds": [
            {"title": words, "count": tally.kinds[code], "url": f"{url}?kind={code}#orders", "on": code == kind}
            for code, words in KINDS.items()
            if code in tally.kinds
        ],
        "kind_title": KINDS.get(kind, ""),
        "samples": [_sample(one, units) for one in tally.samples.get(kind, ())],
        "cut": tally.kinds.get(kind, 0) > MOST_SAMPLES,
        "most": MOST_SAMPLES,
        "unread": tally.unread,
        "without_own": tally.without_own,
        "csv": f"{url}csv/",
    }


def day(at: int) -> str:
    """2025-03-02 09:30."""
    return f"{moments.local(at):%Y-%m-%d %H:%M}"


def _percent(figures: Figures) -> str:
    return "—" if figures.rate is None else f"{figures.rate * 100:.1f}%"


def _rates(group: Group) -> dict[str, str]:
    old, new = group.old.rate, group.new.rate
    gap = "" if old is None or new is None else f"{(new - old) * 100:+.1f} 个百分点"
    tone = "" if old is None or new is None or round(new, 4) == round(old, 4) else "up" if new > old else "down"
    return {"old": _percent(group.old), "new": _percent(group.new), "gap": gap, "tone": tone}


def _count(name: str, words: str, group: Group) -> dict[str, Any]:
    old, new = getattr(group.old, name), getattr(group.new, name)
    better = (new < old) == (name in GOOD_WHEN_FEWER)
    tone = "" if new == old or name == "extensions" else "up" if better else "down"
    return {"title": words, "old": old, "new": new, "gap": f"{new - old:+d}" if new != old else "不变", "tone": tone}


def _rows(table: Mapping[str, Group], named: Any) -> list[dict[str, Any]]:
    found = sorted(table.items(), key=lambda item: (-item[1].different, -item[1].old.orders, item[0]))
    return [
        {
            "name": named(key),
            "orders": group.old.orders,
            "different": group.different,
            **_rates(group),
            "late": (group.old.late, group.new.late),
            "red": (group.old.red, group.new.red),
            "returns": (group.old.returns, group.new.returns),
        }
        for key, group in found[:MOST_ROWS]
    ]


def _due(side: Side | None) -> str:
    return "不能登记" if side is None else moments.until(side.due) if side.due is not None else "无时限"


def _reply(side: Side | None) -> str:
    return "—" if side is None else REPLIES[side.reply]


def _sample(one: Sample, units: Mapping[str, str]) -> dict[str, Any]:
    return {
        "number": one.number,
        "url": f"/orders/{one.number}/",
        "category": one.category,
        "unit": units.get(one.unit, one.unit) if one.unit else "未派单",
        "old_due": _due(one.old),
        "new_due": _due(one.new),
        "old": f"{_reply(one.old)} · {STATES[one.old.state]}",
        "new": "—" if one.new is None else f"{_reply(one.new)} · {STATES[one.new.state]}",
        "reasons": [{"words": words, "basis": basis} for words, basis in one.reasons[:3]],
    }


def csv_rows(tally: Tally, units: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """One line for each listed order and kind of difference."""
    for kind, words in KINDS.items():
        for one in tally.samples.get(kind, ()):
            new = one.new
            cited = [tag.text for _, basis in one.reasons for tag in articles.tags(basis, library())]
            yield (
                words, one.number, day(one.registered)[:10], one.category,
                units.get(one.unit, one.unit) if one.unit else "未派单", _due(one.old), _due(new), _reply(one.old),
                _reply(new), STATES[one.old.state], "" if new is None else STATES[new.state], str(one.old.red),
                "" if new is None else str(new.red), "; ".join(text for text, _ in one.reasons),
                "、".join(dict.fromkeys(cited)),
            )  # fmt: skip
