"""`yixian rulebook`: check, show, diff."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from tests.rulebook.books import Shelf
from yixian.rulebook.cli import rulebook
from yixian.rulebook.findings import matches

LOOSE = 'extends: p\nclocks: {reply: {limit: 9wd, basis: "1"}}\n'


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(rulebook, [str(one) for one in arguments])
    return result.exit_code, result.output


def parent(shelf: Shelf) -> None:
    shelf.put("p", 'clocks: {reply: {owner: unit, starts: dispatched, stops: [replied], limit: 5wd, basis: "7"}}\n')


def test_all_built_in_books_pass() -> None:
    code, words = run("check")
    assert (code, words.count("不通过")) == (0, 0)
    assert "共 6 本规则书" in words


def test_an_error_is_printed_and_fails(shelf: Shelf) -> None:
    file = shelf.put("a", "clocks: {reply: {limt: 5wd}}\n")
    for target in (shelf.folder, file.parent, file):
        code, words = run("check", target)
        assert code == 1
        assert "clocks.reply.limt" in words
        assert "'limit'" in words


def test_a_looser_child_passes_with_a_warning(shelf: Shelf) -> None:
    parent(shelf)
    shelf.put("a", LOOSE)
    code, words = run("check", "a", "--rulebooks", shelf.folder)
    assert code == 0
    assert "9 个工作日, 上级 5 个工作日" in words


def test_expectations_are_compared_exactly(shelf: Shelf) -> None:
    parent(shelf)
    folder = shelf.put("a", LOOSE + "clock: {}\n").parent
    expect = folder / "expect.yaml"
    for text, code in [
        ("{warnings: [clocks.reply.limit], errors: [clock]}", 0),
        ("{warnings: [clocks.reply], errors: [clock]}", 0),
        ("{errors: [clock]}", 1),
        ("{warnings: [clocks.reply.limits]}", 1),
        ("{warnings: [clocks.reply.limits], errors: [clock, counting.start]}", 1),
        ("{warning: []}", 1),
    ]:
        expect.write_text(text, encoding="utf-8")
        assert run("check", folder)[0] == code, text


def test_paths_match_by_segment() -> None:
    assert matches("clocks.reply.limits", "clocks.reply.limits[2].when.category")
    assert matches("clocks.reply.limit", "clocks.reply.limits")
    assert not matches("clocks.rep", "clocks.reply")


def test_unknown_targets_and_dates_are_said() -> None:
    assert run("check", "zhuhia")[0] == 1
    assert "zhuhai" in run("show", "zhuhia")[1]
    assert "2024-05-01" in run("show", "zhuhai", "--on", "昨天")[1]


def test_show_names_article_origin_and_book() -> None:
    code, words = run("show", "zhuhai", "--on", "2024-05-01")
    assert code == 0
    assert "类别 咨询: 2 个工作日  [条文] 第十一条第(一)项" in words
    assert "[未规定] 第十一条第(三)项" in words
    assert "来自 national" in words
    data = json.loads(run("show", "changzhi", "--json")[1])
    assert data["status"] == "in_force"
    assert all(line["name"] for line in data["parameters"])


def test_show_says_what_is_not_in_force() -> None:
    assert "尚未生效" in run("show", "zhuhai", "--on", "2020-01-01")[1]
    assert "已过有效期" in run("show", "zhuhai", "--on", "2030-01-01")[1]


def test_diff_lists_only_what_differs() -> None:
    code, words = run("diff", "zhuhai", "anhui", "--on", "2024-05-01")
    assert code == 0
    assert "第二个工作日起算" in words
    assert "次日起算" in words
    assert "共 0 处不同" in run("diff", "zhuhai", "zhuhai")[1]
    rows = json.loads(run("diff", "zhuhai", "lezhi", "--json")[1])
    assert all(row["first"]["value"] != row["second"]["value"] for row in rows)


def test_the_room_is_pure() -> None:
    """Reading rulebooks needs no Django: an official may check a book on any machine."""
    words = "import sys, yixian.rulebook, yixian.rulebook.cli; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0
