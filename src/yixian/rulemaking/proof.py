"""Proof before publication: all scenarios of a book played under the version in force and under a draft of it.

The draft is played as if it stood in the place of the newest version, on that version's days, so that what changes is
what the draft says and not when it comes into force. A draft of a new place is played on its own days.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from yixian.rulebook import Library, RulebookError
from yixian.rulebook.sections import FlatBook
from yixian.rulemaking import telling
from yixian.rulemaking.texts import Reading
from yixian.scenario import Outcome, Scenario, ScenarioError, run
from yixian.scenario.source import files_of, parse_scenario, read_scenario

_IN_PROJECT = Path(__file__).resolve().parents[3] / "scenarios"
_OF_THE_PAPER = ("document.effective", "document.expires", "document.expired")
MOST_SECONDS = 300.0
MOST_LISTED = 300

Progress = Callable[[int, int], None]


class TooLong(Exception):
    """The scenarios of a draft did not come to an end in time."""


def folders() -> list[Path]:
    """Where scenarios are installed: YIXIAN_SCENARIOS (separated by ":"), else the project's own folder."""
    given = [Path(part) for part in os.environ.get("YIXIAN_SCENARIOS", "").split(":") if part]
    return [folder for folder in given or [_IN_PROJECT] if folder.is_dir()]


def installed(name: str, library: Library) -> list[Scenario]:
    """The installed scenarios that a change of this book may touch: its own, and those of the books below it."""
    names = {name, *(other for other in library.names() if name in _lineage(other, library))}
    found: list[Scenario] = []
    for file in _files():
        try:
            scenario = read_scenario(file)
        except ScenarioError:
            continue  # a broken file in the folder says nothing about the draft
        if scenario.rulebook in names:
            found.append(scenario)
    return found


def _files() -> list[Path]:
    try:
        return files_of(folders())
    except ScenarioError:
        return []


def _lineage(name: str, library: Library) -> Sequence[str]:
    try:
        return library.versions(name)[-1].lineage
    except (RulebookError, IndexError):
        return ()


def own(name: str, texts: Iterable[tuple[str, str]]) -> list[Scenario]:
    """The scenarios written for a draft, as (title, text). Raises ScenarioError."""
    return [written(name, title, text) for title, text in texts]


def written(name: str, title: str, text: str) -> Scenario:
    """One scenario that somebody wrote for a draft. Raises ScenarioError where it is not well formed."""
    scenario = parse_scenario(text, title)
    if scenario.rulebook != name:
        raise ScenarioError(scenario.file, 1, f"场景写的是规则书 {scenario.rulebook}, 这份草稿是 {name}")
    return scenario


def instead(reading: Reading, library: Library) -> Library:
    """The library with the draft in the place of its book's newest version; as it is where the book is new."""
    versions = library.flat(reading.flat.name) if reading.flat.name in library.names() else []
    return library.standing(_on_the_days_of(versions[-1], reading.flat)) if versions else reading.library


def _on_the_days_of(newest: FlatBook, draft: FlatBook) -> FlatBook:
    leaves = {path: leaf for path, leaf in draft.leaves.items() if path not in _OF_THE_PAPER}
    places = {path: place for path, place in draft.places.items() if path not in _OF_THE_PAPER}
    for path in _OF_THE_PAPER:
        if path in newest.leaves:
            leaves[path], places[path] = newest.leaves[path], newest.places[path]
    return replace(draft, version=newest.version, leaves=leaves, places=places)


def prove(reading: Reading, library: Library, mine: Sequence[Scenario], tell: Progress) -> dict[str, Any]:
    """Play everything under both; returns counts and each scenario whose result changes or that fails under the draft.

    `tell` is called now and then with how many are done. Raises TooLong.
    """
    known = library if reading.flat.name in library.names() else reading.library
    theirs = installed(reading.flat.name, known)
    draft_library, started = instead(reading, library), time.monotonic()
    listed: list[dict[str, Any]] = []
    counts = dict.fromkeys(("total", "passed", "failed", "worse", "better", "own", "own_failed", "unchanged"), 0)
    counts["total"], counts["own"] = len(theirs) + len(mine), len(mine)
    for index, scenario in enumerate((*mine, *theirs), 1):
        is_own = index <= len(mine)
        before = _play(scenario, library) if reading.flat.name in library.names() else None
        after = _play(scenario, draft_library)
        change = _change(before, after)
        counts["passed" if after.ok else "failed"] += 1
        counts["own_failed"] += is_own and not after.ok
        if change in ("worse", "better"):
            counts[change] += 1
        else:
            counts["unchanged"] += 1
        if (change != "same" or not after.ok) and len(listed) < MOST_LISTED:
            listed.append(_listed(scenario, before, after, change, is_own))
        if index % 10 == 0 or index == counts["total"]:
            tell(index, counts["total"])
            if time.monotonic() - started > MOST_SECONDS:
                raise TooLong
    order = {"worse": 0, "failing": 1, "better": 2}
    listed.sort(key=lambda item: (not (item["own"] and not item["after_ok"]), order.get(item["change"], 3)))
    return {**counts, "seconds": round(time.monotonic() - started, 1), "scenarios": listed, "installed": len(theirs)}


def _play(scenario: Scenario, library: Library) -> Outcome:
    try:
        return run(scenario, library)
    except Exception as error:  # one scenario that breaks off must not hide how the others went
        return Outcome(scenario, (), f"试跑中断: {type(error).__name__}")


def _change(before: Outcome | None, after: Outcome) -> str:
    if before is None or before.ok == after.ok:
        return "same" if after.ok else "failing"
    return "better" if after.ok else "worse"


def _listed(scenario: Scenario, before: Outcome | None, after: Outcome, change: str, is_own: bool) -> dict[str, Any]:
    return {
        "title": scenario.title[:200],
        "file": scenario.file.name if not is_own else "",
        "rulebook": scenario.rulebook,
        "clauses": list(scenario.clauses)[:20],
        "own": is_own,
        "change": change,
        "before_ok": None if before is None else before.ok,
        "after_ok": after.ok,
        "steps": telling.outcome(after if not after.ok else before or after)[:10],
    }
