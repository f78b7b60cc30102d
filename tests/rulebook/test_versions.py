"""Versions by date: not yet, in force, expired and no such book are four answers; parents follow the day."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rulebook.books import Shelf
from yixian.rulebook import Library, RulebookError

DAY = dt.date(2024, 6, 1)


def versions(shelf: Shelf) -> Library:
    shelf.put(
        "a",
        "document: {title: 旧办法, effective: 2020-01-01, expires: 2021-12-31, basis: '20'}\n",
        "2020-01-01",
        head=False,
    )
    shelf.put("a", "document: {title: 新办法, effective: {value: 2022-03-01, basis: '30'}}\n", "2022-03-01", head=False)
    return shelf.library()  # fmt: skip


def test_the_four_answers(shelf: Shelf) -> None:
    library = versions(shelf)

    def answer(day: str) -> tuple[str, str | None, tuple[str, ...]]:
        found = library.version("a", dt.date.fromisoformat(day))
        return found.status, found.book.document.title if found.book else None, found.basis

    assert answer("2019-12-31") == ("not_yet", "旧办法", ("a:20",))
    assert answer("2020-01-01") == ("in_force", "旧办法", ("a:20",))
    assert answer("2021-12-31") == ("in_force", "旧办法", ("a:20",))
    assert answer("2022-01-01") == ("expired", "旧办法", ("a:20",))
    assert answer("2022-03-01") == ("in_force", "新办法", ("a:30",))
    missing = library.version("zhuhia", DAY)
    assert (missing.status, missing.book) == ("unknown", None)
    assert "zhuhai" in missing.message


def test_expired_may_continue(shelf: Shelf) -> None:
    shelf.put(
        "a",
        "document: {title: 办法, effective: 2020-01-01, expires: 2021-12-31, expired: continue}\n",
        "2020-01-01",
        head=False,
    )
    found = shelf.library().version("a", DAY)
    assert (found.status, found.governs) == ("continued", True)


def test_undated_is_in_force_since_ever(shelf: Shelf) -> None:
    shelf.put("a", "", "undated")
    assert shelf.library().version("a", dt.date(1990, 1, 1)).status == "in_force"


@pytest.mark.parametrize(
    "second",
    ["document: {title: 乙, effective: 2020-06-01}\n"],
)
def test_published_versions_that_overlap_are_said_to(shelf: Shelf, second: str) -> None:
    shelf.put("a", "document: {title: 甲, effective: 2020-01-01, expires: 2022-12-31}\n", "2020-01-01", head=False)
    shelf.put("a", second, "2020-06-01", head=False)
    assert shelf.errors("a") == []
    assert any("重叠" in finding.message for finding in shelf.library().findings("a"))
    shelf.put("a", second.replace("乙,", "乙, supersedes: 甲,"), "2020-06-01", head=False)
    assert not any("重叠" in finding.message for finding in shelf.library().findings("a"))


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("{title: 甲, effective: 2020-01-02}", "document.effective"),
        ("{title: 甲, effective: 2020-01-01, expires: 2019-01-01}", "document.expires"),
        ("{title: 甲, effective: unknown}", "document.effective"),
    ],
)
def test_dates_that_contradict(shelf: Shelf, document: str, path: str) -> None:
    shelf.put("a", f"document: {document}\n", "2020-01-01", head=False)
    assert path in [found for found, _ in shelf.errors("a")]


def test_a_parents_new_version_reaches_new_days_and_both_can_be_found_again(shelf: Shelf) -> None:
    shelf.put("p", 'counting: {start: moment, basis: "1"}\n', "2020-01-01")
    shelf.put("p", 'counting: {start: next_day, basis: "2"}\n', "2025-01-01")
    shelf.put("a", "extends: p\n", "2021-01-01")
    library = shelf.library()
    before, after = (library.version("a", dt.date(year, 5, 1)).book for year in (2024, 2025))
    assert before is not None
    assert after is not None
    assert (before.version, before.counting.start.value) == ("2021-01-01", "moment")
    assert (after.version, after.counting.start.value) == ("2021-01-01+p@2025-01-01", "next_day")
    assert library.book("a", before.version) is before
    assert library.book("a", after.version) is after
    with pytest.raises(RulebookError, match="没有版本"):
        library.book("a", "1999-01-01")


def test_an_extra_file_replaces_the_same_version(shelf: Shelf) -> None:
    shelf.put("changzhi", "", "undated")
    book = shelf.library().version("changzhi", DAY).book
    assert book is not None
    assert book.document.title == "某市办法"


def test_books_may_stand_in_a_folder_named_books(shelf: Shelf) -> None:
    shelf.put("books/a", "")
    assert "a" in shelf.library().names()


def test_a_changed_file_is_read_anew(shelf: Shelf) -> None:
    shelf.put("a", "counting: {start: moment, local: true}\n")
    first = shelf.library().version("a", DAY).book
    shelf.put("a", "counting: {start: next_day, local: true}\n")
    second = shelf.library().version("a", DAY).book
    assert first is not None
    assert second is not None
    assert (first.counting.start.value, second.counting.start.value) == ("moment", "next_day")


def test_a_missing_folder_is_said(shelf: Shelf) -> None:
    with pytest.raises(RulebookError, match="没有这个文件夹"):
        Library.load([shelf.folder / "none"])


def test_a_book_that_expires_soon_is_named(shelf: Shelf) -> None:
    library = shelf.library()
    assert [answer.book.name for answer in library.expiring(dt.date(2028, 7, 1)) if answer.book] == ["zhuhai"]
    assert library.expiring(dt.date(2028, 5, 1)) == []
    assert library.expiring(dt.date(2028, 9, 1)) == []


@pytest.mark.parametrize("stem", ["2024-1-1", "20240101", "2024-13-01"])
def test_a_misspelt_file_name_is_said(shelf: Shelf, stem: str) -> None:
    shelf.put("a", "document: {title: 甲}\n", stem, head=False)
    assert any("施行日期" in words for _, words in shelf.errors("a"))


def test_a_parent_read_anew_by_another_thread_is_no_other_version(shelf: Shelf) -> None:
    library, other = shelf.library(), shelf.library()
    chain = library._chain(library.flat("zhuhai")[-1], DAY)
    library._flats["national"] = other.flat("national")  # what a second thread that read at the same time leaves
    assert library._label(chain) == "2023-09-01"


def test_a_label_may_name_the_parent_that_is_the_usual_one(shelf: Shelf) -> None:
    library = shelf.library()
    book = library.versions("zhuhai")[-1]
    assert library.book("zhuhai", f"{book.version}+national@{library.versions('national')[-1].version}") is book
    with pytest.raises(RulebookError):
        library.book("zhuhai", f"{book.version}+national@1999-01-01")
