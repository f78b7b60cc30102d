"""The single values of a draft as a form: limits, cards, counts, choices; changed where they stand in the text.

Only what the text itself states is here; what it takes from the book above is changed by writing it into the text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from yixian.orders.errors import BadInput
from yixian.rulebook import present, words_zh
from yixian.rulebook.articles import chinese_article
from yixian.rulebook.durations import Duration
from yixian.rulebook.yaml_source import compose_yaml
from yixian.rulemaking import language, texts

_CARD = re.compile(r"due_day|overdue|[+-](?P<length>.+)")
_REMEDIES = {
    "duration": "写作 30min、24h、5wh、2wd、10d、1w、same_day、none 或 unset",
    "count": "写一个整数, 不限写 none",
    "date": "写作 2027-01-01",
    "card": "写 due_day、overdue, 或带正负号的时长如 -1wd",
    "length": "写 equal_to_limit、up_to_limit, 或一个时长",
}


@dataclass(frozen=True, slots=True)
class Number:
    """One value: its field's name, the words for it, what stands there, and what may (`options`: value and words)."""

    name: str
    path: texts.Path
    section: str
    title: str
    about: str
    articles: str
    value: str
    said: str
    kind: str
    line: int
    options: tuple[tuple[str, str], ...]

    @property
    def row(self) -> bool:
        """True where it stands in a row or a clock, whose kind of value is explained by its title."""
        return self.path[0] in ("clocks", "knowledge", "registers") or any(isinstance(part, int) for part in self.path)


MOST = 400
_NOT_ASKED = ("owner", "owes")


def numbers(text: str) -> list[Number]:
    """The single values that the text states, in its order, at most MOST; none where the text cannot be read."""
    nodes = dict(texts.scalars(compose_yaml(text)))
    beside = _Beside(nodes)
    found: list[Number] = []
    for path, node in nodes.items():
        entry = language.found(path) if path else None
        if entry is None or not _asked(path, entry["type"]):
            continue
        options = tuple((word, said or word) for word, said in entry["values"])
        if entry["type"] == "boolean":
            options = (("true", "是"), ("false", "否"))
        value = str(node.value)
        found.append(
            Number(
                name=name_of(path),
                path=path,
                section=words_zh.SECTIONS.get(str(path[0]), str(path[0])),
                title=beside.title(path, str(entry["title"])),
                about=str(entry["about"]),
                articles=beside.articles(path),
                value=value,
                said=_said(value, entry["type"], options),
                kind=entry["type"],
                line=node.start_mark.line + 1 if node.start_mark else 0,
                options=options,
            )
        )
    return found[:MOST]


def _asked(path: texts.Path, kind: str) -> bool:
    """Numbers, lengths, days everywhere; choices only where they are a stage's own, not what tells rows apart."""
    if not kind or path[0] == "jurisdiction" or any(key in path for key in _NOT_ASKED):
        return False
    return kind != "choice" or not any(isinstance(part, int) for part in path)


def name_of(path: texts.Path) -> str:
    """A path as a form field's name."""
    return ".".join(map(str, path))


def written(text: str, given: Mapping[str, str]) -> str:
    """The text with the values of a form put in. Raises BadInput for the first value that cannot stand there."""
    values: dict[texts.Path, str] = {}
    for one in numbers(text):
        value = given.get(one.name, one.value).strip()
        if value == one.value:
            continue
        if not fits(one, value):
            remedy = _REMEDIES.get(one.kind, "请从列出的选项中选择")
            raise BadInput(f"“{one.section} {one.title}”不能是 {value[:40]!r}; {remedy}。", one.name)
        values[one.path] = value
    return texts.replaced(text, values)


def fits(one: Number, value: str) -> bool:
    """Whether a value is one that may stand there, as plain YAML."""
    if one.options:
        return value in dict(one.options)
    if one.kind == "count":
        return value == "none" or bool(re.fullmatch(r"\d{1,7}", value, re.ASCII))
    if one.kind == "date":
        return value == "unknown" or _is_day(value)
    if one.kind == "card":
        found = _CARD.fullmatch(value)
        return bool(found) and (found["length"] is None or _is_duration(found["length"])) if found else False
    return (one.kind == "length" and value in ("equal_to_limit", "up_to_limit")) or _is_duration(value)


def _is_day(value: str) -> bool:
    try:
        return dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_duration(value: str) -> bool:
    try:
        return value.isascii() and str(Duration.parse(value)) == value
    except ValueError:
        return False


def _said(value: str, kind: str, options: tuple[tuple[str, str], ...]) -> str:
    if options:
        return dict(options).get(value, value)
    length = value.lstrip("+-") if kind == "card" else value
    if _is_duration(length):
        ahead = {"-": "到期前 ", "+": "到期后 "}.get(value[:1], "") if kind == "card" else ""
        return ahead + Duration.parse(length).chinese()
    return words_zh.WORDS.get(value, value)


class _Beside:
    """What stands beside a value: the condition of its row, its articles."""

    def __init__(self, nodes: Mapping[texts.Path, yaml.ScalarNode]) -> None:
        self.nodes = nodes
        self.numbering = "articles"
        self.when: dict[texts.Path, dict[str, list[str]]] = {}
        self.basis: dict[texts.Path, list[str]] = {}
        for path, node in nodes.items():
            if path[-2:] == ("document", "numbering"):
                self.numbering = node.value
            if "basis" in path:
                self.basis.setdefault(path[: path.index("basis")], []).append(node.value)
            if "when" in path[:-1]:
                at = path.index("when")
                self.when.setdefault(path[:at], {}).setdefault(str(path[at + 1]), []).append(node.value)

    def title(self, path: texts.Path, last: str) -> str:
        """The parameter in words; a row by the condition that chooses it."""
        plain = [part for part in path if part != "value"]
        at = next((index for index, part in enumerate(path) if isinstance(part, int)), None)
        if at is None:
            words = present.parameter(".".join(map(str, plain)))
            return words.removesuffix(str(plain[-1])) + last if words.endswith(f" {plain[-1]}") else words
        row, key = path[: at + 1], path[-1] if path[-1] != "value" else path[-2]
        names = [self.nodes[(*row, one)].value for one in ("trigger", "card", "tier") if (*row, one) in self.nodes]
        words = "，".join(_condition(*one) for one in self.when.get(row, {}).items())
        said = words or (words_zh.WORDS.get(names[0], names[0]) if names else f"第 {int(path[at]) + 1} 行")
        head = present.parameter(".".join(str(part) for part in path[:at] if part != "value"))
        return f"{head} ({said})" + ("" if key == "limit" else f" {last}")

    def articles(self, path: texts.Path) -> str:
        """The articles beside a value, else those of what it is a part of."""
        for end in range(len(path), 0, -1):
            if found := self.basis.get(path[:end]):
                return "、".join(chinese_article(one, self.numbering) for one in found)
        return ""


def _condition(key: str, values: list[str]) -> str:
    words = "、".join(words_zh.WORDS.get(value, value) for value in values[:4]) + ("等" if len(values) > 4 else "")
    return f"{words_zh.SELECTORS.get(key, key)} {words}"
