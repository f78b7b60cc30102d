"""Random command sequences over all books, and the invariants that none of them may break.

`python -m tests.lifecycle.random_orders 100000` plays that many; the suite plays a sample.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from yixian.lifecycle import (
    COMMANDS,
    STATES,
    Decision,
    Event,
    Facts,
    OrderState,
    Refusal,
    allowed,
    decide,
    next_timer,
    parse,
    replay,
)
from yixian.lifecycle.state import Case
from yixian.lifecycle.table import FROM, REDO_BY_UPSTREAM
from yixian.rulebook import Library, Rulebook, WorkCalendar

UNITS = ("甲局", "乙局", "丙街道")
BOOKS = ("anhui", "zhuhai", "lezhi", "changzhi", "neimenggu")
TEXT = "办理时间 办理经过 办理结果 法律依据 一、您的主要诉求 二、调查核实情况 三、调查处理意见 四、沟通情况"
START = int(dt.datetime(2024, 1, 2, 9, tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp())
_ENCODE, _EVENTS = msgspec.json.Encoder(), msgspec.json.Decoder(list[Event])
_STATE = msgspec.json.Decoder(OrderState)


def payload(rng: random.Random, name: str, book: Rulebook, cases: Sequence[Case] = ()) -> dict[str, Any]:
    """A well-typed payload, often complete, sometimes not."""
    some = rng.random() < 0.85
    reason = {"reason": "事由"} if some else {}
    units = rng.sample(UNITS, 2)
    known: dict[str, dict[str, Any]] = {
        "decline": {"ground": rng.choice([item.key for item in book.intake.refuse] or ["无"])},
        "answer": {"text": "答复"},
        "dispatch": {"lead": units[0], **({} if some else {"co": [units[1]], "mode": rng.choice(("lead", "split"))})},
        "designate": {"lead": units[0], "co": [] if some else [units[1]]},
        "transfer": {"to": "省级平台"},
        "contact": {"reached": some},
        "respond": {"text": "已响应"},
        "report_progress": {"text": "进展"},
        "request_return": {"reason": "非职责", "basis": "三定", "suggestion": "乙局"} if some else {},
        "approve_return": {**reason, **({"redispatch_to": rng.choice(UNITS)} if some else {})},
        "request_extension": {**reason, **({"length": rng.choice(("2wd", "5wd", "48h", "10d"))} if not some else {}),
                              **({"waiver": "特殊情况"} if rng.random() < 0.2 else {})},
        "submit_opinion": {"text": "意见"},
        "reply": {"text": TEXT if some else "某人已处理", "contacted": True, "signed_by": "主要负责人"},
        "draft_reply": {"text": TEXT if some else "某人已处理", "contacted": True},
        "return_draft": {"reason": "请补充依据"},
        "confirm_case": {"case": rng.choice([case.key for case in cases] or ["无"])},
        "dismiss_case": {"case": rng.choice([case.key for case in cases] or ["无"])},
        "conclude_case": {"case": rng.choice([case.key for case in cases] or ["无"]),
                          "outcome": rng.choice(("effective", "no_effect"))},
        "self_supervise": {"reason": "进度慢"},
        "withhold": {"reason": "涉及隐私"} if some else {},
        "send_back": {"defects": ["不具体"]},
        "supplement": {"text": "补充"},
        "evaluate": {"level": rng.choice(("非常满意", "满意", "基本满意", "不满意", "非常不满意")),
                     "by": rng.choice(("sms", "human"))},
        "call_back": {"reached": some, "wants_redo": rng.random() < 0.5, "by": rng.choice(("human", "robot")),
                      **({"level": rng.choice(("满意", "不满意"))} if some else {})},
        "appeal": {"evidence": "证据"} if some else {},
        "explain_rating": {"text": "已说明情况"},
        "screen": {"ground": rng.choice(book.screening.grounds.value) if book.screening else "超出政策"},
        "request_interim_close": {"progress": "a", "plan": "b", "promised": "2031-01-01"} if some else {},
        "terminate": {"opinion": "详细书面意见"},
        "refer": {"to": "公安机关"},
        "notify_unit": {"unit": units[0]},
        "merge": {"into": "B"},
        "note_repeat": {"order": "B"},
        "relay": {"from_no": "B", "kind": "answer", "text": "已修复"},
    }  # fmt: skip
    return known.get(name, {})


def registration(rng: random.Random, book: Rulebook) -> dict[str, Any]:
    """A registration of any kind."""
    categories = book.categories.value if book.categories else ("咨询",)
    made: dict[str, Any] = {
        "category": rng.choice(categories),
        "channel": rng.choice(("phone", "web")),
        "text": "诉求",
        "requester": rng.choice(({"phone": "1"}, {"anonymous": True}, {"phone": "1", "type": "enterprise"})),
    }
    if rng.random() < 0.05:
        made["unclear"] = True
    if rng.random() < 0.2:
        made["emergency"] = rng.choice(("special", "special_emergency", "event"))
    if rng.random() < 0.15:
        made["confidential"] = True
    if rng.random() < 0.1:
        made["statutory_limit"] = rng.choice(("30d", "60d", "20wd"))
    if rng.random() < 0.2:
        made["source"] = rng.choice([*book.sources] or ["市平台"])
    if rng.random() < 0.2:
        made["grade"] = rng.choice(("重点", "一般"))
    return made


def play(rng: random.Random, book: Rulebook, calendar: WorkCalendar, length: int) -> int:
    """Play one random sequence; raises AssertionError where an invariant breaks. Returns decisions made."""
    now = START + rng.randrange(0, 800 * 86400, 60)
    made = decide(None, parse("register", registration(rng, book)), book, calendar, now, number="A")
    if isinstance(made, Refusal):
        return 1
    state, events = made.state, list(made.events)
    for step in range(length):
        now += rng.choice((0, 60, 60, 3600, 3600, 86400, 3 * 86400, 20 * 86400))
        facts = Facts(rng.randrange(1, 5), rng.randrange(1, 7), (), (), ({"order": "Z", "state": "closed"},))
        name = _choose(rng, state, book)
        spec = COMMANDS[name]
        who = (
            ("unit" if "unit" in spec.who else rng.choice(sorted(spec.who)))
            if rng.random() < 0.9
            else rng.choice(("hotline", "unit", "requester"))
        )
        by = (
            (state.lead or UNITS[0])
            if who == "unit" and rng.random() < 0.9
            else rng.choice(UNITS)
            if who == "unit"
            else who
        )
        told = decide(state, parse(name, payload(rng, name, book, state.cases), by), book, calendar, now, facts)
        _check(state, told, name, book, calendar, now)
        events += told.events if isinstance(told, Decision) else told.follow_ups
        state = replay(events) if isinstance(told, Refusal) else told.state
        if step % 7 == 0:
            allowed(state, book, calendar, now, by, facts)
    again = _EVENTS.decode(_ENCODE.encode(events))
    assert replay(again) == state, "replaying the stored events gives another state"
    assert _STATE.decode(_ENCODE.encode(state)) == state, "the state does not survive JSON"
    return length + 1


FORWARD: dict[str, tuple[str, ...]] = {
    "registered": ("accept", "dispatch", "dispatch", "verify"),
    "accepted": ("dispatch", "verify"),
    "dispatched": ("sign", "sign", "contact", "request_return"),
    "handling": (
        "contact",
        "reply",
        "reply",
        "request_extension",
        "request_interim_close",
        "submit_opinion",
        "terminate",
    ),
    "replied": ("pass_review", "pass_review", "send_back"),
    "surveying": ("evaluate", "expire", "close"),
    "calling_back": ("call_back", "order_redo", "order_redo", "refuse_redo", "appeal"),
    "closed": ("appeal", "screen", "archive", "order_redo"),
}
DECISIONS: dict[str, tuple[str, ...]] = {
    "return": ("approve_return", "refuse_return"),
    "extension": ("approve_extension", "approve_extension", "refuse_extension"),
    "interim_close": ("approve_interim_close", "approve_interim_close", "refuse_interim_close"),
    "appeal": ("uphold_appeal", "reject_appeal"),
    "screening": ("confirm_screen", "refuse_screen"),
    "terminate": ("accept_terminate",),
    "draft": ("reply", "return_draft"),
}


def _choose(rng: random.Random, state: OrderState, book: Rulebook) -> str:
    names = [name for name in COMMANDS if name != "register"]
    if state.pending and rng.random() < 0.5:
        return rng.choice(DECISIONS[state.pending[0].kind])
    if state.state in FORWARD and rng.random() < 0.75:
        return rng.choice(FORWARD[state.state])
    if rng.random() < 0.85:
        fitting = [
            name for name in names if state.state in FROM[name] and name not in ("withdraw", "merge", "terminate")
        ]
        return rng.choice(fitting or names)
    return rng.choice(names)


def _check(
    before: OrderState, told: Decision | Refusal, name: str, book: Rulebook, calendar: WorkCalendar, now: int
) -> None:
    if isinstance(told, Refusal):
        assert told.reason
        assert "to" not in {key for event in told.follow_ups if event.kind == "supervised" for key in event.data}
        return
    state = told.state
    assert state.state in STATES
    assert state.changed <= max(now, before.changed)
    assert len({clock.key for clock in state.clocks}) == len(state.clocks)
    for clock in state.clocks:
        rule = book.clocks[clock.name]
        assert clock.due is None or rule.backward or clock.due >= clock.started, clock
        assert clock.excluded >= 0
        assert (clock.status == "stopped") == (clock.stopped is not None), clock
    for count in msgspec.structs.astuple(state.counts):
        assert count >= 0
    leads = [part for part in state.assignments if part.role == "lead"]
    assert len(leads) <= 1
    assert (state.lead is None) == (not leads), (name, state.lead, leads)
    if state.state in ("dispatched", "handling", "replied"):
        assert state.lead is not None
    if state.state in ("closed", "archived", "declined", "answered", "transferred"):
        appeal = book.appeal.clock.value if book.appeal else "appeal"
        assert all(not clock.running or clock.name == appeal for clock in state.clocks), (name, state.clocks)
    timer = next_timer(state, book, calendar)
    assert timer is None or timer > now, (name, timer, now)
    kinds = {event.kind for event in told.events}
    if name == "order_redo" and "redo_ordered" in kinds:
        assert before.state in REDO_BY_UPSTREAM


def play_many(sequences: int, seed: int = 0, length: int = 25) -> int:
    """Play many sequences over all books; returns decisions made."""
    library = Library.load()
    rng = random.Random(seed)
    day = dt.date(2025, 6, 2)
    worlds = [(library.version(name, day).book, library.calendar(name)) for name in BOOKS]
    decisions = 0
    for number in range(sequences):
        book, calendar = worlds[number % len(worlds)]
        assert book is not None
        try:
            decisions += play(rng, book, calendar, length)
        except Exception:
            print(f"seed {seed}, sequence {number}, book {book.name}", file=sys.stderr)
            raise
    return decisions


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    decided = play_many(count, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(f"{count} sequences, {decided} decisions, no invariant broken")
