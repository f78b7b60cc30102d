"""What the people around an order do next, as a pure function of the order, what happened to it and the rulebook.

It knows no jurisdiction: what the book has no rule for is not tried. Whether a step is allowed is decided at the
door alone; a refused one is counted and something else is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from yixian.lifecycle.state import Clock, OrderState
from yixian.ops import simulate_requests, simulate_words
from yixian.ops.simulate_case import Case
from yixian.ops.simulate_hours import DAY, HOUR, awake, in_office, slot
from yixian.rulebook import Rulebook, WorkCalendar

MOST_TRIES = 3


class Step(msgspec.Struct, frozen=True):
    """A command at a moment; `name` "look" gives none and only lets timers fire until then."""

    at: int
    name: str
    by: str = "hotline"
    payload: Mapping[str, Any] = {}


class Life(msgspec.Struct):
    """An order as its people see it: the state, how often each kind of event happened, which commands were refused."""

    case: Case
    state: OrderState
    book: Rulebook
    calendar: WorkCalendar
    done: Counter[str]
    unit_names: Mapping[str, str]
    refused: Counter[str] = msgspec.field(default_factory=Counter)

    def desk(self, name: str, hours: tuple[float, float], payload: Mapping[str, Any] | None = None) -> Step:
        """A step of the hotline's, so many hours from now, in office time."""
        return self._office(name, "hotline", hours, payload)

    def unit(self, name: str, hours: tuple[float, float], payload: Mapping[str, Any] | None = None) -> Step:
        """A step of the lead unit's."""
        return self._office(name, self.state.lead or "", hours, payload)

    def person(self, name: str, hours: tuple[float, float], payload: Mapping[str, Any] | None = None) -> Step:
        """A step of the requester's, at waking hours."""
        at = self.state.changed + HOUR * self.case.hours(self.asked(name), *hours)
        return Step(awake(at, self.case.chance(name + ".spread")), name, "requester", payload or {})

    def at(self, moment: float, name: str, by: str, payload: Mapping[str, Any] | None = None) -> Step:
        """A step at a moment of its own, not before the order's last change."""
        return Step(slot(max(moment, self.state.changed + 60)), name, by, payload or {})

    def _office(self, name: str, by: str, hours: tuple[float, float], payload: Mapping[str, Any] | None) -> Step:
        at = self.state.changed + HOUR * self.case.hours(self.asked(name), *hours)
        return Step(in_office(self.calendar, at, self.case.chance(name + ".spread")), name, by, payload or {})

    def asked(self, name: str) -> str:
        """A question that is a new one each time the order has changed."""
        return f"{name}.{self.state.events}"

    def open_to(self, name: str, tries: int = 1) -> bool:
        """Whether a command has not been refused that often yet."""
        return self.refused[name] < tries

    def clock(self, name: str) -> Clock | None:
        """The lead's clock of a name while it runs and has a due moment."""
        found = next((item for item in self.state.clocks if item.key == name), None)
        return found if found is not None and found.running and found.due is not None else None


def next_step(life: Life) -> Step | None:
    """The next step of an order, None when it is archived or nobody has anything left to do."""
    step = simulate_requests.decision(life) or _BY_STATE.get(life.state.state, _nothing)(life)
    if step is None or life.refused[step.name] >= MOST_TRIES:
        return None
    return step


def _nothing(life: Life) -> Step | None:
    return None


# --- intake -------------------------------------------------------------------------------------------------------


def _intake(life: Life) -> Step | None:
    case, state, book = life.case, life.state, life.book
    traits = case.traits
    if "unverified" in state.flags:
        return life.desk("verify", (0.5, 4), {"note": "已电话核实诉求内容"})
    if state.emergency and not life.done["unit_notified"]:
        return life.at(state.registered + 600 + 900 * case.chance("call"), "notify_unit", "hotline",
                       {"unit": case.units[0], "by": "值班长"})  # fmt: skip
    if traits.ending == "declined" and life.open_to("decline") and "guided" not in state.flags and book.intake.refuse:
        ground = case.choice("ground", book.intake.refuse)
        return life.desk("decline", (0.2, 3), {"ground": ground.key, "note": "已向诉求人说明理由和应当提出的渠道"})
    if traits.ending == "answered" and life.open_to("answer") and _direct(life):
        return life.at(
            state.changed + 900, "answer", "hotline", {"text": case.choice("answer", simulate_words.ANSWERS)}
        )
    if traits.ending == "transferred" and life.open_to("transfer"):
        return life.desk("transfer", (0.3, 4), {"to": "相邻地区12345热线", "reason": "事项发生地不在本地"})
    if traits.withdrawn and state.state == "registered" and life.open_to("withdraw"):
        return life.person("withdraw", (1, 6), {"reason": "问题已自行解决"})
    if state.state == "registered" and book.stage("accept") and case.chance("accept") < 0.5 and life.open_to("accept"):
        return life.desk("accept", (0.1, 1))
    if traits.convened and life.open_to("designate"):
        if not life.done["convened"] and life.open_to("convene"):
            return life.desk("convene", (1, 8), {"matter": "职责交叉, 需明确承办单位", "by": "热线工作机构"})
        return life.desk(
            "designate", (4, 20), {"lead": case.units[0], "by": "联席会议", "reason": "按权责相近原则指定"}
        )
    return _dispatch(life)


def _direct(life: Life) -> bool:
    direct = life.book.intake.direct_answer
    return life.state.category in direct.value if direct is not None else life.state.category == "咨询"


def _dispatch(life: Life) -> Step:
    case, traits, state = life.case, life.case.traits, life.state
    wrongly = traits.returned == "approved" and len(case.units) > 1
    right = case.units[0]
    first = case.units[1] if wrongly and not life.done["return_requested"] else right
    payload: dict[str, Any] = {"lead": first, "requirements": "请按规定时限办理并答复诉求人"}
    if (
        traits.shared
        and not wrongly
        and len(case.units) > 2
        and not life.done["dispatched"]
        and "." not in state.number
    ):
        payload["co"] = (case.units[2],)
    if traits.important:
        payload["grade"] = "重点"
    if state.emergency:
        return life.at(state.changed + 600, "dispatch", "hotline", payload)
    # Where the unit's time to sign runs already, the desk forwards at once.
    return life.desk("dispatch", (0.1, 0.6) if life.clock("sign") is not None else (0.3, 4), payload)


# --- the unit -----------------------------------------------------------------------------------------------------


def _dispatched(life: Life) -> Step | None:
    state, traits = life.state, life.case.traits
    if state.emergency and life.open_to("respond") and not life.done["responded"]:
        return life.at(state.changed + 1200, "respond", state.lead or "", {"text": "已派人赶赴现场, 正在先期处置"})
    asking = traits.returned and not life.done["return_requested"] and life.open_to("request_return")
    if asking and not (traits.returned == "approved" and len(life.case.units) < 2):
        return life.unit("request_return", (0.5, 2.5), simulate_requests.return_of(life))
    if state.pending_of("return") is not None:
        return Step(slot(state.changed + DAY), "look")
    late = traits.late_sign and not life.done["late"]
    hours = (70.0, 110.0) if late else (0.3, 1.0) if state.emergency else (0.5, 4.0)
    step, clock = life.unit("sign", hours), life.clock("sign")
    if clock is not None and clock.due is not None and not late and state.changed + 600 < clock.due < step.at:
        return life.at(clock.due - 600 * life.case.chance("just in time"), "sign", state.lead or "")
    return step


def _handling(life: Life) -> Step | None:
    return _parts(life) or simulate_requests.request(life) or _spoken(life) or _finish(life)


def _parts(life: Life) -> Step | None:
    """What the unit owes before the answer: signing anew after a supplement, contact, response, co-handlers' parts."""
    state, case = life.state, life.case
    for part in state.assignments:
        if part.signed is None and life.open_to(f"sign.{part.unit}") and state.pending_of("return") is None:
            again = life.unit("sign", (0.3, 3))
            return msgspec.structs.replace(again, by=part.unit)
        if part.role == "co" and part.opinion is None and life.open_to(f"submit_opinion.{part.unit}"):
            said = life.unit(
                "submit_opinion", (3, 12), {"text": "本单位职责范围内的部分已核实处理, 意见报主办单位汇总。"}
            )
            return msgspec.structs.replace(said, by=part.unit)
    if state.emergency and not life.done["responded"] and life.open_to("respond"):
        return life.at(state.changed + 900, "respond", state.lead or "", {"text": "现场已先期处置, 情况可控"})
    if not life.done["contacted"] and life.open_to("contact") and _may_contact(life):
        reached = case.chance("reached") < 0.85 or life.done["contact_failed"] > 0
        note = "已告知受理情况和联系人" if reached else "电话无人接听, 稍后再联系"
        return life.unit("contact", (0.5, 5), {"reached": reached, "note": note})
    return None


def _may_contact(life: Life) -> bool:
    rule = life.book.confidential.contact
    return life.state.contactable and not (rule is not None and "confidential" in life.state.flags)


def _spoken(life: Life) -> Step | None:
    """Urging and supplements, as long as they come before the unit means to answer."""
    traits, until = life.case.traits, _reply_at(life)
    if life.done["urged"] < traits.urges and life.open_to("urge"):
        step = life.person("urge", (6, 30), {"note": life.case.choice("urge", simulate_words.URGES)})
        if step.at < until:
            return step
    if life.done["supplemented"] < traits.supplements and life.open_to("supplement"):
        step = life.person("supplement", (4, 24), {"text": life.case.choice("more", simulate_words.SUPPLEMENTS)})
        if step.at < until:
            return step
    if traits.supervised and not life.done["supervised"] and life.open_to("supervise"):
        return life.desk("supervise", (2, 20), {"mode": "书面", "by": "热线工作机构", "reason": "事项涉及面较广"})
    return None


def _reply_at(life: Life) -> float:
    """When the lead means to answer: inside the limit, or past it where the case is a late one."""
    state, case = life.state, life.case
    clock = life.clock("reply")
    if clock is None or clock.due is None:
        days = 6.0 if case.traits.late else 2.5
        begun = max((part.dispatched for part in state.assignments), default=state.changed)
        return begun + DAY * (0.4 + days * case.chance(f"reply.{state.counts.redos}"))
    if case.traits.late and not state.counts.redos:
        return clock.due + HOUR * case.hours("late by", 3, 90)
    share = 0.3 + 0.55 * case.chance(f"reply.{state.counts.redos}.{state.counts.send_backs}")
    return clock.started + (clock.due - clock.started) * share


def _finish(life: Life) -> Step | None:
    state, case = life.state, life.case
    if "interim_closed" in state.flags:
        if life.done["progress_reported"] < 1 + int(case.chance("progress") * 2):
            return life.unit("report_progress", (24 * 8, 24 * 12), {"text": "项目按计划推进, 正在办理前期手续。"})
        return life.desk("close", (24 * 3, 24 * 8), {"note": "承诺事项已经完成"})
    if case.traits.statement and not life.done["statement_filed"] and life.open_to("file_statement"):
        return life.unit("file_statement", (2, 8), {"text": "该事项应通过法定程序解决, 特作书面说明。"})
    unlimited = next((item.limit for item in state.clocks if item.key == "reply"), "") == "none"
    if unlimited and case.chance("close") < 0.5 and life.open_to("close"):
        return life.desk("close", (4, 30), {"note": "已转被表扬单位"})
    unit = life.unit_names.get(state.lead or "", state.lead or "")
    careless = case.traits.careless and not state.counts.send_backs and life.open_to("reply")
    payload = simulate_words.reply(case, state, life.book, life.calendar, unit, careless=careless)
    wanted = max(_reply_at(life), state.changed + HOUR)
    at = in_office(life.calendar, wanted, case.chance("reply.spread"))
    clock = life.clock("reply")
    if clock is not None and clock.due is not None and wanted <= clock.due < at:
        at = slot(wanted)  # rather in the evening than late
    return life.at(at, "reply", state.lead or "", payload)


# --- after the answer ---------------------------------------------------------------------------------------------


def _replied(life: Life) -> Step | None:
    traits = life.case.traits
    wanted = max(traits.send_backs, int(traits.careless))
    if life.done["sent_back"] < wanted and life.open_to("send_back"):
        return life.desk("send_back", (1, 6), {"defects": [life.case.choice("defects", simulate_words.DEFECTS)]})
    return life.desk("pass_review", (0.5, 6), {"note": "答复内容完整"})


def _bad(life: Life) -> bool:
    survey = life.book.survey
    rating = life.state.evaluation
    levels = survey.dissatisfied.value if survey is not None and survey.dissatisfied is not None else ()
    return rating is not None and rating.level in levels


def _level(life: Life, bad: bool) -> str:
    survey = life.book.survey
    levels = survey.levels.value if survey is not None and survey.levels is not None else ()
    worse = survey.dissatisfied.value if survey is not None and survey.dissatisfied is not None else ()
    fitting = [level for level in levels if (level in worse) == bad] or list(levels) or ["不满意" if bad else "满意"]
    return life.case.choice(f"level.{life.state.counts.redos}.{bad}", fitting)


def _unhappy(life: Life) -> bool:
    """Unhappy at first; after a redo only one in three still is."""
    if life.case.traits.mood != "unhappy":
        return False
    return not life.state.counts.redos or life.case.chance("again unhappy") < 0.33


def _surveying(life: Life) -> Step | None:
    traits, survey = life.case.traits, life.clock("survey")
    if traits.mood == "silent" and not life.state.counts.redos:
        if survey is not None and survey.due is not None and life.refused["look"] == 0:
            return Step(slot(survey.due) + 1200, "look")
        return life.desk("close", (24 * 3, 24 * 8), {"note": "诉求人未作评价"})
    bad = _unhappy(life)
    due = survey.due if survey is not None and survey.due is not None else None
    payload = {"level": _level(life, bad), "resolved": not bad, "by": life.case.choice("by", ("sms", "web"))}
    step = life.person("evaluate", (1, 20), payload)
    return step if due is None or step.at <= due else life.at(due - HOUR, "evaluate", "requester", payload)


def _calling(life: Life) -> Step | None:
    state, case = life.state, life.case
    if "wants_redo" in state.flags:
        if case.traits.redo != "refused" and life.open_to("order_redo") and life.book.redo is not None:
            return life.desk("order_redo", (1, 8), {"reason": "诉求人对办理结果不满意, 要求重新办理"})
        return life.desk("refuse_redo", (1, 8), {"reason": "答复符合规定, 已作解释说明"})
    by = life.book.call_back.by if life.book.call_back is not None else None
    payload: dict[str, Any] = {"by": "robot" if by is not None and by.value == "robot" else "human"}
    if case.chance(f"answers.{state.counts.calls}.{state.counts.redos}") < 0.2 and state.counts.calls < 3:
        return life.desk("call_back", (2, 20), {**payload, "reached": False, "note": "无人接听"})
    bad = _unhappy(life)
    most = life.book.redo.max_times if life.book.redo is not None else None
    left = life.book.redo is not None and (most is None or most.value is None or state.counts.redos < most.value)
    wants = bad and bool(case.traits.redo) and left and state.counts.redos < 2
    payload |= {"reached": True, "level": _level(life, bad), "resolved": not bad, "wants_redo": wants}
    return life.desk("call_back", (2, 20), payload)


def _ended(life: Life) -> Step | None:
    return simulate_requests.after_closing(life, _bad(life)) or life.desk("archive", (24, 24 * 4))


_BY_STATE: dict[str, Callable[[Life], Step | None]] = {
    "registered": _intake,
    "accepted": _intake,
    "dispatched": _dispatched,
    "handling": _handling,
    "replied": _replied,
    "surveying": _surveying,
    "calling_back": _calling,
    "closed": _ended,
    "answered": _ended,
    "declined": _ended,
    "transferred": _ended,
}
