"""Scenarios with a slip of the pen: each is told with its file, line, path and what was probably meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from yixian.scenario.cli import group
from yixian.scenario.source import ScenarioError, read_scenario

GOOD = """rulebook: zhuhai
title: 例
steps:
  - at: 2026-11-23T10:00
    do: register
    with: {category: 咨询, channel: phone, text: 例, requester: {phone: "1"}}
    expect: {state: registered, counts: {returns: 0}}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "line", "path", "meant"),
    [
        ("title:", "titel:", 2, "titel", "'title'"),
        ("rulebook: zhuhai\n", "", 1, "rulebook", "补上 rulebook"),
        ("    do: register\n", "", 4, "steps[0].do", "补上 do"),
        ("do: register", "do: regster", 4, "steps[0].do", "'register'"),
        ("    expect:", "    expct:", 7, "steps[0].expct", "'expect'"),
        ("state:", "stat:", 7, "steps[0].expect.stat", "'state'"),
        ("returns", "retruns", 7, "steps[0].expect.counts.retruns", "'returns'"),
        ("T10:00", "T25:00", 4, "steps[0].at", "2023-09-04T10:00"),
        ("title: 例\n", "title: 例\nunits: {市供水公司: enterprize}\n", 3, "units.市供水公司", "enterprise"),
    ],
)
def test_a_typo_is_told_with_line_path_and_remedy(
    tmp_path: Path, right: str, wrong: str, line: int, path: str, meant: str
) -> None:
    file = tmp_path / "typo.yaml"
    file.write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_scenario(file)
    assert (caught.value.line, caught.value.path) == (line, path)
    assert str(caught.value).startswith(f"{file} 第 {line} 行, {path}: ")
    assert meant in caught.value.message
    shown = CliRunner().invoke(group, ["run", str(file)])
    assert shown.exit_code == 1
    assert f"第 {line} 行, {path}" in shown.output


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        (
            "rulebook: zhuhai",
            "rulebook: zhuhia",
            r"typo\.yaml 第 1 行, rulebook: 没有名为 zhuhia 的规则书; 是不是 'zhuhai'",
        ),
        ("channel:", "chanel:", r"第 1 步\(第 4 行\).*chanel: 没有这一项, 是否指 'channel'"),
        ("state: registered", "state: registred", r"第 4 行.*state 应为 registred.*是不是 'registered'"),
        ("counts: {returns: 0}", "due: {dispach: none}", r"第 4 行.*没有名为 'dispach' 的时限, 是不是 'dispatch'"),
        ("2026-11-23", "2020-01-01", r"2023-09-01\.yaml 第 \d+ 行, document\.effective: .*补上此前有效的文本"),
    ],
)
def test_what_only_playing_finds_out_is_told_too(tmp_path: Path, right: str, wrong: str, words: str) -> None:
    file = tmp_path / "typo.yaml"
    file.write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    shown = CliRunner().invoke(group, ["run", str(file)])
    assert shown.exit_code == 1
    assert re.search(words, shown.output), shown.output


def test_the_scenario_without_a_slip_holds(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert CliRunner().invoke(group, ["run", str(file)]).exit_code == 0
