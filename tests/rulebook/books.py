"""Small books for tests, written to a temporary folder."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from yixian.rulebook import Library

HEAD = 'jurisdiction: {code: "990100", name: 某市, level: city}\ndocument: {title: 某市办法, effective: %s}\n'


class Shelf:
    """A folder of books."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, body: str, day: str = "2024-01-01", *, head: bool = True) -> Path:
        """Write one version of a book."""
        file = self.folder / name / f"{day}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        effective = "unknown" if day == "undated" else day
        file.write_text((HEAD % effective if head else "") + dedent(body), encoding="utf-8")
        return file

    def library(self) -> Library:
        """A library of the built-in books and these."""
        return Library.load([self.folder])

    def errors(self, name: str) -> list[tuple[str, str]]:
        """Paths and words of all errors of a book."""
        return [(one.path, one.message + one.remedy) for one in self.library().findings(name) if one.kind == "error"]

    def looser(self, name: str) -> list[str]:
        """Paths where a book is looser than its parent."""
        return [one.path for one in self.library().findings(name) if one.kind == "looser"]
