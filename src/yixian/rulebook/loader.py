"""The library of rulebooks: which books exist, which version governs a day, and each one compiled with its parents.

Files are read when first asked for and kept by path, time of change and size, so a second `Library.load` costs
nothing; a parent is the version in force on the day asked about. Limits: a book's name is its folder's name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yixian.rulebook import calendar_days, looser, yielding
from yixian.rulebook.answers import VersionAnswer
from yixian.rulebook.articles import chinese_article
from yixian.rulebook.assemble import assemble
from yixian.rulebook.calendar import WorkCalendar
from yixian.rulebook.checks import check_book, version_conflicts
from yixian.rulebook.findings import ERROR, Finding, Findings, Place, RulebookError, choose
from yixian.rulebook.inheritance import inheritable, merged, place_of
from yixian.rulebook.model import Basis, Leaf, Rulebook
from yixian.rulebook.sections import FlatBook, first_day, is_version, read_book, read_text
from yixian.rulebook.yaml_source import SourceError

__all__ = ["BookText", "Library", "RulebookError", "VersionAnswer"]

_DATED = re.compile(r"\d{4}\D?\d")  # meant as a date: a misspelt one is said, not passed over
BUILT_IN = Path(__file__).parent / "books"
_MOST_ANSWERS = 10_000
_known: dict[tuple[Path, str, int, int], FlatBook] = {}
_calendars: dict[tuple[Any, ...], WorkCalendar] = {}


@dataclass(frozen=True, slots=True)
class BookText:
    """A version that stands in no file: published from the database, say. Errors name it as `label:name/version`."""

    name: str
    version: str
    text: str
    label: str = "已发布"

    def read(self) -> FlatBook:
        """The version, flattened."""
        return read_text(self.name, self.text, f"{self.label}:{self.name}/{self.version}", self.version)


Versions = Mapping[str, Path | BookText | FlatBook]


class Library:
    """All rulebooks of an installation; immutable, made by `load`."""

    def __init__(self, files: Mapping[str, Versions], notices: Iterable[calendar_days.DayNotice] = ()) -> None:
        self._files = files
        self._notices = tuple(notices)
        self._flats: dict[str, list[FlatBook]] = {}
        self._compiled: dict[tuple[tuple[str, str], ...], tuple[Rulebook | None, list[Finding]]] = {}
        self._answers: dict[tuple[str, dt.date], VersionAnswer] = {}

    @classmethod
    def load(
        cls, extra: Iterable[Path | str] = (), *, built_in: Path = BUILT_IN, texts: Iterable[BookText] = ()
    ) -> Library:
        """The built-in books and those in `extra` folders (DIR/<name>/<date>.yaml or DIR/books/<name>/<date>.yaml).

        A file of an extra folder replaces an earlier one with the same name and version; so does one of `texts`, the
        versions that stand in no file. Raises RulebookError where a folder does not exist or a calendar file in it is
        broken; a broken book raises only when it is asked for.
        """
        files: dict[str, dict[str, Path | BookText | FlatBook]] = {}
        notices: list[calendar_days.DayNotice] = []
        for root in (built_in, *map(Path, extra)):
            if not root.is_dir():
                raise RulebookError([Finding(ERROR, str(root), 0, "", "没有这个文件夹", "检查 --rulebooks 的路径")])
            for folder in (root, root / "books"):
                for name, versions in _books_in(folder).items():
                    files.setdefault(name, {}).update(versions)
                try:
                    notices += calendar_days.read_folder(folder)
                except SourceError as error:
                    found = Finding(ERROR, str(error.file), error.line, error.path, error.message, error.remedy)
                    raise RulebookError([found]) from error
        for text in texts:
            files.setdefault(text.name, {})[text.version] = text
        return cls(files, notices)

    def standing(self, flat: FlatBook) -> Library:
        """This library with one more version, or with it in the place of the one that has the same label: a draft."""
        return Library(
            {**self._files, flat.name: {**self._files.get(flat.name, {}), flat.version: flat}}, self._notices
        )

    # -- books ------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Names of all books, `national` first, then by alphabet."""
        return sorted(self._files, key=lambda name: (name != "national", name))

    def versions(self, name: str) -> list[Rulebook]:
        """All versions of a book, oldest first, each with its parents as of its first day. Raises RulebookError."""
        return [self._need(self._chain(flat, flat.value("document.effective"))) for flat in self._flat(name)]

    def book(self, name: str, version: str) -> Rulebook:
        """The version with exactly this label, as an order stored it. Raises RulebookError where there is none."""
        base, *parents = version.split("+")
        pins = dict(part.split("@", 1) for part in parents if "@" in part and not part.startswith("^"))
        yielded = yielding.marked(version)
        for flat in self._flat(name):
            if flat.version == base:
                above = [one for one in self._superiors(flat) if (one.name, one.version) == yielded]
                chain = self._chain(flat, flat.value("document.effective"), pins)
                found = self._need(chain, *above)
                named = pins.items() <= {(one.name, one.version) for one in chain[1:]}  # also where it is the usual one
                if named and yielding.marked(found.version) == yielded:
                    return found
        known = "、".join(flat.version for flat in self._flat(name)) or "无"
        raise RulebookError([Finding(ERROR, name, 0, "", f"规则书 {name} 没有版本 {version}", f"现有版本: {known}")])

    def version(self, name: str, on: dt.date) -> VersionAnswer:
        """Which version governs a day.

        Returns in_force, continued (expired, the text says to go on), not_yet, expired, or unknown for no such book;
        `book` is the governing or nearest version. Raises RulebookError where the book has errors.
        """
        found = self._answers.get((name, on))
        if found is None:
            if len(self._answers) >= _MOST_ANSWERS:  # days come from visitors too
                self._answers.clear()
            found = self._answers[name, on] = self._answer(name, on)
        return found

    def _answer(self, name: str, on: dt.date) -> VersionAnswer:
        flats = self._flat(name)
        if not flats:
            return VersionAnswer("unknown", None, (), f"没有名为 {name} 的规则书; {choose(name, self._files)}")
        begun = [flat for flat in flats if first_day(flat) <= on]
        flat = begun[-1] if begun else flats[0]
        above = yielding.governing(self._superiors(flat), on) if begun else None
        book = self._need(self._chain(flat, on), above)
        document = book.document
        title = f"《{document.title}》"
        if not begun:
            basis = document.effective.basis
            return VersionAnswer(
                "not_yet",
                book,
                basis,
                f"{title}自 {document.effective.value} 起施行, {on} 尚未生效{_cited(book, basis)}",
                where=_where(
                    flat,
                    "document.effective",
                    f"{on} 早于最早版本的施行日期",
                    "换施行之日起的日期, 或补上此前有效的文本",
                ),
            )
        words, also = yielding.said(book, above) if above else ("", ())
        superior = self._need(self._chain(above, on)) if above else None
        if document.expires.value is None or on <= document.expires.value:
            basis = document.effective.basis
            message = f"{title}现行有效{_cited(book, basis)}{words}"
            return VersionAnswer("in_force", book, (*basis, *also), message, superior)
        basis = document.expires.basis
        message = f"{title}有效期至 {document.expires.value}{_cited(book, basis)}, {on} 已过有效期"
        if document.expired.value == "continue":
            message += ", 在新规定出台前继续执行, 请尽快确认"
            return VersionAnswer("continued", book, (*basis, *also), message + words, superior)
        where = _where(
            flat, "document.expires", f"{on} 晚于有效期", "补上接替的文本; 仍要执行的, 写 document.expired: continue"
        )
        return VersionAnswer("expired", book, basis, message + ", 不能再据以登记新工单", where=where)

    def expiring(self, on: dt.date, within: int = 90) -> list[VersionAnswer]:
        """Books in force on a day that expire within so many days, soonest first: whoever runs them must be warned."""
        answers = [self.version(name, on) for name in self.names()]
        ends = [(book.document.expires.value, answer) for answer in answers if (book := answer.book) is not None]
        last = on + dt.timedelta(days=within)
        soon = [(end, answer) for end, answer in ends if end is not None and on <= end <= last]
        return [answer for _, answer in sorted(soon, key=lambda pair: pair[0])]

    def flat(self, name: str) -> list[FlatBook]:
        """All versions of a book as their own texts have them, oldest first, nothing inherited."""
        return [_copy(flat) for flat in self._flat(name)]

    def checked(self, name: str, version: str) -> tuple[Rulebook | None, list[Finding]]:
        """One version with its parents as of its first day, None where it has errors; and all that was found in it."""
        flat = next(flat for flat in self._flat(name) if flat.version == version)
        book, found = self._compile(self._chain(flat, flat.value("document.effective")))
        return book, [*found, *self._yields(flat)]

    def source(self, name: str, version: str) -> str:
        """The text of a version as it was written. Raises RulebookError where there is none."""
        found = self._files.get(name, {}).get(version)
        if isinstance(found, BookText):
            return found.text
        if not isinstance(found, Path):
            raise RulebookError([Finding(ERROR, name, 0, "", f"规则书 {name} 没有版本 {version} 的原文", "")])
        try:
            return found.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise RulebookError([Finding(ERROR, str(found), 0, "", "读不到原文", "检查文件的权限和编码")]) from error

    def findings(self, name: str) -> list[Finding]:
        """Everything found in all versions of a book: errors, looser leaves, values without source."""
        found: list[Finding] = []
        for flat in self._flat(name):
            found += self._compile(self._chain(flat, flat.value("document.effective")))[1]
            found += self._yields(flat)
        return found

    def folder(self, name: str) -> Path | None:
        """The folder of a book's newest file, where its expect.yaml may stand."""
        files = [file for file in self._files.get(name, {}).values() if isinstance(file, Path)]
        return files[-1].parent if files else None

    # -- calendar ---------------------------------------------------------------------------------------------

    def calendar(self, name: str) -> WorkCalendar:
        """The working calendar of a book's place: the State Council's, with the additions of the place and its parents.

        A name without a book gets the country's calendar.
        """
        places: list[str] = []
        if self._files.get(name):
            book = self.versions(name)[-1]
            places = [*book.lineage, book.jurisdiction.code, book.jurisdiction.parent]
        notices = calendar_days.for_jurisdiction(self._notices, places)
        key = tuple((frozenset(notice.days.items()), notice.years, notice.jurisdiction) for notice in notices)
        if key not in _calendars:
            _calendars[key] = WorkCalendar(notices)
        return _calendars[key]

    # -- reading and compiling ----------------------------------------------------------------------------------

    def _flat(self, name: str) -> list[FlatBook]:
        if name not in self._flats:
            flats = [_read(name, source) for source in self._files.get(name, {}).values()]
            flats.sort(key=first_day)
            version_conflicts(flats)
            self._flats.setdefault(name, flats)  # several threads may read at once: all go on with the same one
        return self._flats[name]

    def _chain(self, flat: FlatBook, on: dt.date | None, pins: Mapping[str, str] | None = None) -> list[FlatBook]:
        """The book and its ancestors, each in the version of the day (or the pinned one); stops at a cycle or a gap."""
        chain = [flat]
        while (parent := chain[-1].extends) and parent not in {one.name for one in chain}:
            versions = self._flat(parent)
            if not versions:
                break
            pinned = [one for one in versions if pins and pins.get(parent) == one.version]
            begun = [one for one in versions if on is not None and first_day(one) <= on]
            chain.append((pinned or begun or versions[:1])[-1])
        return chain

    def _superiors(self, flat: FlatBook) -> list[FlatBook]:
        return yielding.superiors(flat, self._files, self._flat)

    def _yields(self, flat: FlatBook) -> list[Finding]:
        """What is to be said of a book that has to yield by now."""
        told = _copy(flat)
        told.findings.items.clear()
        yielding.warn(told, self._superiors(flat), [name for name in self._files if name != flat.name])
        return told.findings.items

    def _need(self, chain: list[FlatBook], above: FlatBook | None = None) -> Rulebook:
        book, findings = self._compile(chain)
        if book is not None and above is not None:
            return self._yielding(chain, above)
        if book is None:
            raise RulebookError(finding for finding in findings if finding.kind == ERROR)
        return book

    def _compile(self, chain: list[FlatBook]) -> tuple[Rulebook | None, list[Finding]]:
        key = tuple((flat.name, flat.version) for flat in chain)
        if key not in self._compiled:
            self._compiled[key] = self._build(chain)
        return self._compiled[key]

    def _build(self, chain: list[FlatBook]) -> tuple[Rulebook | None, list[Finding]]:
        source = chain[0]
        flat = _copy(source)
        inherited: dict[str, Leaf[Any]] = {}
        broken: list[Finding] = []
        self._parent_missing(flat, chain)
        if len(chain) > 1:
            parent, found = self._compile(chain[1:])
            broken = [one for one in found if one.kind == ERROR]
            if parent is None or broken:
                flat.places["extends"].error(f"上级规则书 {chain[1].name} 有错误", "先改正上级规则书")
            else:
                inherited = inheritable(merged(chain[1:]), chain)
        leaves = merged([flat]) if not inherited else {**inherited, **flat.leaves}
        book = assemble(
            flat.name, self._label(chain), tuple(one.name for one in chain), place_of(chain), leaves, flat.stages
        )
        if not broken:
            check_book(flat, book)
            looser.warn(flat, inherited, leaves)
        return (None if flat.findings.errors else book), [*flat.findings.items, *broken]

    def _yielding(self, chain: list[FlatBook], above: FlatBook) -> Rulebook:
        """A book with the leaves and stages of the superior it yields to in the place of its own."""
        key = (*((flat.name, flat.version) for flat in chain), ("^" + above.name, above.version))
        if key not in self._compiled:
            theirs = self._chain(above, first_day(above))
            self._need(theirs)
            shared = {flat.name for flat in chain}
            only = [flat for flat in theirs if flat.name not in shared]
            winning = inheritable(merged(only), [chain[0], *only])
            stages = {**chain[0].stages, **above.stages}
            lineage = tuple(dict.fromkeys(flat.name for flat in (chain[0], *only, *chain[1:])))
            label = self._label(chain) + yielding.mark(above)
            made = assemble(chain[0].name, label, lineage, place_of(chain), {**merged(chain), **winning}, stages)
            self._compiled[key] = made, []
        found = self._compiled[key][0]
        assert found is not None
        return found

    def _parent_missing(self, flat: FlatBook, chain: list[FlatBook]) -> None:
        parent = chain[-1].extends
        if parent is None or "extends" not in flat.places:
            return
        place = flat.places["extends"]
        if parent in {one.name for one in chain}:
            place.error(
                f"extends 绕成了圈: {' → '.join([*(one.name for one in chain), parent])}", "改正其中一本的 extends"
            )
        elif len(chain) == 1 and not self._flat(parent):
            place.error(
                f"没有名为 {parent!r} 的上级规则书", choose(parent, [name for name in self._files if name != flat.name])
            )

    def _label(self, chain: list[FlatBook]) -> str:
        """The version's label; a parent other than the one of the book's first day is named in it."""
        first = self._chain(chain[0], chain[0].value("document.effective"))
        marks = [
            f"+{one.name}@{one.version}"
            for one, usual in zip(chain[1:], first[1:], strict=False)
            if (one.name, one.version) != (usual.name, usual.version)
        ]
        return chain[0].version + "".join(marks)


def _books_in(folder: Path) -> dict[str, dict[str, Path]]:
    """Folders that hold versions: name -> version -> file."""
    found: dict[str, dict[str, Path]] = {}
    if not folder.is_dir():
        return found
    for inside in sorted(folder.iterdir()):
        if inside.is_dir() and inside.name not in ("books", "calendar", "scenarios"):
            files = sorted(path for path in inside.glob("*.yaml") if is_version(path.stem) or _DATED.match(path.stem))
            if files:
                found[inside.name] = {path.stem: path for path in files}
    return found


def _read(name: str, source: Path | BookText | FlatBook) -> FlatBook:
    if isinstance(source, FlatBook):
        return _copy(source)
    if isinstance(source, BookText):
        return source.read()
    stat = source.stat()
    key = (source, name, stat.st_mtime_ns, stat.st_size)
    if key not in _known:
        _known[key] = read_book(name, source)
    return _copy(_known[key])


def _copy(flat: FlatBook) -> FlatBook:
    """A copy with findings of its own: what checking adds must not pile up in the kept one."""
    findings = Findings(flat.file, list(flat.findings.items))
    places = {path: Place(findings, place.path, place.line) for path, place in flat.places.items()}
    return FlatBook(
        flat.name, flat.version, flat.file, findings, flat.leaves, places, flat.stages, flat.jurisdiction, flat.extends
    )


def _where(flat: FlatBook, path: str, message: str, remedy: str) -> Finding:
    place = flat.places.get(path)
    return Finding(ERROR, str(flat.file), place.line if place else 1, path, message, remedy)


def _cited(book: Rulebook, basis: Basis) -> str:
    return f"（{'、'.join(chinese_article(one, book.document.numbering) for one in basis)}）" if basis else ""
