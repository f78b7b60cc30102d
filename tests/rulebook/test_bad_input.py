"""Books that contradict themselves or each other, and days that no version governs: file, line, path and remedy."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from click.testing import CliRunner

from tests.rulebook.books import Shelf
from yixian.rulebook import Library, RulebookError
from yixian.rulebook.cli import rulebook
from yixian.rulebook.findings import Finding

CITY = 'jurisdiction: {code: "990100", name: 某市, level: city}\n'


def told(shelf: Shelf, name: str, kind: str = "error") -> dict[str, Finding]:
    return {one.path: one for one in shelf.library().findings(name) if one.kind == kind}


def test_two_rows_that_match_on_equal_terms(shelf: Shelf) -> None:
    file = shelf.put(
        "a",
        CITY
        + "document: {title: 某市办法, effective: 2024-01-01}\n"
        + "clocks:\n  reply:\n    limits:\n"
        + "      - {when: {category: 咨询, channel: web}, limit: 1wd, basis: '1'}\n"
        + "      - {when: {category: 咨询}, limit: 2wd, basis: '2'}\n"
        + "      - {when: {category: [求助, 咨询]}, limit: 3wd, basis: '3'}\n",
        head=False,
    )
    found = told(shelf, "a")["clocks.reply.limits"]
    assert (found.file, found.line) == (str(file), 5)
    assert "第 2 行和第 3 行" in found.message
    assert "category: 咨询" in found.message
    assert "把取值分开" in found.remedy


def test_more_keys_are_no_tie(shelf: Shelf) -> None:
    shelf.put("a", "clocks: {reply: {limits: [{when: {category: 咨询}, limit: 1wd}, {when: {}, limit: 2wd}]}}\n")
    assert told(shelf, "a") == {}


def test_a_cycle_is_told_once_with_its_whole_round(shelf: Shelf) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        shelf.put(name, f"extends: {parent}\n")
    found = told(shelf, "a")
    assert list(found) == ["extends"]
    assert "a → b → c → a" in found["extends"].message
    assert found["extends"].line == 3
    assert found["extends"].file.endswith("a/2024-01-01.yaml")
    assert "改正其中一本的 extends" in found["extends"].remedy
    with pytest.raises(RulebookError, match="绕成了圈"):
        shelf.library().version("a", dt.date(2024, 6, 1))


def test_a_book_that_ends_before_it_begins(shelf: Shelf) -> None:
    shelf.put("a", "document: {title: 某, effective: 2024-01-01, expires: 2023-12-31}\n", head=False)
    found = told(shelf, "a")["document.expires"]
    assert found.line == 1
    assert "2023-12-31 早于施行日期 2024-01-01" in found.message
    assert found.remedy


def test_two_versions_that_begin_on_the_same_day(shelf: Shelf) -> None:
    for day in ("2024-01-01", "2024-02-01"):
        shelf.put("a", "document: {title: 某, effective: 2024-01-01}\n", day, head=False)
    found = [one for one in shelf.library().findings("a") if "施行期重叠" in one.message]
    assert [(one.kind, one.path, one.line) for one in found] == [("error", "document.effective", 1)]
    assert found[0].file.endswith("2024-02-01.yaml")
    assert "2024-01-01.yaml" in found[0].message


def test_one_who_yields_to_nobody_is_told(shelf: Shelf) -> None:
    shelf.put("a", CITY + "document: {title: 某, effective: 2024-01-01, yields_to: provence}\n", head=False)
    found = told(shelf, "a", "incomplete")["document.yields_to"]
    assert found.line == 2
    assert "province" in found.remedy


def test_a_child_that_contradicts_its_parents_categories(shelf: Shelf) -> None:
    shelf.put(
        "a", "extends: zhuhai\ncategories: [咨询]\nclocks: {reply: {limits: [{when: {category: 表扬}, limit: 1wd}]}}\n"
    )
    found = told(shelf, "a")["clocks.reply.limits"]
    assert "categories 里没有 '表扬'" in found.message
    assert "咨询" in found.remedy


@pytest.mark.parametrize(
    ("day", "status", "path", "words"),
    [
        ("2019-12-31", "not_yet", "document.effective", "早于最早版本的施行日期"),
        ("2022-01-01", "expired", "document.expires", "晚于有效期"),
    ],
)
def test_a_day_that_no_version_governs(shelf: Shelf, day: str, status: str, path: str, words: str) -> None:
    file = shelf.put(
        "a",
        "document:\n  title: 某办法\n  effective: 2020-01-01\n  expires: {value: 2021-12-31, basis: '20'}\n",
        "2020-01-01",
        head=False,
    )
    answer = shelf.library().version("a", dt.date.fromisoformat(day))
    assert answer.status == status
    assert not answer.governs
    assert day in answer.message
    assert answer.where is not None
    assert (answer.where.file, answer.where.path) == (str(file), path)
    assert answer.where.line == (3 if path.endswith("effective") else 4)
    assert words in answer.where.message
    assert "文本" in answer.where.remedy
    shown = CliRunner().invoke(rulebook, ["show", "a", "--on", day, "--rulebooks", str(shelf.folder)])
    assert re.search(rf"{re.escape(str(file))} 第 \d 行, {re.escape(path)}", shown.output)


def test_a_day_that_is_governed_says_nothing_of_it() -> None:
    assert Library.load().version("zhuhai", dt.date(2024, 1, 1)).where is None
