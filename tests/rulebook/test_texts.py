"""Versions that stand in no file: beside the files, or in the place of one with the same label; their errors."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from yixian.rulebook import BookText, Library, RulebookError
from yixian.rulebook.sections import read_text
from yixian.rulebook.yaml_source import SourceError, parse_yaml

OLD = 'document: {title: 旧, effective: 2024-01-01}\ncategories: {value: [甲], basis: "1"}\n'
NEW = 'document: {title: 新, effective: 2025-01-01, supersedes: 旧}\ncategories: {value: [甲, 乙], basis: "1"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one book of one version."""
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "2024-01-01.yaml").write_text(OLD, encoding="utf-8")
    return tmp_path


def test_a_text_stands_beside_the_files(folder: Path) -> None:
    library = Library.load(
        built_in=folder, texts=[BookText("place", "2025-01-01", NEW), BookText("other", "undated", OLD)]
    )
    assert library.names() == ["other", "place"]
    assert [book.version for book in library.versions("place")] == ["2024-01-01", "2025-01-01"]
    governing = [library.version("place", day).book for day in (dt.date(2024, 12, 31), dt.date(2025, 1, 1))]
    assert [book and book.document.title for book in governing] == ["旧", "新"]
    assert library.source("place", "2025-01-01") == NEW
    assert library.source("place", "2024-01-01") == OLD
    assert library.folder("other") is None


def test_a_text_takes_the_place_of_the_file_with_its_label(folder: Path) -> None:
    other = OLD.replace("旧", "改")
    library = Library.load(built_in=folder, texts=[BookText("place", "2024-01-01", other)])
    assert [book.document.title for book in library.versions("place")] == ["改"]


def test_errors_name_the_text_and_its_line(folder: Path) -> None:
    library = Library.load(built_in=folder, texts=[BookText("place", "2025-01-01", NEW + "limt: 1\n")])
    assert library.version("place", dt.date(2024, 6, 1)).book is not None
    with pytest.raises(RulebookError) as wrong:
        library.version("place", dt.date(2025, 6, 1))
    assert (wrong.value.findings[0].file, wrong.value.findings[0].line) == ("已发布:place/2025-01-01", 3)


def test_a_draft_stands_among_the_others_without_changing_them(folder: Path) -> None:
    library = Library.load(built_in=folder)
    flat = read_text("place", NEW, "草稿")
    assert flat.version == "2025-01-01"
    standing = library.standing(flat)
    assert [book.version for book in standing.versions("place")] == ["2024-01-01", "2025-01-01"]
    assert [book.version for book in library.versions("place")] == ["2024-01-01"]
    book, findings = standing.checked("place", "2025-01-01")
    assert book is not None
    assert [one for one in findings if one.kind == "error"] == []
    assert read_text("place", "document: {effective: unknown}", "草稿").version == "undated"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: " + "[" * 100_000, "嵌套超过"),
        ("- " * 100_000, "嵌套超过"),
        ("? " * 100_000, "嵌套超过"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"b{i}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n"
         for i in range(9)), "展开后过大"),
        ("a: \x00", "控制字符"),
        ("a: \ud800", "不成立的字符"),
    ],
)  # fmt: skip
def test_what_could_stop_the_process_is_refused_before(text: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        parse_yaml(text, Path("x"))


def test_references_that_stay_small_are_fine() -> None:
    assert parse_yaml("a: &a {x: 1}\nb: *a\nc: [*a, *a]", Path("x"))["c"][1]["x"] == 1
