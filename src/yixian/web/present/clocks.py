"""A clock (时限) as a chip: the time left in the rule's own unit, how much is used, its colour, and why.

Time left is counted over what the rule counts: whole working days for 个工作日, working hours for 工作小时, all
hours else. The spans that do not count go along, so that the browser counts down without a calendar.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from yixian.lifecycle.state import Card, Clock
from yixian.rulebook import words_zh
from yixian.rulebook.calendar import STANDARD_HOURS, WorkCalendar, midnight
from yixian.rulebook.durations import Duration
from yixian.web.present import moments
from yixian.web.present.moments import DAY, HOUR, MINUTE

OWNERS = {
    "hotline": "热线平台",
    "unit": "承办单位",
    "co_unit": "协办单位",
    "requester": "诉求人",
    "upstream": "上级平台",
}
MOST_SPANS = 80

Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Chip:
    """What the clock component shows. `due`, `form` and `free` let the browser count down; `due` None: it stands."""

    name: str
    words: str
    tone: str  # calm | today | late | done | idle
    share: int  # percent of the time used
    due: int | None = None
    form: str = "h"
    free: str = ""
    title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    basis: tuple[str, ...] = ()
    unit: str = ""
    card: str = ""
    rank: int = field(default=0, compare=False)


def name_of(key: str) -> str:
    """The Chinese name of a clock; a co-handler's key "市水务局.reply" gives the last part's name."""
    return words_zh.CLOCKS.get(key.rpartition(".")[2], "其他时限")


def form_of(limit: str) -> str:
    """How time is said under a limit: wd working days, wh working hours, d days, h hours."""
    unit = parse(limit).unit
    return {"wd": "wd", "wh": "wh", "h@wd": "h@wd", "d": "d", "w": "d"}.get(unit, "h")


def parse(limit: str) -> Duration:
    """The duration of a stored limit; one that cannot be read counts as not laid down."""
    try:
        return Duration.parse(limit)
    except ValueError:
        return Duration("unset", 0)


def free_spans(start: int, end: int, form: str, calendar: WorkCalendar, hours: tuple[tuple[int, int], ...]) -> Spans:
    """The spans between two moments that a rule does not count; neighbouring ones are joined."""
    if form not in ("wd", "h@wd", "wh") or end <= start:
        return []
    spans: Spans = []
    day = moments.local(start).date()
    while (opens := midnight(day)) < end:
        if not calendar.is_working_day(day):
            _join(spans, opens, opens + DAY)
        elif form == "wh":
            at = opens
            for first, last in hours:
                _join(spans, at, opens + first * MINUTE)
                at = opens + last * MINUTE
            _join(spans, at, opens + DAY)
        day += dt.timedelta(days=1)
    return [(max(first, start), min(last, end)) for first, last in spans if last > start and first < end]


def _join(spans: Spans, first: int, last: int) -> None:
    if last <= first:
        return
    if spans and spans[-1][1] == first:
        spans[-1] = (spans[-1][0], last)
    else:
        spans.append((first, last))


def counted(start: int, end: int, spans: Spans) -> int:
    """Seconds between two moments without the spans that do not count."""
    return (end - start) - sum(max(0, min(end, last) - max(start, first)) for first, last in spans)


def said(seconds: int, form: str) -> str:
    """1 个工作日 4 小时, 3 个工作小时 20 分钟, 2 天, 5 小时, 12 分钟."""
    if form in ("wd", "d"):
        whole, rest = divmod(seconds, DAY)
        if whole:
            unit = "个工作日" if form == "wd" else "天"
            return f"{whole} {unit}" + (f" {rest // HOUR} 小时" if rest >= HOUR else "")
    whole, rest = divmod(seconds, HOUR)
    minutes = rest // MINUTE
    if form == "wh" and whole:
        return f"{whole} 个工作小时" + (f" {minutes} 分钟" if minutes else "")
    if whole >= 24:
        return f"{whole} 小时"
    if whole:
        return f"{whole} 小时" + (f" {minutes} 分钟" if minutes else "")
    return f"{max(1, minutes)} 分钟"


def countdown(
    due: int, limit: str, now: int, calendar: WorkCalendar, hours: tuple[tuple[int, int], ...] = STANDARD_HOURS
) -> tuple[str, str, str]:
    """The words (还剩 …, 已超 …), the form, and the packed free spans that the browser needs."""
    form = form_of(limit)
    late = now > due
    first, last = (due, now) if late else (now, due)
    spans = free_spans(first, last, form, calendar, hours)
    seconds = counted(first, last, spans)
    words = said(seconds, form) if seconds > 0 else said(abs(due - now), "h")
    packed = ",".join(f"{a}-{b}" for a, b in spans) if len(spans) <= MOST_SPANS else ""
    if len(spans) > MOST_SPANS:
        form = ""
    return ("已超 " if late else "还剩 ") + words, form, packed


def chip(
    clock: Clock,
    now: int,
    calendar: WorkCalendar,
    *,
    hours: tuple[tuple[int, int], ...] = STANDARD_HOURS,
    cards: tuple[Card, ...] = (),
    units: dict[str, str] | None = None,
    co: bool = False,
    duty: bool = True,
) -> Chip:
    """One clock of an order's state as a chip. `units` maps unit codes to names; `co`: a co-handler's, said by name.

    `duty` False: a window in which something may be done, nothing that must be.
    """
    colours = {card.card for card in cards if card.clock == clock.name and card.unit in (None, clock.unit)}
    card = "red" if "red" in colours else "yellow" if "yellow" in colours else ""
    unit = (units or {}).get(clock.unit or "", clock.unit or "")
    common = {
        "name": f"{unit} {name_of(clock.name)}" if co else name_of(clock.name),
        "facts": _facts(clock, unit),
        "basis": clock.basis,
        "unit": unit,
        "card": card,
    }
    if clock.status == "stopped":
        ending = "超期完成" if clock.late else "按时完成"
        return Chip(words=ending, tone="late" if clock.late else "done", share=100, rank=9, **common)  # type: ignore[arg-type]
    if clock.due is None:
        return Chip(words="不设时限" if clock.limit == "none" else "未规定时限", tone="idle", share=0, rank=8, **common)  # type: ignore[arg-type]
    title = f"截止 {moments.until(clock.due)}"
    if clock.status == "suspended":
        return Chip(words="等待审批, 暂不计超期", tone="idle", share=_share(clock, now), title=title, rank=5, **common)  # type: ignore[arg-type]
    if now > clock.due and not duty:
        return Chip(words="期限已过", tone="idle", share=100, title=title, rank=8, **common)  # type: ignore[arg-type]
    words, form, free = countdown(clock.due, clock.limit, now, calendar, hours)
    return Chip(
        words=words,
        tone=tone_of(clock.due, now, card),
        share=_share(clock, now),
        due=clock.due if form else None,
        form=form,
        free=free,
        title=title,
        rank=0,
        **common,  # type: ignore[arg-type]
    )


def tone_of(due: int, now: int, card: str = "") -> str:
    """late after the due instant or under a red card, today on the due day or under a yellow card, else calm."""
    if now > due or card == "red":
        return "late"
    if card == "yellow" or moments.local(due - 1).date() == moments.local(now).date():
        return "today"
    return "calm"


def _share(clock: Clock, now: int) -> int:
    if clock.due is None or clock.due <= clock.started:
        return 100
    return max(0, min(100, round(100 * (now - clock.started) / (clock.due - clock.started))))


def _facts(clock: Clock, unit: str) -> tuple[tuple[str, str], ...]:
    rows = [("责任方", unit or OWNERS.get(clock.owner, "热线平台")), ("开始", moments.absolute(clock.started))]
    limit = parse(clock.limit).chinese()
    if clock.extended:
        limit += ", 延期 " + "、".join(parse(item).chinese() for item in clock.extended)
    rows.append(("时限", limit))
    if clock.excluded:
        rows.append(("不计入", f"{clock.excluded} 个工作日(退单审核)"))
    if clock.due is not None:
        rows.append(("截止", moments.until(clock.due)))
    if clock.provisional:
        rows.append(("说明", "跨入放假安排尚未公布的年份, 公布后重算"))
    if clock.stopped is not None:
        rows.append(("完成", moments.absolute(clock.stopped)))
    if clock.repeat:
        rows.append(("周期", f"每 {parse(clock.repeat).chinese()}一次"))
    return tuple(rows)
