"""One invented life of an order: when the words come, and what the people around it are inclined to do.

All chance is a pure function of (seed, case, question), never of a running generator: a simulation that was killed
asks the same questions again and gets the same answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import msgspec

T = TypeVar("T")
Verdict = Literal["", "approved", "refused"]
_WHOLE = float(2**64)


class Shares(msgspec.Struct, frozen=True):
    """How often something happens, 0 to 1; of all orders, or of those where it can happen."""

    answered: float = 0.5
    declined: float = 0.02
    transferred: float = 0.01
    unclear: float = 0.03
    late: float = 0.08
    late_sign: float = 0.04
    returned: float = 0.08
    extended: float = 0.08
    sent_back: float = 0.06
    careless: float = 0.05
    urged: float = 0.08
    supplemented: float = 0.03
    silent: float = 0.35
    dissatisfied: float = 0.14
    redo: float = 0.6
    appealed: float = 0.3
    screened: float = 0.3
    interim: float = 0.03
    shared: float = 0.06
    convened: float = 0.01
    withdrawn: float = 0.01
    statement: float = 0.01
    supervised: float = 0.01
    important: float = 0.05
    terminated: float = 0.6


class Traits(msgspec.Struct, frozen=True):
    """What one case is inclined to; whether the rules allow it is decided at the door."""

    ending: Literal["handled", "answered", "declined", "transferred"] = "handled"
    important: bool = False
    late: bool = False
    late_sign: bool = False
    returned: Verdict = ""
    extended: Verdict = ""
    send_backs: int = 0
    careless: bool = False
    urges: int = 0
    supplements: int = 0
    mood: Literal["pleased", "silent", "unhappy"] = "pleased"
    redo: Verdict = ""
    appealed: Verdict = ""
    screened: Verdict = ""
    interim: bool = False
    shared: bool = False
    convened: bool = False
    withdrawn: bool = False
    statement: bool = False
    supervised: bool = False
    terminated: bool = False


class Case(msgspec.Struct, frozen=True):
    """One order to be: its key inside the run, the moment and payload of its registration, who may handle it.

    `units`: the right unit first, then others to whom it may wrongly go. `after`: the case whose order it repeats.
    """

    key: str
    seed: str
    at: int
    platform: str
    register: dict[str, Any]
    by: str = "requester"
    units: tuple[str, ...] = ()
    traits: Traits = Traits()
    after: str | None = None
    topic: str = "反映事项"

    def chance(self, question: str) -> float:
        """A number from 0 to below 1, the same each time this case is asked this question."""
        return chance(self.seed, self.key, question)

    def hours(self, question: str, low: float, high: float) -> float:
        """A length between two, in hours."""
        return low + (high - low) * self.chance(question)

    def choice(self, question: str, values: Sequence[T]) -> T:
        """One of the values."""
        return values[int(self.chance(question) * len(values))]


def chance(seed: str, key: str, question: str) -> float:
    """A number from 0 to below 1 made of the three words alone."""
    digest = hashlib.blake2b(f"{seed}\n{key}\n{question}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _WHOLE


def traits(seed: str, key: str, shares: Shares, category: str) -> Traits:
    """The inclinations of a case, drawn by the shares."""

    def happens(question: str) -> bool:
        return chance(seed, key, question) < float(getattr(shares, question))

    def verdict(question: str, approved: float) -> Verdict:
        if not happens(question):
            return ""
        return "approved" if chance(seed, key, question + "?") < approved else "refused"

    ending: Literal["handled", "answered", "declined", "transferred"] = "handled"
    if category == "咨询" and happens("answered"):
        ending = "answered"
    elif happens("declined"):
        ending = "declined"
    elif happens("transferred"):
        ending = "transferred"
    mood_at = chance(seed, key, "mood")
    mood: Literal["pleased", "silent", "unhappy"] = "pleased"
    if mood_at < shares.silent:
        mood = "silent"
    elif mood_at < shares.silent + shares.dissatisfied:
        mood = "unhappy"
    urges = 1 + int(chance(seed, key, "urges") * 2.4) if happens("urged") else 0
    return Traits(
        ending, happens("important"), happens("late"), happens("late_sign"), verdict("returned", 0.6),
        verdict("extended", 0.75), int(happens("sent_back")), happens("careless"), urges, int(happens("supplemented")),
        mood, verdict("redo", 0.8), verdict("appealed", 0.4), verdict("screened", 0.5), happens("interim"),
        happens("shared"), happens("convened"), happens("withdrawn"), happens("statement"), happens("supervised"),
        happens("terminated"),
    )  # fmt: skip
