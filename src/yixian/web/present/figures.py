"""Figures in words: rates with formula, article and comparison, counts that link to their orders, tables for files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from yixian.rulebook import Rulebook
from yixian.supervision import figures
from yixian.supervision.figures import RATES, Figures, Period, Returns, Wanted
from yixian.supervision.measures import MEASURES
from yixian.web import books
from yixian.web.present import moments

Url = Callable[[dict[str, str]], str]
OrdersUrl = Callable[[str, dict[str, str]], str]

NONE = "不适用"
SHOWN = (
    ("时限", ("received", "on_time", "late", "running", "running_late", "interim", "unlimited")),
    ("办理", ("extended", "redone", "sent_back", "urged", "supervised", "explained")),
    ("评价", ("rated", "deemed", "base", "satisfied", "uncounted", "screened", "appealed", "asked", "resolved")),
)
COLUMNS = ("received", "on_time", "late", "running_late")


def this_month(now: int) -> str:
    """The code of the month that runs."""
    return f"{moments.local(now):%Y-%m}"


def earlier(wanted: Wanted) -> Wanted:
    """The same in the period before."""
    return msgspec.structs.replace(wanted, period=figures.period(wanted.period.before))


def periods(now: int, asked: dict[str, str], url: Url) -> list[dict[str, Any]]:
    """The periods to choose from: this and last month, this and last quarter, this and last year, and before."""
    day = moments.local(now)
    last = day.replace(day=1) - dt.timedelta(days=1)
    quarter = (day.month - 1) // 3 + 1
    codes = [f"{day:%Y-%m}", f"{last:%Y-%m}", f"{day.year}-Q{quarter}"]
    codes += [figures.period(codes[2]).before, str(day.year), str(day.year - 1)]
    words = ["本月", "上月", "本季度", "上季度", "今年", "去年"]
    chips: list[dict[str, Any]] = [
        {"title": word, "url": url({**asked, "period": code}), "on": asked["period"] == code}
        for word, code in zip(words, codes, strict=True)
    ]
    months = []
    at = last
    for _ in range(12):
        at = at.replace(day=1) - dt.timedelta(days=1)
        code = f"{at:%Y-%m}"
        months.append(
            {
                "title": f"{at.year} 年 {at.month} 月",
                "url": url({**asked, "period": code}),
                "on": asked["period"] == code,
            }
        )
    other = asked["period"] not in codes
    title = figures.period(asked["period"]).title if other else "更早"
    return [*chips, {"title": title, "options": months, "on": other}]


def narrowed(asked: dict[str, str], url: Url) -> list[dict[str, Any]]:
    """What the figures are narrowed to, each to be taken away."""
    words = {"category": "类别", "subject": "主题", "place": "地点", "unit": "承办单位", "platform": "平台"}
    return [
        {"title": word, "value": asked[key], "url": url({name: text for name, text in asked.items() if name != key})}
        for key, word in words.items()
        if key in asked and key in ("category", "subject", "place")
    ]


def rates(
    found: Figures, before: Figures, mean: Figures | None, book_name: str, earlier_code: str
) -> list[dict[str, Any]]:
    """The rates as large numbers, with what they are made of and compared with."""
    book = books.newest(book_name)
    made = []
    for name, (title, above, below, formula) in RATES.items():
        if name == "satisfaction_all" and not (book and book.not_counted):
            continue
        now, then = found.rate(name), before.rate(name)
        over, under = (sum(found.counts[key] for key in keys) for keys in (above, below))
        made.append(
            {
                "name": name,
                "title": title,
                "value": percent(now),
                "none": now is None,
                "of": f"{over} ÷ {under}" if under else "分母为 0",
                "formula": formula,
                "basis": _basis(name, book),
                "change": _change(now, then),
                "earlier": figures.period(earlier_code).title,
                "mean": percent(mean.rate(name)) if mean else "",
            }
        )
    return made


def _basis(name: str, book: Rulebook | None) -> tuple[str, ...]:
    """The articles behind what a rate is made of; the division itself is local."""
    if book is None:
        return ()
    if name == "on_time_rate":
        rule = book.clocks.get("reply")
        return tuple(dict.fromkeys(article for row in rule.limits.rows for article in row.basis))[:2] if rule else ()
    if name == "resolved_rate":
        return book.call_back.questions.basis if book.call_back and book.call_back.questions else ()
    if name == "deemed_share":
        return book.survey.silence.basis if book.survey and book.survey.silence else ()
    found: list[str] = []
    if book.survey and book.survey.levels:
        found += book.survey.levels.basis
    if book.screening:
        found += book.screening.grounds.basis
    if name == "satisfaction":
        found += [article for row in book.not_counted for article in row.basis]
    return tuple(dict.fromkeys(found))


def percent(value: float | None) -> str:
    """A rate in words."""
    return NONE if value is None else f"{value:.1f}%"


def _change(now: float | None, then: float | None) -> str:
    if now is None or then is None:
        return NONE
    difference = now - then
    if abs(difference) < 0.05:
        return "持平"
    return f"{'升' if difference > 0 else '降'} {abs(difference):.1f} 个百分点"


def counts(found: Figures, before: Figures, asked: dict[str, str], url: OrdersUrl) -> list[dict[str, Any]]:
    """The counts in groups, each with the period before and a link to its orders."""
    return [
        {
            "title": title,
            "items": [
                {
                    "title": MEASURES[name][0],
                    "count": found.counts[name],
                    "before": before.counts[name],
                    "url": url(name, asked) if found.counts[name] else "",
                }
                for name in names
            ],
        }
        for title, names in SHOWN
    ]


def returns(now: Returns, before: Returns, asked: dict[str, str], url: OrdersUrl) -> list[dict[str, Any]]:
    """Applications to return orders: asked, approved, refused, counted, each with a link to its orders."""
    words = {"asked": "申请", "approved": "同意", "refused": "不同意", "counted": "计入退单次数"}
    return [
        {
            "title": title,
            "count": getattr(now, name),
            "before": getattr(before, name),
            "url": url(f"return_{name}", asked) if getattr(now, name) else "",
        }
        for name, title in words.items()
    ]


def lines(
    groups: Sequence[tuple[Any, Figures]],
    asked: dict[str, str],
    key: str,
    names: Mapping[Any, str],
    url: Url,
    orders_url: OrdersUrl,
) -> list[dict[str, Any]]:
    """Lines of a table by category, unit or platform."""
    return [
        {
            "name": names.get(value, value),
            "url": url({**asked, key: str(value)}),
            "cells": [
                {"count": found.counts[name],
                 "url": orders_url(name, {**asked, key: str(value)}) if found.counts[name] else ""}
                for name in COLUMNS
            ],
            "on_time_rate": percent(found.rate("on_time_rate")),
            "satisfaction": percent(found.rate("satisfaction")),
            "resolved_rate": percent(found.rate("resolved_rate")),
        }
        for value, found in groups
    ]  # fmt: skip


def table(
    period: Period, tables: Sequence[tuple[str, Sequence[tuple[Any, Figures]], Mapping[Any, str]]]
) -> list[list[str]]:
    """The figures as the rows of a file, with the formulas below."""
    header = ["分组", "名称", *(title for title, _ in MEASURES.values()), *(rate[0] for rate in RATES.values())]
    found = [header]
    for group, entries, names in tables:
        for value, line in entries:
            counted = [str(line.counts[name]) for name in MEASURES]
            found.append([group, str(names.get(value, value)), *counted, *(percent(line.rate(name)) for name in RATES)])
    found.append([])
    found.append([f"时段: {period.title}, 按登记时间; 分母为 0 的不适用"])
    found += [[f"{title}: {formula} (本地)"] for title, _, _, formula in RATES.values()]
    return found
