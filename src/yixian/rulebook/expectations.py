"""Checking books as `yixian rulebook check` does: what is found, against what `expect.yaml` beside a book says.

`expect.yaml` holds `{warnings: [paths], errors: [paths]}`. Errors and looser-than-parent warnings must be exactly those
(a path may be shortened from its end); other notes, such as a value without a source, may be named but need not be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from yixian.rulebook.findings import (
    ERROR,
    INCOMPLETE,
    LOOSER,
    UNSOURCED,
    YIELDS,
    Finding,
    RulebookError,
    choose,
    matches,
)
from yixian.rulebook.loader import Library
from yixian.rulebook.yaml_source import Map, SourceError, read_yaml

_LABELS = {ERROR: "错误", LOOSER: "放宽", UNSOURCED: "无出处", INCOMPLETE: "不完整", YIELDS: "让位"}


@dataclass(frozen=True, slots=True)
class Checked:
    """One book's result: all findings, those nobody expected, expected ones that did not come."""

    name: str
    findings: tuple[Finding, ...]
    unexpected: tuple[Finding, ...]
    missing: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """No error, or exactly what expect.yaml says."""
        return not self.unexpected and not self.missing

    def label(self, finding: Finding) -> str:
        """错误, 放宽, 无出处 or 不完整; 如所料 where expect.yaml names it."""
        expected = finding.kind == ERROR and finding not in self.unexpected
        return "如所料" if expected else _LABELS[finding.kind]


def check(targets: Sequence[str], rulebooks: Iterable[Path] = ()) -> list[Checked]:
    """Check the named books, files or folders, or all books where none is named.

    Raises RulebookError where a target is neither a book nor a path.
    """
    folders = list(rulebooks)
    if not targets:
        library = Library.load(folders)
        return [_checked(library, name) for name in library.names()]
    results: list[Checked] = []
    for target in targets:
        path = Path(target)
        if path.exists():
            root, names = _books_of(path)
            library = Library.load([*folders, root])
            results += [_checked(library, name) for name in names]
            continue
        library = Library.load(folders)
        if target not in library.names():
            remedy = choose(target, library.names())
            raise RulebookError([Finding(ERROR, target, 0, "", "既不是规则书也不是现有的路径", remedy)])
        results.append(_checked(library, target))
    return results


def _books_of(path: Path) -> tuple[Path, list[str]]:
    """The folder to load and the books in it that a path means: a file, a book's folder, or a folder of books."""
    path = path.resolve()
    if path.is_file():
        path = path.parent
    inside = Library.load(built_in=path).names()
    if inside:
        return path, inside
    beside = Library.load(built_in=path.parent).names()
    if path.name in beside:
        return path.parent, [path.name]
    raise RulebookError([Finding(ERROR, str(path), 0, "", "这里没有规则书", "规则书放在 <名称>/<施行日期>.yaml")])


def _checked(library: Library, name: str) -> Checked:
    findings = tuple(library.findings(name))
    expected = _expected(library.folder(name))
    if expected is None:
        errors = tuple(finding for finding in findings if finding.kind == ERROR)
        return Checked(name, findings, errors, ())
    wrong, looser = expected
    unexpected = [
        finding
        for finding in findings
        if finding.kind in (ERROR, LOOSER)
        and not any(matches(path, finding.path) for path in (wrong if finding.kind == ERROR else looser))
    ]
    missing = [path for path in wrong if not any(f.kind == ERROR and matches(path, f.path) for f in findings)]
    missing += [path for path in looser if not any(f.kind != ERROR and matches(path, f.path) for f in findings)]
    return Checked(name, findings, tuple(unexpected), tuple(missing))


def _expected(folder: Path | None) -> tuple[list[str], list[str]] | None:
    """Paths of expected errors and warnings; None where no expect.yaml stands beside the book."""
    file = folder / "expect.yaml" if folder else None
    if file is None or not file.is_file():
        return None
    try:
        raw = read_yaml(file)
    except SourceError as error:
        raise RulebookError([Finding(ERROR, str(file), error.line, "", error.message, error.remedy)]) from None
    if raw is None:
        return [], []
    if not isinstance(raw, Map) or not set(raw) <= {"errors", "warnings"}:
        raise RulebookError([Finding(ERROR, str(file), 1, "", "只能写 errors 和 warnings", "如 errors: [clocks]")])
    errors, warnings = ([str(path) for path in raw.get(key) or ()] for key in ("errors", "warnings"))
    return errors, warnings
