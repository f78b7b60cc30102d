"""Closed history brought as a table: each row lives its whole life again through the one door, on virtual time.

Nothing is inserted: register, dispatch, sign, reply, pass_review, close and archive are given at moments that fit the
row: registered then, answered inside the limit that the book (or `--limit`) sets, or past it where it was overdue.
Such tables say when an order began and whether it ended in time, not when each step was; the record says so. Every
order carries the channel 历史导入 and the number it had. Without free text, its words are type, subtype and place.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from yixian.lifecycle.state import OrderState
from yixian.ops import imports_values, simulate_words
from yixian.ops.imports_messages import Skips
from yixian.ops.imports_reading import Row, Table, read
from yixian.ops.imports_values import BadValue
from yixian.ops.simulate_case import Case, Traits
from yixian.ops.simulate_engine import Engine, Report
from yixian.ops.simulate_hours import DAY, HOUR, in_office, local_day, slot
from yixian.ops.simulate_policy import MOST_TRIES, Life, Step
from yixian.ops.simulate_setup import PlainCast
from yixian.orders import books
from yixian.orders.errors import OrderError
from yixian.parties import actions as parties
from yixian.parties.access import SYSTEM, Actor
from yixian.parties.models import Platform, Unit
from yixian.rulebook import Rulebook

CHANNEL = "历史导入"
_COARSE = 2 * HOUR
_CATEGORIES = {"求决": "求助", "感谢": "表扬", "其他": "求助", "意见": "建议"}
_YES = frozenset({"1", "是", "true", "yes", "y", "按时", "超期", "逾期"})
_NOTE = "历史工单导入, 原系统记录: {ended}。各环节时间按办结情况推定。"


class History:
    """One import of closed orders into a platform."""

    def __init__(
        self, table: Table, columns: dict[str, str], platform: Platform, book: Rulebook, limit: str | None = None
    ) -> None:
        self._table = table
        self._columns = columns
        self._platform = platform
        self._book = book
        self._limit = limit
        self._units: dict[str, Unit] = {}

    def read(self, listed: Skips) -> tuple[list[Case], int]:
        """The rows as cases in order of time, and how many rows there were; what cannot be one is listed."""
        cases: list[Case] = []
        rows = 0
        seen: dict[str, int] = {}
        for row in read(self._table):
            rows += 1
            try:
                case = self._case(row)
                number = str(case.register["received_from"]["no"])
                if number in seen:
                    raise BadValue(f"原编号重复: {number!r} 已在第 {seen[number]} 行")
                seen[number] = row.number
                cases.append(case)
            except BadValue as error:
                listed.add(row.number, str(error))
        return sorted(cases, key=lambda case: (case.at, case.key)), rows

    def run(self, cases: Sequence[Case], progress: Any = None) -> Report:
        """Live the cases. Units that are not known yet are made. Raises Unavailable."""
        names = self._named(cases)
        placed = [msgspec.structs.replace(case, units=(names[case.units[0]],)) for case in cases]
        engine = Engine(
            f"history/{self._platform.code}/{self._table.fingerprint}",
            _Cast(),
            {code: name for name, code in names.items()},
            policy=next_step,
            sweep_every=DAY,
            progress=progress,
        )
        return engine.live(placed)

    def _named(self, cases: Sequence[Case]) -> dict[str, str]:
        wanted = dict.fromkeys(case.units[0] for case in cases)
        found = dict(Unit.objects.filter(platform=self._platform, name__in=list(wanted)).values_list("name", "code"))
        for name in wanted:
            if name not in found:
                digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
                unit = parties.create_unit(
                    actor=SYSTEM, platform=self._platform, code=f"{self._platform.code}-h{digest}", name=name
                )
                found[name] = unit.code
        return found

    def _case(self, row: Row) -> Case:
        values = {field: _given(row.values.get(column, "")) for field, column in self._columns.items()}
        if not values["unit"]:
            raise BadValue("没有处置单位")
        at = imports_values.moment(values["at"])
        if at > time.time() - DAY:
            raise BadValue(f"登记时间 {values['at']!r} 在将来或就在今天, 不是已办结的历史")
        _check_rules(self._platform.book, at)
        ended = _ended(values)
        nature = values.get("category", "")
        category = imports_values.category_or_guess(_CATEGORIES.get(nature, nature) or None, self._book, "求助")
        place = "".join(values.get(key, "") for key in ("district", "street", "community", "place"))
        register: dict[str, Any] = {
            "category": category,
            "text": _words(values, place, nature),
            "channel": CHANNEL,
            "source": imports_values.word(values.get("source")),
            "domain": imports_values.word(values.get("type")),
            "subject": imports_values.word(" ".join(values.get(key, "") for key in ("main_type", "sub_type"))),
            "place": imports_values.word(place),
            "requester": {"anonymous": True},
            "received_from": {"platform": f"历史导入: {self._table.path.name}"[:200], "no": values["number"][:200]},
            "statutory_limit": {"limit": self._limit, "basis": "原系统办理时限"} if self._limit else None,
        }
        return Case(
            key=f"{row.number}",
            seed=self._table.fingerprint,
            at=slot(at),
            platform=self._platform.code,
            register={key: value for key, value in register.items() if value is not None},
            by="hotline",
            units=(values["unit"],),
            traits=Traits(late=ended == "超期办结"),
            topic=ended,
        )


def _check_rules(book: str, at: int) -> None:
    try:
        books.in_force(book, local_day(at))
    except OrderError as error:
        raise BadValue(f"登记时规则书不适用: {error.detail}") from None


def _given(value: str) -> str:
    plain = " ".join(value.replace("\0", "").split())
    return "" if plain in ("-", "--", "无", "/") else plain


def _ended(values: Mapping[str, str]) -> str:
    if values.get("overtime", "").lower() in _YES:
        return "超期办结"
    return "按时办结" if values.get("in_time", "").lower() in _YES else "办结, 未记载是否按时"


def _words(values: Mapping[str, str], place: str, nature: str) -> str:
    if values.get("text"):
        return imports_values.body(values["text"])
    kinds = " > ".join(values[key] for key in ("type", "main_type", "sub_type") if values.get(key))
    if not kinds:
        raise BadValue("没有诉求内容, 也没有可以代替它的类型")
    return f"{kinds}。地点: {place or '未记载'}。性质: {nature or '未记载'}。(历史工单, 原系统没有导出诉求原文)"


# --- how the rows live again --------------------------------------------------------------------------------------


class _Cast(PlainCast):
    """Everything is given by the import, in the name of the hotline and of the units."""

    def actor(self, case: Case, step: Step, state: OrderState) -> Actor:
        """The import."""
        return SYSTEM


def next_step(life: Life) -> Step | None:
    """The straight path to the archive, answered inside the limit or past it as the row says."""
    step = _step(life)
    if step is None or life.refused[step.name] >= MOST_TRIES:
        return None
    # Coarse moments let many orders share a transaction; one answered in time must not be pushed past its due moment.
    in_time = step.name == "reply" and not life.case.traits.late
    at = step.at // _COARSE * _COARSE + (0 if in_time else _COARSE)
    return msgspec.structs.replace(step, at=max(at, life.state.changed))


def _step(life: Life) -> Step | None:
    state, case = life.state, life.case
    note = {"note": _NOTE.format(ended=case.topic)}
    if state.state in ("registered", "accepted"):
        return life.at(state.changed + 1200, "dispatch", "hotline", {"lead": case.units[0]})
    if state.state == "dispatched":
        return life.at(state.changed + 1200, "sign", state.lead or "")
    if state.state == "handling":
        unit = life.unit_names.get(state.lead or "", state.lead or "")
        payload = simulate_words.reply(case, state, life.book, life.calendar, unit, careless=False)
        payload["text"] = f"{note['note']}原系统没有导出答复原文。"
        if life.refused["reply"]:  # the book has templates: then in its frame
            payload = simulate_words.reply(case, state, life.book, life.calendar, unit, careless=False)
        return life.at(_answered_at(life, state), "reply", state.lead or "", payload)
    if state.state == "replied":
        return life.desk("pass_review", (0.5, 2), note)
    if state.state in ("surveying", "calling_back"):
        return life.desk("close", (1, 3), note)
    return life.desk("archive", (24, 48)) if state.state != "archived" else None


def _answered_at(life: Life, state: OrderState) -> float:
    clock = life.clock("reply")
    if clock is not None and clock.due is not None:
        if life.case.traits.late:
            return clock.due + HOUR * life.case.hours("late by", 2, 60)
        inside = clock.started + (clock.due - clock.started) * (0.2 + 0.7 * life.case.chance("reply"))
        return max(inside, state.changed + 600)
    days = life.case.hours("reply", 12, 36) if life.case.traits.late else life.case.hours("reply", 1, 6)
    return in_office(life.calendar, state.changed + days * DAY, life.case.chance("spread"))
