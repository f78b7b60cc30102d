"""What a rulebook file may hold: every section, key and value of the language, as readers.

Adding a key here (and to `model`) is all a new parameter needs; `sections` walks this table. A key that is absent
from the table is refused by the loader with the nearest known one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yixian.rulebook import reading as read
from yixian.rulebook import vocabulary as words
from yixian.rulebook.findings import Place, Wrong
from yixian.rulebook.model import (
    DuplicateRule,
    EmergencyRow,
    ExtensionLength,
    Further,
    Ground,
    LegalBasis,
    LevelRow,
    LimitRow,
    NotCountedRow,
    Refused,
    RegisterGround,
    ReplyRow,
    RowTable,
    Source,
    SupervisionRow,
)
from yixian.rulebook.reading import Origin, Reader
from yixian.rulebook.rows import card, card_time, mapping, reminders, rows, run_condition, selector, selectors
from yixian.rulebook.yaml_source import Map


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a section: its reader; whether its plain value is a mapping or list of rows; whether it carries law."""

    reader: Reader
    structured: bool = False
    law: bool = True


limit_rows = rows(
    LimitRow,
    {"when": selector, "limit": read.duration},
    required=("limit",),
)


def _limits(raw: Any, place: Place, origin: Origin) -> tuple[LimitRow, ...]:
    return tuple(limit_rows(raw, place, origin))


def _categories(raw: Any, place: Place, origin: Origin) -> tuple[str, ...]:
    if isinstance(raw, Map):
        read.unknown_keys(raw, ("categories",), place)
        return read.texts(raw.get("categories"), place, origin)
    return read.texts(raw, place, origin)


def extension_length(raw: Any, place: Place, origin: Origin) -> ExtensionLength:
    """equal_to_limit, up_to_limit, a duration (cap), or {limits: [...]}."""
    if raw in ("equal_to_limit", "up_to_limit"):
        return ExtensionLength(raw)
    if isinstance(raw, Map):
        read.unknown_keys(raw, ("limits",), place)
        return ExtensionLength("limits", None, RowTable(_limits(raw.get("limits"), place.key(raw, "limits"), origin)))
    try:
        return ExtensionLength("cap", read.duration(raw, place, origin))
    except Wrong as wrong:
        raise Wrong(wrong.message, "写 equal_to_limit、up_to_limit、一个时长, 或 {limits: [...]}") from None


def _further(raw: Any, place: Place, origin: Origin) -> Further:
    made = mapping({"by": read.text, "length": extension_length}, dict)(raw, place, origin)
    if "by" not in made:
        raise Wrong("缺少 by", "写明由谁批准再次延期")
    return Further(made["by"], made.get("length"), origin.basis)


def _apply_by(raw: Any, place: Place, origin: Origin) -> Any:
    if raw == "before_due":
        return None
    found = read.text(raw, place, origin)
    if not found.startswith("-"):
        raise Wrong(f"不认识 {found!r}", "写 before_due, 或 -1wd (到期前 1 个工作日)")
    return read.running_duration(found[1:], place, origin)


def _terminate_when(raw: Any, place: Place, origin: Origin) -> Mapping[str, Any]:
    readers = {"same_requester": read.attempts, "earlier": read.text}
    found: dict[str, Any] = mapping(readers, dict)(raw, place, origin)
    return found


def _restrict(raw: Any, place: Place, origin: Origin) -> Mapping[str, Any]:
    fields = {"channel": read.text, "for": read.running_duration}
    found: dict[str, Any] = mapping(fields, dict)(raw, place, origin)
    return found


def _source(**given: Any) -> Source:
    return Source(**given | {"flags": frozenset(given.get("flags", ()))})


grounds = rows(Ground, {"key": read.text, "text": read.text, "inform": read.texts}, required=("key", "text"))
F = Field

ROW_SECTIONS: dict[str, Field] = {
    "categories": F(read.texts, structured=True),
    "explanations": F(read.texts, structured=True),
    "sources": F(
        rows(
            _source,
            {
                "name": read.text,
                "level": read.text,
                "flags": read.words_near("no_withdrawal", "single_reply"),
            },
            required=("name",),
        ),
        structured=True,
    ),
    "emergency": F(
        rows(
            EmergencyRow,
            {
                "tier": read.one_of("special", "special_emergency", "event"),
                "topics": read.texts,
                "clocks": read.texts,
            },
            required=("tier",),
        ),
        structured=True,
    ),
    "replies": F(
        rows(
            ReplyRow,
            {
                "when": selector,
                "template": read.text,
                "requires": read.texts,
                "openings": read.regexes,
                "closings": read.texts,
                "banned": read.regexes,
                "max_chars": read.count,
                "once": read.boolean,
                "unit_kind": read.some_of(*words.UNIT_KINDS),
                "remedy": read.text,
                "severity": read.one_of("refuse", "warn"),
                "form": read.texts,
            },
        ),
        structured=True,
    ),
    "supervision": F(
        rows(
            SupervisionRow,
            {
                "key": read.text,
                "trigger": read.one_of(*words.TRIGGERS),
                "at_least": read.count,
                "within": read.running_duration,
                "consecutive": read.boolean,
                "when": selector,
                "by": read.text,
                "means": read.texts,
                "mode": read.one_of("open", "propose"),
                "cascade_to": read.text,
            },
            required=("key", "trigger"),
        ),
        structured=True,
    ),
}

SECTIONS: dict[str, dict[str, Field]] = {
    "document": {
        "title": F(read.text, law=False),
        "number": F(read.text, law=False),
        "issued": F(read.date, law=False),
        "effective": F(read.date, law=False),
        "expires": F(read.date, law=False),
        "expired": F(read.one_of("continue", "stop"), law=False),
        "supersedes": F(read.joined, law=False),
        "yields_to": F(read.joined, law=False),
        "short": F(read.text, law=False),
        "numbering": F(read.one_of("articles", "sections"), law=False),
        "bases": F(
            rows(
                LegalBasis,
                {
                    "title": read.text,
                    "number": read.text,
                    "issuer": read.text,
                    "level": read.one_of("national", *words.LEVELS),
                },
                required=("title",),
            ),
            structured=True,
        ),
        "interpreter": F(read.text),
    },
    "names": {"full": F(read.text), "short": F(read.text), "sub_centres": F(read.texts)},
    "names.below": {"full": F(read.name_pattern), "short": F(read.name_pattern)},
    "counting": {
        "start": F(read.one_of("moment", "next_day", "second_working_day")),
        "end": F(read.one_of("midnight", "close_of_business")),
        "hours": F(read.hours),
        "last_day_off": F(read.one_of("next_working_day", "keep")),
    },
    "intake": {
        "requires": F(read.texts),
        "refuse": F(grounds, structured=True),
        "guide": F(grounds, structured=True),
        "direct_answer": F(_categories, structured=True),
        "duplicate": F(
            rows(
                DuplicateRule,
                {"when": read.one_of(*words.DUPLICATE_WHEN), "do": read.one_of(*words.DUPLICATE_DO)},
                required=("when", "do"),
            ),
            structured=True,
        ),
        "priority": F(read.texts),
        "duties": F(read.texts),
        "secret": F(read.text),
        "desks": F(read.texts),
    },
    "intake.abuse": {"restrict": F(_restrict, structured=True), "hand_over": F(read.texts)},
    "dispatch": {
        "multi_unit": F(read.one_of("lead_merge", "split")),
        "levels": F(rows(LevelRow, {"when": selector, "to": read.text}, required=("to",)), structured=True),
        "precedents": F(read.one_of("binding", "offered")),
        "fallback": F(read.text),
        "transports": F(read.texts),
    },
    "return": {
        "requires": F(read.texts),
        "approved": F(read.one_of("restart_clock", "keep_clock")),
        "refused": F(mapping({"count": read.count, "exclude_review_time": read.boolean}, Refused), structured=True),
        "not_for": F(read.words_near(*words.NOT_FOR)),
        "after_sign": F(read.one_of("with_reason", "never", "always")),
    },
    "extension": {
        "max_times": F(read.count_or_none),
        "length": F(extension_length, structured=True),
        "apply_by": F(_apply_by),
        "approvers": F(read.some_of("hotline", "upstream")),
        "requires": F(read.texts),
        "not_for": F(read.words_near(*words.NOT_FOR)),
        "further": F(_further, structured=True),
    },
    "confidential": {"contact": F(read.one_of("forbidden", "exempt")), "reply_to": F(read.texts)},
    "review": {"checks": F(read.texts), "result_notice": F(read.text), "inside": F(read.boolean)},
    "survey": {
        "who": F(selectors, structured=True),
        "channel": F(read.text),
        "levels": F(read.texts),
        "dissatisfied": F(read.texts),
        "silence": F(read.silence, structured=True),
    },
    "call_back": {
        "who": F(read.one_of("all", "dissatisfied", "none")),
        "attempts": F(read.attempts),
        "questions": F(read.texts),
        "by": F(read.one_of("human", "robot", "any")),
        "trigger": F(read.text),
    },
    "redo": {
        "asks": F(read.one_of("requester", "upstream")),
        "approve": F(read.text),
        "max_times": F(read.count_or_none),
        "limit": F(read.redo_limit),
        "rounding": F(read.one_of("up", "down")),
        "extension": F(read.boolean),
        "rating": F(read.text),
    },
    "appeal": {
        "clock": F(read.text),
        "requires": F(read.texts),
        "decide": F(read.text),
        "upheld": F(read.text),
    },
    "screening": {
        "grounds": F(read.texts),
        "propose": F(read.text),
        "decide": F(read.text),
        "before": F(read.text),
        "cut_off": F(read.running_duration),
    },
    "interim_close": {
        "requires": F(read.texts),
        "progress_every": F(read.running_duration),
        "not_for": F(read.words_near(*words.NOT_FOR)),
    },
    "terminate": {
        "requires": F(read.texts),
        "when": F(_terminate_when, structured=True),
        "accept": F(read.boolean),
    },
    "assessment": {
        "indicators": F(read.free_form, structured=True),
        "scores": F(read.free_form, structured=True),
        "groups": F(read.free_form, structured=True),
        "grades": F(read.free_form, structured=True),
        "periods": F(read.free_form, structured=True),
        "not_counted": F(rows(NotCountedRow, {"when": selector, "rate": read.text}), structured=True),
    },
}

CLOCK: dict[str, Field] = {
    "owner": F(read.one_of(*words.OWNERS), law=False),
    "starts": F(read.some_of(*words.EVENTS), law=False),
    "stops": F(read.some_of(*words.EVENTS), law=False),
    "runs_if": F(run_condition, structured=True, law=False),
    "survives": F(read.words_near(*words.SURVIVES), law=False),
    "limit": F(read.duration),
    "limits": F(_limits, structured=True),
    "resets_on": F(read.some_of(*words.RESETS)),
    "backward": F(read.boolean, law=False),
    "cards": F(
        rows(
            card,
            {
                "card": read.one_of("yellow", "red"),
                "at": card_time,
                "cause": read.text,
                "tell": read.texts,
            },
            required=("card", "at"),
        ),
        structured=True,
    ),
    "on_late": F(read.one_of(*words.ON_LATE)),
    "repeat": F(read.running_duration),
}
REGISTER_CLOCK = CLOCK | {
    "starts": F(read.texts, law=False),
    "stops": F(read.texts, law=False),
    "title": F(read.text, law=False),
    "owes": F(read.one_of("unit", "hotline")),
    "fields": F(read.texts),
    "grounds": F(
        rows(RegisterGround, {"text": read.text, "protected": read.boolean}, required=("text",)), structured=True
    ),
    "remind": F(reminders),
}
"""A register, or a clock of it: its events are those of its register. Without a limit it is a duty with no time set."""

FREE_LEAVES: dict[str, Field] = {"sign_off": F(read.text)}
"""Sections whose keys are the book's own words."""
NAMED_AMONG_FREE: dict[str, Field] = {"sign_off.before": F(read.some_of(*words.SIGN_OFF_BEFORE))}
"""Keys of such a section that have a meaning of their own."""
CLOCK_SECTIONS: dict[str, dict[str, Field]] = {"knowledge": REGISTER_CLOCK, "registers": REGISTER_CLOCK}
PLAIN_KEYS = ("jurisdiction", "extends", "stages", "clocks")
TOP_KEYS = (
    "jurisdiction",
    "document",
    "names",
    "extends",
    "categories",
    "sources",
    "counting",
    "intake",
    "clocks",
    "dispatch",
    "return",
    "extension",
    "emergency",
    "confidential",
    "replies",
    "sign_off",
    "review",
    "survey",
    "call_back",
    "redo",
    "appeal",
    "screening",
    "explanations",
    "interim_close",
    "terminate",
    "stages",
    "supervision",
    "assessment",
    "knowledge",
    "registers",
)
