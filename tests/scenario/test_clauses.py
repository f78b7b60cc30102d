"""The clause table: every clause of every book is there, lives where it says, and is shown by what passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from yixian.rulebook import Library
from yixian.scenario import clauses, clauses_cli
from yixian.scenario.clauses import ClausesError, ClauseTable, load, names
from yixian.scenario.clauses_check import Stage, check

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load()


@pytest.fixture(scope="module")
def stage(library: Library) -> Stage:
    return Stage(ROOT, library)


@pytest.mark.parametrize("name", names())
def test_every_clause_is_there_and_shown(name: str, library: Library, stage: Stage) -> None:
    table = load(name)
    assert table.book == name
    assert [str(fault) for fault in check(table, clauses_cli.newest(library, name), stage)] == []
    assert [one.id for one in table.clauses if one.todo is not None] == []


def test_every_book_that_is_a_paper_has_a_table(library: Library) -> None:
    papers = {name for name in library.names() if library.versions(name)[-1].jurisdiction.code != "000000"}
    assert set(names()) == papers


def test_the_page_says_what_the_tables_say(library: Library) -> None:
    every = [(load(name), clauses_cli.newest(library, name)) for name in names()]
    assert clauses_cli.is_current(ROOT, every), "run: yixian clauses --write"


ROW = """book: sample
articles: ["22"]
rooms: {知识库: ["19"]}
clauses:
  - id: X-1
    article: "22"
    kind: S
    asks: 从第二个工作日起算
    lives: [counting.start, "command:reply", "yixian.orders.progress"]
    shown: [scenarios/a.yaml]
"""
SCENARIO = """rulebook: sample
title: 例
clauses: ["22"]
steps:
  - at: 2026-11-23T10:00
    do: register
    with: {category: 咨询, channel: phone, text: 例, requester: {phone: "1"}}
    expect: {state: registered}
"""
BOOK = """jurisdiction: {code: "990000", name: 例市, level: city, parent: "000000"}
document: {title: 例市办法, effective: {value: 2020-01-01, basis: "22"}}
extends: national
categories: {value: [咨询], basis: "22"}
counting: {start: {value: second_working_day, basis: "22"}}
"""


def faults(folder: Path, row: str, scenario: str = SCENARIO) -> list[str]:
    """What the check says of one row, over a book, scenario and test of its own."""
    files = {
        "tables/sample.yaml": row,
        "books/sample/2020-01-01.yaml": BOOK,
        "scenarios/a.yaml": scenario,
        "tests/test_a.py": "def test_one() -> None: ...\n",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    library = Library.load(extra=[folder / "books"])
    table = load("sample", folder / "tables")
    return [fault.message for fault in check(table, library.versions("sample")[-1], Stage(folder, library))]


def test_a_whole_row_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, ROW) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("counting.start,", "counting.begin,", "counting.begin 在规则书和代码里都找不到"),
        ("command:reply", "command:replay", "command:replay 在规则书和代码里都找不到"),
        ("yixian.orders.progress", "yixian.orders.progress:nothing", "找不到"),
        ("scenarios/a.yaml", "scenarios/b.yaml", "没有场景 scenarios/b.yaml"),
        ("scenarios/a.yaml", "tests/test_a.py::test_two", "没有测试 tests/test_a.py::test_two"),
        ("    shown: [scenarios/a.yaml]\n", "", "没有示例"),
        ("    shown: [scenarios/a.yaml]\n", "    room: 知识库\n", "22 不属于知识库"),
        ("    shown: [scenarios/a.yaml]\n", "    room: 图书馆\n", "没有 '图书馆' 这个部分"),
        ('articles: ["22"]', 'articles: ["22", "23"]', "原文有这一条, 对照表里没有"),
        ('    article: "22"', '    article: "23"', "规则书引了这一条, 对照表里没有"),
        ("clauses:\n", "clauses:\n  - {id: X-1, article: 9, kind: S, asks: 例, todo: 例}\n", "不止一次"),
    ],
)
def test_what_is_not_so_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in ROW
    assert any(words in fault for fault in faults(tmp_path, ROW.replace(old, new)))


def test_a_scenario_must_hold_and_must_list_the_clause(tmp_path: Path) -> None:
    assert any("不符" in fault for fault in faults(tmp_path, ROW, SCENARIO.replace("registered", "closed")))
    assert any("clauses 里没有 22" in fault for fault in faults(tmp_path, ROW, SCENARIO.replace('"22"', '"21"')))


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (ROW, clauses.SHOWN),
        (ROW.replace("kind: S", "kind: M"), clauses.METADATA),
        (ROW + "    todo: 没有登记簿\n", clauses.PARTLY),
        (ROW.replace("shown: [scenarios/a.yaml]", "todo: 没有登记簿"), clauses.MISSING),
        (ROW.replace("shown: [scenarios/a.yaml]", "room: 知识库"), clauses.ROOM),
    ],
)
def test_each_row_is_counted_once(tmp_path: Path, row: str, status: str) -> None:
    counted = _table(tmp_path, row).counted()
    assert (counted.pop(status), sum(counted.values())) == (1, 0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("asks:", "ask:", "第 8 行: 没有 'ask' 这一项, 是否指 'asks'"),
        ("kind: S", "kind: X", "没有 'X' 这一类"),
        ("    asks: 从第二个工作日起算\n", "", "缺少 'asks'"),
        ("clauses:", "clauses: 无\nrows:", "组成的一张表"),
    ],
)
def test_what_is_no_table(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ClausesError) as error:
        _table(tmp_path, ROW.replace(old, new))
    assert words in str(error.value)


def test_the_command_prints_checks_and_names_what_it_does_not_know() -> None:
    name = names()[0]
    printed = CliRunner().invoke(clauses_cli.command, [name])
    assert printed.exit_code == 0
    assert "要求: " in printed.output
    assert "未实现" in printed.output
    unknown = CliRunner().invoke(clauses_cli.command, ["nowhere"])
    assert unknown.exit_code == 1
    assert name in unknown.output


def test_a_clause_that_nothing_shows_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    name = names()[-1]
    whole = load(name)
    first = replace(whole.clauses[0], todo="还没有")
    assert CliRunner().invoke(clauses_cli.command, [name, "--check"]).exit_code == 0
    open_one = replace(whole, clauses=(first, *whole.clauses[1:]))
    monkeypatch.setattr(clauses_cli, "load", lambda book: open_one if book == name else load(book))
    assert CliRunner().invoke(clauses_cli.command, [name, "--check"]).exit_code == 1


@pytest.mark.parametrize(
    ("article", "found"), [("22", True), ("22.1", True), ("22(3)", True), ("2", False), ("221", False)]
)
def test_an_article_finds_its_clauses(tmp_path: Path, article: str, found: bool) -> None:
    assert bool(_table(tmp_path, ROW).of(article)) is found


def _table(folder: Path, row: str) -> ClauseTable:
    (folder / "sample.yaml").write_text(row, encoding="utf-8")
    return load("sample", folder)
