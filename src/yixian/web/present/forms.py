"""A command's payload type as a form: fields with Chinese labels, read back into the plain mapping `parse` takes.

Nothing is checked here: what is wrong with a payload is said by `lifecycle.commands.parse` and by the rulebook.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from yixian.lifecycle.commands import COMMANDS, Payload
from yixian.rulebook import Rulebook
from yixian.web.present import articles, reply_form, words

Option = tuple[str, str]
UNIT_FIELDS = frozenset({"lead", "redispatch_to", "inform_unit", "unit", "suggestion"})
SEVERAL_UNITS = frozenset({"co", "with", "members"})
BETWEEN_UNITS = re.compile(r"[、，,;；\n]")
SELDOM = frozenset({"grade", "handler_level", "mode", "via", "fallback"})
TICKS = frozenset({"contacted"})  # may be words too; the page asks only whether
YES_NO: tuple[Option, ...] = (("yes", "是"), ("no", "否"))
LEVELS = ("province", "city", "county", "township")
LONG = 2000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `kind`: line, area, choice (radio), select, many, tick, yesno, lines, unit, units, reply.

    `offers`: words that a line proposes; others may be typed. `url`: where units are looked up while one types;
    `chosen`: those chosen so far, by code; `phrases`: words kept ready for it. `form`: the parts of a reply, whose
    words are `values`; with `keeps` a draft waits, which stands unless it is said to be changed.
    """

    path: str
    label: str
    kind: str
    required: bool
    most: int | None = None
    help: str = ""
    options: tuple[Option, ...] = ()
    value: str = ""
    values: tuple[str, ...] = ()
    error: str = ""
    offers: tuple[str, ...] = ()
    url: str = ""
    chosen: tuple[Option, ...] = ()
    phrases: tuple[Any, ...] = ()
    form: reply_form.ReplyForm | None = None
    keeps: bool = False

    @property
    def id(self) -> str:
        """The id of the control."""
        return "f-" + self.path.replace(".", "-")

    @property
    def later(self) -> bool:
        """Whether it is seldom needed: it stands folded until something is wrong with it."""
        return self.path in SELDOM and not self.required and not self.error

    @property
    def free(self) -> str:
        """What was written beside the options."""
        listed = {code for code, _ in self.options}
        return "\n".join(text for text in self.values if text not in listed)

    @property
    def rows(self) -> int:
        """Height of a text area in lines."""
        return 7 if self.most and self.most > LONG else 3


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form offers to choose from: units by code, and options by "command.field" or field."""

    units: tuple[Option, ...] = ()
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, command: str, path: str) -> tuple[Option, ...]:
        """The options of a field, none where anything may be typed."""
        found = self.options.get(f"{command}.{path}") or self.options.get(path)
        return found or (self.units if path in UNIT_FIELDS or path in SEVERAL_UNITS else ())


def choices(book: Rulebook | None, units: Sequence[Option], cases: tuple[Option, ...] = ()) -> Choices:
    """The options that a rulebook gives: categories, grounds, rating levels, screening grounds, sources; and the
    order's supervision cases."""
    options: dict[str, tuple[Option, ...]] = {"case": cases} if cases else {}
    if book:
        if book.categories:
            options["category"] = tuple((item, item) for item in book.categories.value)
        if book.survey and book.survey.levels:
            options["level"] = tuple((item, item) for item in book.survey.levels.value)
        grounds = (*book.intake.refuse, *book.intake.guide)
        if grounds:
            options["decline.ground"] = tuple((item.key, item.text) for item in grounds)
        if book.screening:
            options["screen.ground"] = tuple((item, item) for item in book.screening.grounds.value)
        if book.explanations:
            options["explanation"] = tuple((item, item) for item in book.explanations.value)
        if book.sign_off:
            options["signed_by"] = tuple((leaf.value, leaf.value) for leaf in book.sign_off.values())
        if book.sources:
            options["source"] = tuple((item, item) for item in book.sources)
        if book.review and book.review.checks:
            options["defects"] = tuple((f"没有做到: {item}", item) for item in book.review.checks.value)
        if book.supervision:
            options["supervise.trigger"] = _triggers(book)
        if book.dispatch.transports:
            options["via"] = tuple((item, item) for item in book.dispatch.transports.value)
    options["handler_level"] = tuple((level, words.value(level)) for level in LEVELS)
    options["channel"] = tuple(words.CHANNELS.items())
    return Choices(tuple(units), options, _offers(book))


def _triggers(book: Rulebook) -> tuple[Option, ...]:
    """The situations that the book lists for supervision, by their articles, and what people find themselves."""
    listed = [
        (row.key, f"{articles.cite(row.basis[0], book) if row.basis else row.by}: {words.value(row.trigger)}")
        for row in book.supervision
    ]
    return (("manual", "人工认定, 不按所列情形"), *listed)


def _offers(book: Rulebook | None) -> dict[str, tuple[str, ...]]:
    """Words that a rulebook proposes where others may be written: who takes over abuse, who supervises and how."""
    if book is None:
        return {}
    abuse = book.intake.abuse
    bodies = (row.by for row in book.supervision if row.by not in ("hotline", "any"))
    means = tuple(dict.fromkeys(word for row in book.supervision for word in row.means))
    offers = {
        "refer.to": abuse.hand_over if abuse else (),
        "supervise.by": tuple(dict.fromkeys(bodies)),
        "supervise.mode": means,
    }
    return {place: words for place, words in offers.items() if words}


def demanded(book: Rulebook, command: str) -> frozenset[str]:
    """The fields that a rulebook demands although the command itself does not."""
    rules = {
        "request_return": book.returns,
        "request_extension": book.extension,
        "appeal": book.appeal,
        "request_interim_close": book.interim_close,
        "terminate": book.terminate,
    }
    rule = rules.get(command)
    return frozenset(rule.requires.value) if rule else frozenset()


_SIGNATURE = frozenset({"signed_by", "delegated_to", "delegation"})


def not_asked(book: Rulebook, command: str) -> frozenset[str]:
    """The fields that a rulebook has no use for: signatures where nothing is signed off, reasons where none are
    listed, an office where no row of the replies wants one; how one supervises is asked once."""
    if command == "supervise":
        return frozenset({"means"})
    if command not in ("sign", "reply", "draft_reply"):
        return frozenset()
    gate = book.sign_off_before
    signed = bool(book.sign_off) if command == "reply" else gate is not None and "handling" in gate.value
    named = any("signed_by" in row.requires for row in book.replies)
    left = _SIGNATURE - ({"signed_by"} if named else set()) if not signed else frozenset()
    left |= frozenset() if book.explanations else {"explanation"}
    return left if any("office" in row.requires for row in book.replies) else left | {"office", "office_phone"}


def fields_of(
    command: str,
    offered: Choices,
    *,
    leave_out: frozenset[str] = frozenset(),
    demanded: frozenset[str] = frozenset(),
) -> list[Field]:
    """The empty form of a command; `demanded` fields are not marked as optional."""
    found = [item for item in _walk(command, COMMANDS[command].payload, "", offered) if item.path not in leave_out]
    return [replace(item, required=True) if item.path in demanded else item for item in found]


def filled(form: Sequence[Field], data: Mapping[str, Sequence[str]], errors: Mapping[str, str]) -> list[Field]:
    """The form with what was typed and what is wrong with it."""
    return [
        replace(
            item,
            value=(data.get(item.path) or [""])[0],
            values=tuple(data.get(item.path) or ()),
            error=errors.get(item.path, ""),
        )
        for item in form
    ]


def read(form: Sequence[Field], data: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What was typed as a payload mapping; empty fields are left out, so that a missing one is said to be missing."""
    payload: dict[str, Any] = {}
    for item in form:
        given = [text.strip() for text in data.get(item.path, ()) if text.strip()]
        content: Any = given[0] if given else None
        if item.kind == "reply":
            content = reply_form.text_of(item.form, item.path, data) or None
        if item.kind == "tick":
            content = True if given else None
        elif item.kind == "yesno":
            content = {"yes": True, "no": False}.get(given[0]) if given else None
        elif item.kind == "many":
            content = given or None
        elif item.kind == "units":
            words = [word.strip() for text in given for word in BETWEEN_UNITS.split(text)]
            content = list(dict.fromkeys(filter(None, words))) or None
        elif item.kind == "defects":
            content = list(dict.fromkeys(line.strip() for text in given for line in text.splitlines() if line.strip()))
            content = content or None
        elif item.kind == "lines":
            content = [line.strip() for line in given[0].splitlines() if line.strip()] if given else None
        if content is None:
            continue
        owner, _, last = item.path.rpartition(".")
        target = payload.setdefault(owner, {}) if owner else payload
        target[last] = content
    return payload


def _walk(command: str, payload: type[Payload], front: str, offered: Choices) -> list[Field]:
    hints = typing.get_type_hints(payload, include_extras=True)
    found: list[Field] = []
    for info in msgspec.structs.fields(payload):
        path = f"{front}{info.encode_name}"
        nested = _struct_in(hints[info.name])
        if nested is not None and path == "requester":
            found += _walk(command, nested, f"{path}.", offered)
        elif nested is None and info.name != "ref":
            found.append(_field(command, path, hints[info.name], info.required, offered))
    return found


def _struct_in(hint: Any) -> type[Payload] | None:
    for part in _parts(hint):
        if isinstance(part, type) and issubclass(part, Payload):
            return part
    return None


def _parts(hint: Any) -> list[Any]:
    """The members of a union, annotations taken off."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _parts(typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType):
        return [part for member in typing.get_args(hint) for part in _parts(member)]
    return [hint]


def _most(hint: Any) -> int | None:
    """The greatest length of a text, from its annotation."""
    if typing.get_origin(hint) is typing.Annotated:
        lengths = [item.max_length for item in typing.get_args(hint)[1:] if getattr(item, "max_length", None)]
        if lengths:
            return int(max(lengths))
        return _most(typing.get_args(hint)[0])
    found = [length for member in typing.get_args(hint) if (length := _most(member))]
    return max(found) if found and typing.get_origin(hint) in (typing.Union, types.UnionType) else None


def _field(command: str, path: str, hint: Any, required: bool, offered: Choices) -> Field:
    parts = [part for part in _parts(hint) if part is not types.NoneType]
    options = offered.of(command, path)
    literal = next((part for part in parts if typing.get_origin(part) is Literal), None)
    most = _most(hint)
    kind = "area" if most and most >= LONG else "line"
    if offered.units and path in UNIT_FIELDS | SEVERAL_UNITS:
        kind = "units" if path in SEVERAL_UNITS else "unit"
    elif any(typing.get_origin(part) is tuple for part in parts):
        kind, most = ("defects" if options and path == "defects" else "many" if options else "lines"), None
    elif literal is not None:
        kind = "choice"
        options = tuple((item, words.value(item)) for item in typing.get_args(literal))
    elif parts == [bool]:
        kind = "tick" if not required and types.NoneType not in _parts(hint) else "yesno"
        options = YES_NO
    elif path in TICKS:
        kind = "tick"
    elif options:
        kind = "choice" if len(options) <= 8 and all(len(text) <= 6 for _, text in options) else "select"
    offers = offered.offers.get(f"{command}.{path}", ())
    label, help_text = words.label(command, path), words.help_of(command, path)
    return Field(path, label, kind, required, most, help_text, options, offers=offers)
