"""The working calendar (工作日历): a year as twelve months, where each year comes from, and putting days right."""

from __future__ import annotations

import calendar as months
import datetime as dt
import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from yixian.orders import calendar, clock
from yixian.orders.calendar import Day
from yixian.orders.errors import BadInput
from yixian.orders.models import CalendarDay
from yixian.parties import organising
from yixian.parties.roles import MANAGE
from yixian.parties.sessions import address_of
from yixian.rulebook import WorkCalendar
from yixian.rulebook.articles import short_title
from yixian.rulebook.calendar_days import state_council
from yixian.web import books, drafts, managing
from yixian.web.access import StaffRequest, needs
from yixian.web.managing import managed
from yixian.web.present import clocks, moments

CALENDAR = "/manage/calendar/"
TONES = {"工作日": "", "周末": "free", "法定节假日": "off", "调休上班": "on"}
LONGEST = 12_000
FIRST, LAST = 2004, 2060
_LINE = re.compile(r"(\S+?)(?:\s*(?:至|到|~)\s*(\S+))?\s+(放假|休息|上班|补班)(?:\s+(.*))?")
COUNTRY = "country"


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
@managed
def shown(request: StaffRequest) -> HttpResponse:
    """A year of a book's calendar; what is typed is first shown with what it would move, then applied."""
    names = _names(request)
    book = request.GET.get("book", "") or (request.user.platform.book or next(iter(names), ""))
    if book != COUNTRY and book not in names:
        book = next(iter(names), COUNTRY)
    key = "" if book == COUNTRY else book
    today = moments.local(clock.now()).date()
    year = _year(request.GET.get("year", ""), today.year)
    here = f"{CALENDAR}?book={book}&year={year}"
    given = managing.typed(request)
    context: dict[str, Any] = {}
    problem = ""
    if request.method == "POST":
        try:
            add, remove = read(given.get("days", "")), _removed(request.POST.getlist("remove"))
            if given.get("step") == "apply":
                return _apply(request, key, add, remove, given.get("source", ""), here)
            if not given.get("source"):
                raise BadInput("请写明依据的文件, 例如: 国办发明电〔2026〕1 号", "source")
            if not add and not remove:
                raise BadInput("请写明要改的日期, 每行一个或一段", "days")
            context["preview"] = _preview(key, add, remove)
        except BadInput as error:
            problem = error.detail
    found = calendar.of(key)
    own = calendar.added(key, dt.date(year, 1, 1), dt.date(year, 12, 31))
    context |= {
        "problem": problem,
        "year": year,
        "years": [
            {"year": one, "on": one == year, "url": f"{CALENDAR}?book={book}&year={one}"} for one in _span(today)
        ],
        "books": [
            {"title": title, "on": code == book, "url": f"{CALENDAR}?book={code}&year={year}"}
            for code, title in names.items()
        ],
        "months": _months(found, year, {row.day: row for row in own}, today),
        "source": _source(found, year, own),
        "published": found.is_published(year),
        "counts": _counts(found, year),
        "own": [_own(row, key) for row in own],
        "may": calendar.may_change(request.actor, key),
        "waiting": calendar.waiting(key),
        "given": given,
        "removed": request.POST.getlist("remove"),
        "form_key": drafts.new_key(request),
        "here": here,
    }
    return managing.page(request, "calendar", "calendar.html", context, 422 if problem else 200)


def _apply(
    request: StaffRequest, key: str, add: list[Day], remove: list[dt.date], source: str, here: str
) -> HttpResponseRedirect:
    said: list[str] = []

    def act() -> str:
        done = calendar.change(
            request.actor, book=key, add=add, remove=remove, source=source, address=address_of(request)
        )
        said.append(
            "日历已修改, 在办工单较多, 时限正在后台重算" if done is None
            else f"日历已修改, 重算 {done.orders} 件在办工单, {done.changed} 件的时限有变动"
        )  # fmt: skip
        return here

    answer = managing.do(request, act, said="")
    for words in said or ["日历已修改"]:
        messages.success(request, words)
    return answer


def read(text: str) -> list[Day]:
    """The days of a typed table: 2027-01-01至2027-01-03 放假 元旦. Raises BadInput naming each line that is wrong."""
    if len(text) > LONGEST:
        raise BadInput("内容过长, 请分几次修改", "days")
    found: dict[dt.date, Day] = {}
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            for one in _line(line.strip()):
                if one.day in found:
                    raise ValueError(f"{one.day} 前面已经写过")
                found[one.day] = one
        except ValueError as error:
            wrong.append(f"第 {number} 行: {error}")
    if wrong:
        raise BadInput("; ".join(wrong[:8]) + ("…" if len(wrong) > 8 else ""), "days")
    return list(found.values())


def _line(line: str) -> list[Day]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"“{line[:30]}”看不懂, 应写作 2027-01-01至2027-01-03 放假 元旦")
    first, last, deed, name = found.groups()
    start, end = _date(first), _date(last or first)
    if end < start or (end - start).days > 31:
        raise ValueError("一段日期应从早到晚, 不超过一个月")
    working = deed in ("上班", "补班")
    return [
        Day(start + dt.timedelta(days), working, (name or "").strip()[:60]) for days in range((end - start).days + 1)
    ]


def _date(text: str) -> dt.date:
    plain = re.sub(r"[年月/.]", "-", text).removesuffix("日")
    try:
        year, month, day = (int(part) for part in plain.split("-"))
        found = dt.date(year, month, day)
    except ValueError:
        raise ValueError(f"日期“{text[:20]}”写法不对, 应写作 2027-01-01") from None
    if not FIRST <= found.year <= LAST:
        raise ValueError(f"{found} 不在 {FIRST} 至 {LAST} 年之间")
    return found


def _removed(texts: list[str]) -> list[dt.date]:
    try:
        return [dt.date.fromisoformat(text) for text in texts[:400]]
    except ValueError:
        raise BadInput("要撤销的日期无法识别, 请刷新后重选", "remove") from None


def _preview(key: str, add: list[Day], remove: list[dt.date]) -> dict[str, Any]:
    found = calendar.preview(key, add, remove)
    current = calendar.of(key)
    kinds = {True: "上班", False: "放假"}
    return {
        "days": [
            {"day": _said(one.day), "now": current.day_kind(one.day), "then": kinds[one.working], "name": one.name}
            for one in add
        ],
        "removed": [_said(day) for day in remove],
        "past": sorted({one.day.year for one in add if current.is_published(one.day.year)}),
        "waiting": found.waiting,
        "tried": found.tried,
        "count": len(found.moved),
        "moved": [
            {
                "number": one.number,
                "clock": clocks.name_of(one.clock),
                "before": moments.until(one.before),
                "after": moments.until(one.after),
            }
            for one in found.moved[: calendar.LISTED]
        ],
    }


def _names(request: StaffRequest) -> dict[str, str]:
    """The books under which one's platforms count their time; the country for who administers all that use it."""
    used = sorted({one.book for one in organising.platforms(request.actor)[:5000] if one.book})
    known = set(books.library().names())
    found = {}
    for name in used:
        newest = books.newest(name) if name in known else None
        if newest is not None:
            found[name] = short_title(newest)
    if calendar.may_change(request.actor, ""):
        found[COUNTRY] = "全国"
    return found


def _year(text: str, now: int) -> int:
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() and FIRST <= int(text) <= LAST else now


def _span(today: dt.date) -> range:
    return range(today.year - 3, today.year + 3)


def _months(found: WorkCalendar, year: int, own: dict[dt.date, CalendarDay], today: dt.date) -> list[dict[str, Any]]:
    weeks = months.Calendar(firstweekday=0)
    return [
        {
            "name": f"{month} 月",
            "weeks": [
                [_day(found, day, own.get(day), today) if day.month == month else None for day in week]
                for week in weeks.monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]


def _day(found: WorkCalendar, day: dt.date, own: CalendarDay | None, today: dt.date) -> dict[str, Any]:
    kind = found.day_kind(day)
    name = own.name if own else ""
    return {
        "n": day.day,
        "tone": TONES.get(kind, ""),
        "title": f"{_said(day)} {kind}" + (f" {name}" if name else ""),
        "mark": {"法定节假日": "休", "调休上班": "班"}.get(kind, ""),
        "today": day == today,
    }


def _counts(found: WorkCalendar, year: int) -> list[tuple[str, int]]:
    counted = dict.fromkeys(TONES, 0)
    day = dt.date(year, 1, 1)
    while day.year == year:
        counted[found.day_kind(day)] += 1
        day += dt.timedelta(days=1)
    return list(counted.items())


def _source(found: WorkCalendar, year: int, own: list[CalendarDay]) -> str:
    papers = list(dict.fromkeys(row.source for row in own if row.source))
    if year in state_council().years:
        base = "国务院办公厅节假日安排 (随系统提供)"
    elif found.is_published(year):
        base = "" if papers else "本机的日历文件"
    else:
        base = "尚未公布: 只按周末推算, 跨入这一年的时限是暂定的"
    return "; ".join(filter(None, (base, *papers)))


def _own(row: CalendarDay, key: str) -> dict[str, Any]:
    return {
        "iso": row.day.isoformat(),
        "day": _said(row.day),
        "deed": "上班" if row.working else "放假",
        "name": row.name,
        "source": row.source,
        "mine": row.book == key,
    }


def _said(day: dt.date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日 周{moments.WEEKDAYS[day.weekday()]}"
