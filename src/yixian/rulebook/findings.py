"""What loading a rulebook finds: errors, a child looser than its parent (放宽), values without a source (无出处),
a superior that governs by now (让位).

Paths are dotted, list items in brackets: ``clocks.reply.limits[2].when.category``. `matches` compares an expected
path with a found one segment by segment; the shorter of the two may end early, and ``limit`` equals ``limits``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ERROR, LOOSER, UNSOURCED, INCOMPLETE, YIELDS = "error", "looser", "unsourced", "incomplete", "yields"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: kind, where it stands, what is wrong, what would be right."""

    kind: str
    file: str
    line: int
    path: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file} 第 {self.line} 行" if self.line else self.file
        text = f"{place}, {self.path}: {self.message}" if self.path else f"{place}: {self.message}"
        return f"{text}。{self.remedy}" if self.remedy else text


class RulebookError(ValueError):
    """A rulebook that cannot be used; `findings` lists every error, its text shows them one a line, in Chinese."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


class Wrong(Exception):
    """A value that cannot be read; whoever knows the place turns it into a Finding."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


class Noted(Wrong):
    """A part of the value was wrong and its own place has been noted; nothing more to say."""

    def __init__(self) -> None:
        super().__init__("", "")


@dataclass(slots=True)
class Findings:
    """Collects everything found in one file."""

    file: Path
    items: list[Finding] = field(default_factory=list)

    def add(self, kind: str, line: int, path: str, message: str, remedy: str = "") -> None:
        self.items.append(Finding(kind, str(self.file), line, path, message, remedy))

    @property
    def errors(self) -> list[Finding]:
        """The errors alone."""
        return [item for item in self.items if item.kind == ERROR]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: dotted path and line, and who collects what is found there."""

    findings: Findings
    path: str
    line: int

    def key(self, holder: object, key: str) -> Place:
        """The place of a key of a mapping."""
        line = getattr(holder, "lines", {}).get(key, self.line)
        return Place(self.findings, f"{self.path}.{key}" if self.path else key, line)

    def item(self, holder: object, index: int) -> Place:
        """The place of an item of a list."""
        lines = getattr(holder, "lines", None)
        return Place(self.findings, f"{self.path}[{index}]", lines[index] if isinstance(lines, list) else self.line)

    def error(self, message: str, remedy: str) -> None:
        """Note an error here."""
        self.findings.add(ERROR, self.line, self.path, message, remedy)

    def note(self, wrong: Wrong) -> None:
        """Note what a reader refused, unless it noted that itself."""
        if not isinstance(wrong, Noted):
            self.error(wrong.message, wrong.remedy)

    def incomplete(self, message: str, remedy: str) -> None:
        """Note something that has no effect as it stands."""
        self.findings.add(INCOMPLETE, self.line, self.path, message, remedy)

    def unsourced(self) -> None:
        """Note a value of law without article, reading or local mark."""
        self.findings.add(
            UNSOURCED, self.line, self.path, "没有写出处", "补 basis (条款)、reading (如何理解) 或 local: true"
        )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, None where none is alike."""
    words = [str(one) for one in known]
    found = difflib.get_close_matches(word, words, 1, 0.6)
    return found[0] if found else None


def choose(word: str, known: Iterable[str]) -> str:
    """A remedy that names the nearest known word, else all of them."""
    words = sorted(str(one) for one in known)
    near = nearest(word, words)
    return f"是不是 {near!r}?" if near else "可用: " + "、".join(words)


def matches(expected: str, found: str) -> bool:
    """Whether an expected path means a found one (see the module's text)."""
    wanted, have = _segments(expected), _segments(found)
    return all(a == b for a, b in zip(wanted, have, strict=False))


def _segments(path: str) -> list[str]:
    words = [word for word in re.split(r"[.\[\]]+", path) if word]
    return ["limits" if word == "limit" else word for word in words]
