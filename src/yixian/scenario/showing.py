"""What shows that an article works: its scenarios, played on the spot, and its tests by name.

Scenarios and tests lie in the project's folder and are no part of the installed package; without them `root` is None.
An outcome is kept per book version and file, so that a page asked for twice plays nothing twice.
"""

from __future__ import annotations

from pathlib import Path
from weakref import WeakKeyDictionary

from yixian.rulebook import Library, Rulebook
from yixian.scenario.clauses import ClauseTable, inside
from yixian.scenario.runner import Outcome, run
from yixian.scenario.source import Scenario, ScenarioError, files_of, read_scenario

CHECKOUT = Path(__file__).resolve().parents[3]
_MOST_KEPT = 2_000
_read: dict[tuple[Path, int], Scenario | None] = {}
_played: WeakKeyDictionary[Library, dict[tuple[Path, int, str], Outcome]] = WeakKeyDictionary()


def root(folder: Path = CHECKOUT) -> Path | None:
    """The project's folder, None where only the package is installed."""
    return folder if (folder / "scenarios").is_dir() and (folder / "tests").is_dir() else None


def scenarios(table: ClauseTable | None, book: str, article: str, folder: Path) -> list[Scenario]:
    """The scenarios that demonstrate an article: named by its clauses, or listing it; sorted by title.

    A file that is no scenario is passed over; `yixian scenario run` tells what is wrong with it.
    """
    named = {folder / path for clause in (table.of(article) if table else ()) for path in clause.shown}
    own = folder / "scenarios" / book
    found = []
    for file in files_of([own]) if own.is_dir() else []:
        scenario = _scenario(file)
        if scenario and (file in named or any(_touches(one, article) for one in scenario.clauses)):
            found.append(scenario)
    return sorted(found, key=lambda scenario: scenario.title)


def tests(table: ClauseTable | None, article: str) -> list[str]:
    """The tests that demonstrate an article, by path and name."""
    shown = [path for clause in (table.of(article) if table else ()) for path in clause.shown]
    return list(dict.fromkeys(path for path in shown if not path.endswith((".yaml", ".yml"))))


def play(scenario: Scenario, book: Rulebook, library: Library) -> Outcome:
    """How a scenario goes today."""
    kept = _played.setdefault(library, {})
    key = (scenario.file, scenario.file.stat().st_mtime_ns, book.version)
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = run(scenario, library)
    return kept[key]


def _touches(clause: str, article: str) -> bool:
    return clause == article or inside(clause, article) or inside(article, clause)


def _scenario(file: Path) -> Scenario | None:
    key = (file, file.stat().st_mtime_ns)
    if key not in _read:
        try:
            _read[key] = read_scenario(file)
        except ScenarioError:
            _read[key] = None
    return _read[key]
