"""One rulebook file, flattened: every value becomes a leaf under its dotted path, before any inheritance.

So a value can never keep another's article: what merges later are whole leaves, each with its book's name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yixian.rulebook import reading as read
from yixian.rulebook import schema
from yixian.rulebook.findings import Findings, Place, Wrong, choose, nearest
from yixian.rulebook.model import Jurisdiction, Leaf, LimitRow, Selector
from yixian.rulebook.reading import LEAF_KEYS, ORIGIN_KEYS, Origin, Reader
from yixian.rulebook.schema import Field
from yixian.rulebook.vocabulary import COMMANDS, LEVELS
from yixian.rulebook.yaml_source import Map, SourceError, parse_yaml, read_yaml


@dataclass(slots=True)
class FlatBook:
    """A file's own leaves by path, where each stands, and what was found wrong. Nothing inherited is in it."""

    name: str
    version: str
    file: Path
    findings: Findings
    leaves: dict[str, Leaf[Any]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    stages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    jurisdiction: Jurisdiction | None = None
    extends: str | None = None

    def value(self, path: str, default: Any = None) -> Any:
        """The value of an own leaf."""
        leaf = self.leaves.get(path)
        return default if leaf is None else leaf.value


def read_book(name: str, file: Path) -> FlatBook:
    """Read and flatten one version's file; what is wrong with it is in `findings`, all of it."""
    book = _flatten(FlatBook(name, file.stem, file, Findings(file)), None)
    if not is_version(file.stem):
        Place(book.findings, "", 1).error(
            f"文件名 {file.name} 不是施行日期", "改名为 2024-01-01.yaml 这样的施行日期; 没有日期的文件用 undated.yaml"
        )
    return book


def read_text(name: str, text: str, label: str, version: str | None = None) -> FlatBook:
    """As `read_book`, from text that is in no file: errors name it by `label`.

    Without `version` the text's own day in force says it: `undated` where it states none.
    """
    file = Path(label)
    book = _flatten(FlatBook(name, version or "", file, Findings(file)), text)
    if not version:
        day = book.value("document.effective")
        book.version = day.isoformat() if day else "undated"
    return book


def _flatten(book: FlatBook, text: str | None) -> FlatBook:
    problems: list[SourceError] = []
    try:
        raw = read_yaml(book.file, problems) if text is None else parse_yaml(text, book.file, problems)
    except SourceError as error:
        problems.append(error)
        raw = None
    for problem in problems:
        Place(book.findings, problem.path, problem.line).error(problem.message, problem.remedy)
    top = Place(book.findings, "", 1)
    if isinstance(raw, Map):
        _Walk(book).top(raw, top)
    elif not problems:
        top.error("规则书是空的或不是一个映射", "参照 national 的写法, 从 jurisdiction、document 写起")
    return book


def is_version(stem: str) -> bool:
    """Whether a file's name is a version's: the day it takes effect, or `undated`."""
    try:
        return stem == "undated" or dt.date.fromisoformat(stem).isoformat() == stem
    except ValueError:
        return False


def first_day(flat: FlatBook) -> dt.date:
    """First day in force; a text without a date is in force since ever. Without `effective` the file's name says it."""
    if "document.effective" in flat.leaves:
        return flat.value("document.effective") or dt.date.min
    dated = flat.version != "undated" and is_version(flat.version)
    return dt.date.fromisoformat(flat.version) if dated else dt.date.min


class _Walk:
    def __init__(self, book: FlatBook) -> None:
        self.book = book
        self.nothing = Origin(book.name)

    def top(self, raw: Map, place: Place) -> None:
        read.unknown_keys(raw, schema.TOP_KEYS, place)
        for key, value in raw.items():
            here = place.key(raw, key)
            if key in schema.ROW_SECTIONS:
                self.leaf(value, here, self.nothing, schema.ROW_SECTIONS[key])
            elif key in schema.SECTIONS:
                self.section(value, here, schema.SECTIONS[key])
            elif key == "clocks":
                self.clocks(value, here, schema.CLOCK)
            elif key in schema.CLOCK_SECTIONS:
                self.registers(value, here, schema.CLOCK_SECTIONS[key])
            elif key in schema.FREE_LEAVES:
                self.free(value, here, schema.FREE_LEAVES[key])
            elif key == "stages":
                self.stages(value, here)
            elif key == "jurisdiction":
                self.jurisdiction(value, here)
            elif key == "extends":
                if isinstance(value, str) and value:
                    self.book.extends = value
                    self.book.places["extends"] = here
                else:
                    here.error("extends 应是一本规则书的名字", "例如 extends: national; 没有上级规则书的删去这一行")

    def mapping(self, raw: Any, place: Place) -> bool:
        if isinstance(raw, Map):
            return True
        if raw is not None:
            place.error("这里应是一个映射", "写作 键: 值, 每行一个")
        return False

    def leaf(self, raw: Any, place: Place, default: Origin, spec: Field) -> Leaf[Any] | None:
        """Read one leaf and keep it under its path."""
        origin = default
        value = raw
        if isinstance(raw, Map):
            if "value" in raw:
                read.unknown_keys(raw, LEAF_KEYS, place)
                origin, value = read.origin_in(raw, place, default), raw["value"]
            elif spec.structured:
                origin, value = read.origin_in(raw, place, default), read.without(raw, ORIGIN_KEYS)
            else:
                self.not_a_value(raw, place)
                return None
        try:
            found = spec.reader(value, place, origin)
        except Wrong as wrong:
            place.note(wrong)
            return None
        if spec.law and not origin.stated and not _has_rows(found):
            place.unsourced()
        made = origin.leaf(found)
        self.book.leaves[place.path] = made
        self.book.places[place.path] = place
        return made

    def not_a_value(self, raw: Map, place: Place) -> None:
        for key in raw:
            if key not in ORIGIN_KEYS and nearest(key, LEAF_KEYS):
                place.key(raw, key).error(f"不认识的键 {key!r}", choose(key, LEAF_KEYS))
                return
        place.error("缺少 value", '写作 {value: …, basis: "条款"}')

    def section(self, raw: Any, place: Place, fields: Mapping[str, Field]) -> None:
        if not self.mapping(raw, place):
            return
        if isinstance(raw.get("value"), Map) and "value" not in fields:
            read.unknown_keys(raw, LEAF_KEYS[:4], place)
            default, raw = read.origin_in(raw, place, self.nothing), raw["value"]
        else:
            default = self.nothing
        # A sub-section is one whose dotted path stands in the table: intake.abuse.
        nested = {
            path.rpartition(".")[2]: table
            for path, table in schema.SECTIONS.items()
            if path.rpartition(".")[0] == place.path
        }
        read.unknown_keys(raw, (*fields, *nested, *ORIGIN_KEYS[:3]), place)
        default = read.origin_in(raw, place, default)
        for key, value in raw.items():
            here = place.key(raw, key)
            if value is None and place.path == "document":
                continue  # what the paper does not state may be written as empty
            if key in nested:
                self.section(value, here, nested[key])
            elif key in fields:
                self.leaf(value, here, default, fields[key])

    def free(self, raw: Any, place: Place, spec: Field) -> None:
        """A section of free keys (sign_off: grade -> who signs)."""
        if not self.mapping(raw, place):
            return
        default = read.origin_in(raw, place, self.nothing)
        inner = raw["value"] if isinstance(raw.get("value"), Map) else raw
        for key, value in inner.items():
            if key not in ORIGIN_KEYS:
                here = place.key(inner, key)
                self.leaf(value, here, default, schema.NAMED_AMONG_FREE.get(here.path, spec))

    def clocks(self, raw: Any, place: Place, fields: Mapping[str, Field]) -> None:
        if self.mapping(raw, place):
            for name, value in raw.items():
                self.clock(value, place.key(raw, name), fields)

    def clock(self, raw: Any, place: Place, fields: Mapping[str, Field]) -> None:
        if not isinstance(raw, Map):
            place.error("时限应是一个映射", "例如 {owner: unit, starts: dispatched, stops: [replied], limit: 10wd}")
            return
        self.book.places[place.path] = place
        read.unknown_keys(raw, (*fields, *ORIGIN_KEYS[:3]), place)
        default = read.origin_in(raw, place, self.nothing)
        if "limit" in raw and "limits" in raw:
            place.key(raw, "limits").error("limit 和 limits 只能写一个", "只有一个时限写 limit, 分情况写 limits")
        for key, value in raw.items():
            if key not in fields:
                continue
            here = place.key(raw, key)
            made = self.leaf(value, here, default, fields[key])
            if key == "limit" and made is not None:
                # One limit is a table of one row: so `limit` and `limits` replace each other when books merge.
                del self.book.leaves[here.path]
                row = LimitRow(Selector(), made.basis, made.reading, made.local, made.value)
                self.book.leaves[f"{place.path}.limits"] = Leaf((row,), made.basis, made.reading, made.local, made.book)
                self.book.places[f"{place.path}.limits"] = here

    def registers(self, raw: Any, place: Place, fields: Mapping[str, Field]) -> None:
        """Clocks of registers, under `clocks` or directly by name."""
        if not self.mapping(raw, place):
            return
        for key, value in raw.items():
            here = place.key(raw, key)
            if key == "clocks":
                self.clocks(value, here, fields)
            elif key not in ORIGIN_KEYS:
                self.clock(value, here, fields)

    def stages(self, raw: Any, place: Place) -> None:
        if not self.mapping(raw, place):
            return
        read.unknown_keys(raw, COMMANDS, place)
        for key, value in raw.items():
            here = place.key(raw, key)
            try:
                stated = value.get("value", value.get("basis")) if isinstance(value, Map) else value
                self.book.stages[key] = read.basis_of(stated, self.book.name)
            except Wrong as wrong:
                here.note(wrong)

    def jurisdiction(self, raw: Any, place: Place) -> None:
        if not self.mapping(raw, place):
            return
        read.unknown_keys(raw, ("code", "name", "level", "parent"), place)
        found = {"code": "", "name": self.book.name, "level": "", "parent": "000000"}
        readers: dict[str, Reader] = {"level": read.one_of(*LEVELS)}
        if "name" not in raw:
            place.key(raw, "name").incomplete("缺少地名", "补上 name, 例如 name: 某某市")
        for key in found:
            if raw.get(key) is not None:
                here = place.key(raw, key)
                try:
                    reader: Reader = readers.get(key, read.text)
                    found[key] = reader(raw[key], here, self.nothing)
                except Wrong as wrong:
                    here.note(wrong)
        self.book.jurisdiction = Jurisdiction(**found)


def _has_rows(found: Any) -> bool:
    """Rows carry their own sources and are warned of one by one; so do free-form figures."""
    if isinstance(found, (list, dict)):
        return True
    limits = getattr(found, "limits", None)
    return limits is not None or (isinstance(found, tuple) and (not found or hasattr(found[0], "basis")))
