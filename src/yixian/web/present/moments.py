"""Moments (unix seconds) as people in a hotline say them: relative in lists, absolute on hover. Local time is UTC+8."""

from __future__ import annotations

import datetime as dt

ZONE = dt.timezone(dt.timedelta(hours=8))
MINUTE, HOUR, DAY = 60, 3600, 86400
WEEKDAYS = "一二三四五六日"


def local(at: int) -> dt.datetime:
    """The local date and time of a moment."""
    return dt.datetime.fromtimestamp(at, ZONE)


def absolute(at: int) -> str:
    """2026 年 3 月 2 日 周一 09:30: for hovering and panels."""
    day = local(at)
    return f"{day.year} 年 {day.month} 月 {day.day} 日 周{WEEKDAYS[day.weekday()]} {day:%H:%M}"


def until(due: int) -> str:
    """A due instant; midnight belongs to the day that ends: 3 月 2 日 24:00."""
    day = local(due)
    if day.hour == day.minute == day.second == 0:
        day = local(due - 1)
        return f"{day.year} 年 {day.month} 月 {day.day} 日 周{WEEKDAYS[day.weekday()]} 24:00"
    return absolute(due)


def due_day(due: int) -> str:
    """Only the day by which something is due: 3 月 2 日."""
    day = local(due - 1)
    return f"{day.month} 月 {day.day} 日"


def short(at: int, now: int) -> str:
    """For lists and timelines: 刚刚, 5 分钟前, 今天 09:30, 昨天 09:30, 3月2日 09:30, 2025-03-02."""
    gone = now - at
    if 0 <= gone < MINUTE:
        return "刚刚"
    if 0 <= gone < HOUR:
        return f"{gone // MINUTE} 分钟前"
    then, today = local(at), local(now)
    days = (today.date() - then.date()).days
    if days in (0, 1):
        return f"{'今天' if days == 0 else '昨天'} {then:%H:%M}"
    if then.year == today.year:
        return f"{then.month}月{then.day}日 {then:%H:%M}"
    return f"{then:%Y-%m-%d}"


def day_words(at: int) -> str:
    """3 月 2 日, for the citizen's progress page."""
    day = local(at)
    return f"{day.month} 月 {day.day} 日"
