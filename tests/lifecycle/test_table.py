"""Every edge of the transition table: what is not listed for a state is refused, and told what would be allowed."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec import structs

from yixian.lifecycle import COMMANDS, STATES, OrderState, Refusal, decide, open_commands, parse
from yixian.lifecycle.decide import state_allows
from yixian.lifecycle.state import Assignment
from yixian.lifecycle.table import FROM, PENDING_OF
from yixian.rulebook import Library

LIBRARY = Library.load()
NOW = int(dt.datetime(2025, 6, 3, 10, tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp())
MINIMAL = {
    "decline": {"ground": "x"}, "answer": {"text": "x"}, "dispatch": {"lead": "甲局"}, "transfer": {"to": "省"},
    "contact": {"reached": True}, "respond": {"text": "x"}, "report_progress": {"text": "x"},
    "submit_opinion": {"text": "x"}, "reply": {"text": "x"}, "supplement": {"text": "x"}, "evaluate": {"level": "满意"},
    "call_back": {"reached": True}, "screen": {"ground": "x"}, "designate": {"lead": "甲局"}, "refer": {"to": "x"},
    "draft_reply": {"text": "x"}, "confirm_case": {"case": "x"}, "dismiss_case": {"case": "x"},
    "conclude_case": {"case": "x", "outcome": "effective"}, "self_supervise": {"reason": "x"},
    "notify_unit": {"unit": "甲局"}, "merge": {"into": "B"}, "explain_rating": {"text": "x"},
    "note_repeat": {"order": "B"},
    "relay": {"from_no": "B", "kind": "answer"},
}  # fmt: skip


def order_in(state: str, book_name: str = "zhuhai") -> OrderState:
    book = LIBRARY.version(book_name, dt.date(2025, 6, 3)).book
    assert book is not None
    said = {"category": "投诉", "text": "x", "channel": "phone", "requester": {"phone": "1"}}
    made = decide(None, parse("register", said), book, LIBRARY.calendar(book_name), NOW, number="A")
    assert not isinstance(made, Refusal)
    return structs.replace(made.state, state=state, lead="甲局", assignments=(Assignment("甲局", "lead", NOW),))


def test_the_table_speaks_of_every_command_and_only_of_known_states() -> None:
    assert set(FROM) | {"register", "order_redo"} == set(COMMANDS)
    assert set().union(*FROM.values()) <= set(STATES)
    assert set(PENDING_OF) <= set(COMMANDS)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("register", "expire")])
def test_a_command_outside_its_states_is_refused(name: str, state: str) -> None:
    book = LIBRARY.version("zhuhai", dt.date(2025, 6, 3)).book
    assert book is not None
    order = order_in(state)
    who = "甲局" if COMMANDS[name].who == frozenset({"unit"}) else "system"
    told = decide(order, parse(name, MINIMAL.get(name, {}), who), book, LIBRARY.calendar("zhuhai"), NOW)
    if not state_allows(order, name, book):
        assert isinstance(told, Refusal)
        assert STATES[state] in told.reason
        assert name not in told.allowed
        assert set(told.allowed) <= set(open_commands(order, book=book, kind="unit" if who == "甲局" else "system"))


@pytest.mark.parametrize("name", [name for name, spec in COMMANDS.items() if "unit" not in spec.who])
def test_a_unit_is_refused_every_command_that_is_not_a_units(name: str) -> None:
    book = LIBRARY.version("zhuhai", dt.date(2025, 6, 3)).book
    assert book is not None
    if name in ("register", "expire"):
        return
    told = decide(
        order_in("handling"), parse(name, MINIMAL.get(name, {}), "甲局"), book, LIBRARY.calendar("zhuhai"), NOW
    )
    assert isinstance(told, Refusal)


def test_a_stranger_is_refused_every_unit_command() -> None:
    book = LIBRARY.version("zhuhai", dt.date(2025, 6, 3)).book
    assert book is not None
    for name, spec in COMMANDS.items():
        if "unit" in spec.who:
            told = decide(order_in("handling"), parse(name, MINIMAL.get(name, {}), "外单位"), book,
                          LIBRARY.calendar("zhuhai"), NOW)  # fmt: skip
            assert isinstance(told, Refusal)
            assert "主办或协办" in told.reason
