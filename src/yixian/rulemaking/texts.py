"""The text of a draft: made clean, hashed, read and checked by the same code as files are."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from yixian.orders.errors import BadInput
from yixian.rulebook import Library, Rulebook, RulebookError
from yixian.rulebook.findings import ERROR, INCOMPLETE, LOOSER, UNSOURCED, YIELDS, Finding
from yixian.rulebook.sections import FlatBook, read_text
from yixian.rulebook.yaml_source import compose_yaml

LONGEST = 600_000
_UNFIT = re.compile("[\x00\ud800-\udfff]")
KINDS = {ERROR: "错误", LOOSER: "放宽", UNSOURCED: "无出处", INCOMPLETE: "不完整", YIELDS: "让位"}
TONES = {ERROR: "red", LOOSER: "amber", UNSOURCED: "", INCOMPLETE: "amber", YIELDS: "amber"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A draft as read: its own values, the book where nothing is wrong, what was found, the library it stands in."""

    flat: FlatBook
    book: Rulebook | None
    findings: tuple[Finding, ...]
    library: Library

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The errors alone."""
        return tuple(one for one in self.findings if one.kind == ERROR)

    @property
    def effective(self) -> dt.date | None:
        """The day in force that the text states."""
        day = self.flat.value("document.effective")
        return day if isinstance(day, dt.date) else None


def clean(text: str) -> str:
    """The text with plain line ends and without what no database keeps. Raises BadInput where it is too long."""
    if len(text) > LONGEST:
        raise BadInput(
            f"全文过长: 最多 {LONGEST} 字, 现为 {len(text)} 字。请把事项清单等大表分到单独的规则书。", "text"
        )
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def digest(text: str) -> str:
    """The SHA-256 of a text: runs and approvals speak of exactly one text."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(name: str, text: str, library: Library) -> Reading:
    """Read and check a draft of a book among the others; errors are findings, nothing is raised."""
    flat = read_text(name, text, f"草稿 {name}")
    standing = library.standing(flat)
    try:
        book, found = standing.checked(name, flat.version)
    except RulebookError as error:
        book, found = None, list(error.findings)
    ordered = sorted(dict.fromkeys(found), key=lambda one: (one.kind != ERROR, one.line, one.path))
    return Reading(flat, book, tuple(ordered), standing)


Path = tuple[str | int, ...]


def replaced(text: str, values: Mapping[Path, str]) -> str:
    """The text with some scalars replaced where they stand; comments and layout stay. Paths that are not there, too.

    A value goes in as it is given: the caller answers for its being a scalar.
    """
    nodes = dict(scalars(compose_yaml(text)))
    spots = [(nodes[path], value) for path, value in values.items() if path in nodes]
    spots += [(nodes[(*path, "value")], value) for path, value in values.items() if (*path, "value") in nodes]
    for node, value in sorted(spots, key=lambda spot: spot[0].start_mark.index, reverse=True):
        text = text[: node.start_mark.index] + value + text[node.end_mark.index :]
    return text


def scalars(node: yaml.Node | None, path: Path = ()) -> Iterator[tuple[Path, yaml.ScalarNode]]:
    """Every scalar of a text with its path, in the order of the text; a reference's values stand where it points."""
    seen: set[int] = set()
    waiting: list[tuple[Path, yaml.Node | None]] = [(path, node)]
    while waiting:
        here, one = waiting.pop()
        if isinstance(one, yaml.ScalarNode):
            yield here, one
        elif isinstance(one, yaml.CollectionNode) and id(one) not in seen:
            seen.add(id(one))
            inside: list[tuple[Path, yaml.Node | None]] = (
                [((*here, str(getattr(key, "value", ""))), value) for key, value in one.value]
                if isinstance(one, yaml.MappingNode)
                else [((*here, index), value) for index, value in enumerate(one.value)]
            )
            waiting += reversed(inside)
