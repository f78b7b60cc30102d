"""Readers of selectors and of lists of rows: each row has its own keys, its own selector and its own source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from yixian.rulebook import reading as read
from yixian.rulebook.findings import Noted, Place, Wrong, choose
from yixian.rulebook.model import CardRule, Selector
from yixian.rulebook.reading import Origin, Reader
from yixian.rulebook.vocabulary import SELECTOR_KEYS, SELECTOR_VALUES
from yixian.rulebook.yaml_source import Map

MOST_CASES = 100_000


def selector(raw: Any, place: Place, origin: Origin) -> Selector:
    """A `when`: key to value or list, every value as text. Unknown keys and words outside closed lists are refused."""
    if not isinstance(raw, Map):
        raise Wrong("when 应是一个映射", "例如 when: {category: 咨询}; 匹配全部写 when: {}")
    keys: list[str] = []
    values: list[frozenset[str]] = []
    complete = True
    for key in sorted(raw):
        here = place.key(raw, key)
        if key not in SELECTOR_KEYS:
            here.error(f"不认识的选择条件 {key!r}", choose(key, SELECTOR_KEYS))
            complete = False
            continue
        try:
            words = read.texts(raw[key], here, origin)
            if not words:
                raise Wrong(f"{key} 没有列出任何值", "写上值, 或删去这一条件")
            known = SELECTOR_VALUES.get(key)
            for word in words:
                if known and word not in known:
                    raise Wrong(f"{key} 不认识 {word!r}", choose(word, known))
        except Wrong as wrong:
            here.note(wrong)
            complete = False
            continue
        keys.append(key)
        values.append(frozenset(words))
    if not complete:
        raise Noted
    return Selector(tuple(keys), tuple(values))


def selectors(raw: Any, place: Place, origin: Origin) -> tuple[Selector, ...]:
    """Whom a stage is for: `{when: {...}}`, a selector, a list of either (any of them), `all` or `none`."""
    if raw == "all":
        return (Selector(),)
    if raw == "none":
        return ()
    if isinstance(raw, list):
        found = [selectors(one, place.item(raw, index), origin) for index, one in enumerate(raw)]
        return tuple(one for some in found for one in some)
    if isinstance(raw, Map) and "when" in raw:
        read.unknown_keys(raw, ("when", *read.ORIGIN_KEYS), place)
        return (selector(raw["when"], place.key(raw, "when"), origin),)
    return (selector(raw, place, origin),)


def run_condition(raw: Any, place: Place, origin: Origin) -> Selector:
    """`runs_if`: a selector, with or without the word `when` around it; `dissatisfied` alone means the rating."""
    if raw in ("dissatisfied", "satisfied"):
        return Selector(("rating",), (frozenset({raw}),))
    if isinstance(raw, Map) and "when" in raw:
        read.unknown_keys(raw, ("when", *read.ORIGIN_KEYS), place)
        return selector(raw["when"], place.key(raw, "when"), origin)
    return selector(raw, place, origin)


def mapping(fields: Mapping[str, Reader], make: Any) -> Reader:
    """A reader of a small mapping such as `{count: 1, exclude_review_time: true}`."""

    def read_mapping(raw: Any, place: Place, origin: Origin) -> Any:
        if not isinstance(raw, Map):
            raise Wrong("这里应是一个映射", "例如 {" + ", ".join(f"{key}: …" for key in fields) + "}")
        read.unknown_keys(raw, fields, place)
        given: dict[str, Any] = {}
        for key in raw:
            if key in fields:
                try:
                    given[key] = fields[key](raw[key], place.key(raw, key), origin)
                except Wrong as wrong:
                    place.key(raw, key).note(wrong)
        if len(given) < len(raw):
            raise Noted
        return make(**given)

    return read_mapping


def rows(
    make: Callable[..., Any],
    fields: Mapping[str, Reader],
    *,
    required: tuple[str, ...] = (),
) -> Reader:
    """A reader of a list of rows.

    Args: what builds a row from keywords, its own keys with their readers, those that must be there. Every row keeps
    its basis, reading and local mark; a row with an error is left out.
    """

    def read_row(raw: Any, place: Place, origin: Origin) -> Any:
        if not isinstance(raw, Map):
            place.error("每一行应是一个映射", "例如 - {" + ", ".join(f"{key}: …" for key in (*required, "basis")) + "}")
            return None
        read.unknown_keys(raw, (*fields, *read.ORIGIN_KEYS[:3]), place)
        own = read.origin_in(raw, place, origin)
        if not own.stated:
            place.unsourced()
        given: dict[str, Any] = {"basis": own.basis, "reading": own.reading, "local": own.local}
        complete = True
        for key in required:
            if key not in raw:
                place.error(f"缺少 {key}", f"补上 {key}: …")
                complete = False
        for key, reader in fields.items():
            if key in raw:
                try:
                    given[key] = reader(raw[key], place.key(raw, key), own)
                except Wrong as wrong:
                    place.key(raw, key).note(wrong)
                    complete = False
        return make(**given) if complete else None

    def read_rows(raw: Any, place: Place, origin: Origin) -> tuple[Any, ...]:
        if raw is None:
            return ()
        if not isinstance(raw, list):
            raise Wrong("这里应是一个列表", "每行以 - 开头")
        made = [read_row(one, place.item(raw, index), origin) for index, one in enumerate(raw)]
        whole = tuple(one for one in made if one is not None)
        cases = sum(
            prod(map(len, when.values)) for one in whole if isinstance(when := getattr(one, "when", None), Selector)
        )
        if cases > MOST_CASES:
            raise Wrong(f"条件的组合有 {cases} 种, 超过 {MOST_CASES} 种", "减少每行条件里并列的取值, 或拆成几行")
        return whole

    return read_rows


def card(*, card: str, at: tuple[str, Any, int], **rest: Any) -> CardRule:
    """Builds a CardRule from a row's parts."""
    return CardRule(card, at[0], at[1], at[2], **rest)


def card_time(raw: Any, place: Place, origin: Origin) -> tuple[str, Any, int]:
    """due_day, overdue, or a signed length such as -1wd."""
    words = read.text(raw, place, origin)
    if words in ("due_day", "overdue"):
        return words, None, 0
    if words[:1] not in ("+", "-"):
        raise Wrong(f"不认识的预警时刻 {words!r}", "写 due_day、overdue, 或带正负号的时长如 -1wd、-2h、+1wd")
    return words, read.running_duration(words[1:], place, origin), -1 if words[0] == "-" else 1


def reminders(raw: Any, place: Place, origin: Origin) -> tuple[CardRule, ...]:
    """When those who owe an entry are reminded: due_day, or a signed length before (after) the due time, a list."""
    moments = [card_time(one, place, origin) for one in (raw if isinstance(raw, list) else [raw])]
    return tuple(
        CardRule("remind", *moment, basis=origin.basis, reading=origin.reading, local=origin.local)
        for moment in moments
    )
