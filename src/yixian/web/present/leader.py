"""The leader's view in words and shapes: large figures with period and comparison, months as bars, what people say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from yixian.supervision.figures import RATES, Figures, Period
from yixian.supervision.trends import KINDS, Matter
from yixian.web.present.figures import NONE, percent

FEW = 20
"""Below so many orders in both spans together a change says little (样本少)."""
FEW_OF_UNIT = 10
BAR = 64


def rate(name: str, now: Figures, before: Figures, period: Period, earlier: Period, url: str) -> dict[str, Any]:
    """A rate as a large figure."""
    title, above, below, formula = RATES[name]
    value, then = now.rate(name), before.rate(name)
    over, under = (sum(now.counts[key] for key in keys) for keys in (above, below))
    return {
        "title": title,
        "value": percent(value),
        "none": value is None,
        "period": period.title,
        "change": _points(value, then),
        "tone": "" if under < FEW else _tone(value, then),
        "earlier": f"{earlier.title} {percent(then)}",
        "of": f"{over} ÷ {under}" if under else "分母为 0",
        "formula": f"{formula} (本地)",
        "few": 0 < under < FEW,
        "url": url,
    }


def count(
    title: str, now: int, before: int | None, period: str, earlier: str, url: str, formula: str
) -> dict[str, Any]:
    """A count as a large figure; `before` None where nothing is kept to compare it with."""
    few = before is not None and now + before < FEW
    return {
        "title": title,
        "value": bounded(now),
        "period": period,
        "change": "" if before is None else _more(now, before),
        "tone": "" if before is None or few or now == before else "bad" if now > before else "good",
        "earlier": "" if before is None else f"{earlier} {before} 件",
        "formula": formula,
        "url": url if now else "",
    }


def bounded(number: int, most: int = 9999) -> str:
    """A count as it is shown, to the bound to which it was counted."""
    return f"{most}+" if number > most else str(number)


def _points(now: float | None, then: float | None) -> str:
    if now is None or then is None:
        return "无可比"
    change = now - then
    return "持平" if abs(change) < 0.05 else f"{'升' if change > 0 else '降'} {abs(change):.1f} 点"


def _tone(now: float | None, then: float | None) -> str:
    if now is None or then is None or abs(now - then) < 0.05:
        return ""
    return "good" if now > then else "bad"


def _more(now: int, before: int) -> str:
    return "持平" if now == before else f"{'多' if now > before else '少'} {abs(now - before)} 件"


def matters(found: Mapping[str, Sequence[Matter]], urls: Mapping[str, str]) -> list[dict[str, Any]]:
    """What came most often, by kind, with the change against the thirty days before."""
    lists = []
    for kind, lines in found.items():
        top = max((line.now for line in lines), default=0)
        words = [
            {
                "word": line.word,
                "now": line.now,
                "before": line.before,
                "change": "样本少" if line.now + line.before < FEW else _grown(line.now, line.before),
                "tone": "" if line.now + line.before < FEW or line.now <= line.before else "bad",
                "width": max(1, round(100 * line.now / top)) if top else 0,
                "url": urls[kind].replace("WORD", _quoted(line.word)),
            }
            for line in lines
        ]
        lists.append({"kind": kind, "title": KINDS[kind], "words": words})
    return lists


def _quoted(word: str) -> str:
    from urllib.parse import quote

    return quote(word)


def _grown(now: int, before: int) -> str:
    if not before:
        return "新出现"
    change = round(100 * (now - before) / before)
    return "持平" if change == 0 else f"{'升' if change > 0 else '降'} {abs(change)}%"


def bars(months: Sequence[tuple[dt.date, Figures]], name: str) -> dict[str, Any]:
    """A rate of each month as a bar of an image; a month where nothing is below the line has none."""
    drawn = []
    for place, (month, found) in enumerate(months):
        value = found.rate(name)
        height = 0 if value is None else max(1, round(BAR * value / 100))
        drawn.append(
            {
                "title": f"{month.year} 年 {month.month} 月",
                "short": f"{month.month}月",
                "value": NONE if value is None else percent(value),
                "x": place * 30 + 6,
                "middle": place * 30 + 15,
                "y": BAR - height,
                "height": height,
                "last": place == len(months) - 1,
            }
        )
    said = "; ".join(f"{bar['title']} {bar['value']}" for bar in drawn)
    return {"title": RATES[name][0], "bars": drawn, "wide": len(drawn) * 30, "said": said, "formula": RATES[name][3]}


def ranked(groups: Sequence[tuple[str, Figures]], names: Mapping[str, str], code: str) -> list[dict[str, Any]]:
    """Units by the rate of answers in time, the lowest first; those with few orders come after, not ranked."""
    lines = []
    for unit, found in groups:
        below = RATES["on_time_rate"][2]
        under = sum(found.counts[key] for key in below)
        value = found.rate("on_time_rate")
        lines.append(
            {
                "name": names.get(unit, unit),
                "url": f"/figures/?period={code}&unit={_quoted(unit)}",
                "late_url": f"/figures/orders/late/?period={code}&unit={_quoted(unit)}" if found.counts["late"] else "",
                "received": found.counts["received"],
                "late": found.counts["late"],
                "running_late": found.counts["running_late"],
                "rate": percent(value),
                "share": round(value or 0),
                "few": under < FEW_OF_UNIT,
                "satisfaction": percent(found.rate("satisfaction")),
                "order": (under < FEW_OF_UNIT, value if value is not None else 101.0, -found.counts["received"]),
            }
        )
    return sorted(lines, key=lambda line: line["order"])
