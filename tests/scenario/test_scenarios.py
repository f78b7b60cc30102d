"""Every scenario of the project holds; the runner tells what differs and refuses what is no scenario."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from yixian.rulebook import Library
from yixian.scenario import read_scenarios, run
from yixian.scenario.cli import group
from yixian.scenario.source import ScenarioError, files_of, read_scenario

ROOT = Path(__file__).resolve().parents[2] / "scenarios"
BOOKS = ("anhui", "zhuhai", "lezhi", "changzhi", "neimenggu")
OWN_BOOKS = ROOT / "language" / "books"


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load(extra=[OWN_BOOKS])


@pytest.mark.parametrize("file", files_of([ROOT / name for name in BOOKS]), ids=_name)
def test_law(file: Path, library: Library) -> None:
    outcome = run(read_scenario(file), library)
    assert outcome.ok, [result.differences for result in outcome.results if result.differences] or outcome.error


@pytest.mark.parametrize(
    "file", [file for file in files_of([ROOT / "language"]) if "broken_books" not in file.parts], ids=_name
)
def test_language(file: Path, library: Library) -> None:
    outcome = run(read_scenario(file), library)
    assert outcome.ok, [result.differences for result in outcome.results if result.differences] or outcome.error


def test_there_are_at_least_sixty_over_the_five_books() -> None:
    assert len(read_scenarios([ROOT / name for name in BOOKS])) >= 60


SCENARIO = """rulebook: zhuhai
title: 例
steps:
  - at: 2026-11-23T10:00
    do: register
    with: {category: 咨询, channel: phone, text: 例, requester: {phone: "1"}}
    expect: {state: EXPECTED}
"""


def test_what_differs_is_told_and_the_exit_code_says_so(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SCENARIO.replace("EXPECTED", "registered"), encoding="utf-8")
    bad.write_text(SCENARIO.replace("EXPECTED", "closed"), encoding="utf-8")
    assert CliRunner().invoke(group, ["run", str(good)]).exit_code == 0
    told = CliRunner().invoke(group, ["run", str(tmp_path), "--json"])
    assert told.exit_code == 1
    data = json.loads(told.output)
    assert (data["passed"], data["failed"]) == (1, 1)
    assert data["scenarios"][0]["steps"][0]["differences"] == [
        {"key": "state", "expected": "closed", "actual": "registered"}
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rulebok: zhuhai\n", "rulebook"),
        (SCENARIO.replace("do: register", "do: registr"), "register"),
        (SCENARIO.replace("expect: {state", "expect: {stat"), "state"),
        (SCENARIO.replace("2026-11-23T10:00", "昨天"), "2023-09-04T10:00"),
        ("rulebook: zhuhai\nsteps: []\n", "至少一步"),
        ("rulebook: [\n", "第"),
    ],
)
def test_what_is_no_scenario(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_scenario(file)
    assert words in str(error.value)


def test_an_unknown_book_fails_the_scenario(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(SCENARIO.replace("zhuhai", "zhuhay"), encoding="utf-8")
    outcome = run(read_scenario(file), Library.load())
    assert not outcome.ok
    assert "zhuhai" in outcome.error
