"""What must hold before a draft may be submitted and published; the same list is shown and enforced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from yixian.orders import clock
from yixian.orders.books import local_day
from yixian.rulebook import Library, RulebookError
from yixian.rulemaking.models import Draft, DraftRun
from yixian.rulemaking.texts import Reading

NOTICE = 600  # seconds before midnight after which the coming day is too near: processes need a moment to take it up


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: whether it holds, and what is so or what to do."""

    holds: bool
    words: str


def conditions(draft: Draft, reading: Reading, library: Library, run: DraftRun | None) -> list[Condition]:
    """Every condition of publication, in the order in which one meets them.

    `run` is the finished run over exactly this text, None where there is none.
    """
    return [_readable(reading), *_dates(draft.name, reading, library), *_others(reading, library), _proved(run)]


def missing(found: list[Condition]) -> tuple[str, ...]:
    """What does not hold yet."""
    return tuple(one.words for one in found if not one.holds)


def earliest(now: int) -> dt.date:
    """The first day on which a version published now may come into force."""
    return local_day(now + NOTICE) + dt.timedelta(days=1)


def _readable(reading: Reading) -> Condition:
    errors = len(reading.errors)
    return Condition(not errors, f"全文还有 {errors} 处错误" if errors else "全文没有错误")


def _dates(name: str, reading: Reading, library: Library) -> Iterator[Condition]:
    if name not in library.names():
        yield Condition(True, "新的规则书, 施行日期以文件为准")
        return
    day = reading.effective
    if day is None:
        yield Condition(False, "没有写施行日期 (document.effective)")
        return
    first = earliest(clock.now())
    yield Condition(day >= first, f"施行日期 {day}" if day >= first else f"施行日期 {day} 太早, 最早可定为 {first}")
    newest = _newest_day(name, library)
    if newest is not None:
        later = day > newest
        yield Condition(later, f"晚于现有的最新版本 ({newest} 起施行)" if later else _too_early(day, newest))


def _too_early(day: dt.date, newest: dt.date) -> str:
    return f"施行日期 {day} 不晚于现有的最新版本 ({newest} 起施行); 已发布的版本不能修改, 只能由更晚施行的版本取代"


def _newest_day(name: str, library: Library) -> dt.date | None:
    day = library.flat(name)[-1].value("document.effective")
    return day if isinstance(day, dt.date) else None


def _others(reading: Reading, library: Library) -> Iterator[Condition]:
    """Books below this one that load today must still load with it as their parent."""
    if reading.errors:
        return
    day = reading.effective or dt.date.max
    broken = [
        other
        for other in library.names()
        if other != reading.flat.name and _loads(library, other, day) and not _loads(reading.library, other, day)
    ]
    if broken:
        yield Condition(False, f"以它为上级的规则书会出错: {'、'.join(broken)}; 请先修订它们或改正此处")


def _loads(library: Library, name: str, day: dt.date) -> bool:
    try:
        library.version(name, day)
    except RulebookError:
        return False
    return True


def _proved(run: DraftRun | None) -> Condition:
    if run is None:
        return Condition(False, "还没有用这份全文跑过场景")
    if not run.total:
        return Condition(False, "没有场景可跑; 请先为草稿写一个场景, 证明新规定确实这样执行")
    if run.own_failed:
        return Condition(False, f"随草稿附上的场景有 {run.own_failed} 个不符")
    words = f"已用这份全文跑过 {run.total} 个场景"
    return Condition(True, words + (f", 其中 {run.worse} 个的结果因修订而改变" if run.worse else ""))
