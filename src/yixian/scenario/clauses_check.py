"""Holding a clause table against the book, the code, the scenarios and the tests; everything that is not so is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yixian.rulebook import Library, Rulebook
from yixian.scenario.clauses import Clause, ClauseTable, inside
from yixian.scenario.clauses_places import defined, stands
from yixian.scenario.runner import run
from yixian.scenario.source import ScenarioError, read_scenario


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a clause table: the clause (its id, or the article that has none) and why."""

    book: str
    clause: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.book} 第 {self.line} 行 {self.clause}: {self.message}"


@dataclass(frozen=True, slots=True)
class Played:
    """One scenario as played: the articles it lists and why it fails, if it does."""

    clauses: tuple[str, ...]
    failure: str | None


class Stage:
    """Plays each scenario once, however many clauses name it. `root` holds `scenarios/` and `tests/`."""

    def __init__(self, root: Path, library: Library) -> None:
        self.root, self.library = root, library
        self._played: dict[str, Played] = {}

    def play(self, path: str) -> Played:
        """How one scenario goes."""
        if path not in self._played:
            self._played[path] = self._run(path)
        return self._played[path]

    def _run(self, path: str) -> Played:
        try:
            scenario = read_scenario(self.root / path)
        except (ScenarioError, OSError) as error:
            return Played((), str(error))
        outcome = run(scenario, self.library)
        wrong = [f"第 {index} 步" for index, one in enumerate(outcome.results, 1) if one.differences]
        failure = None if outcome.ok else outcome.error or f"{'、'.join(wrong)}与预期不符"
        return Played(scenario.clauses, failure)


def check(table: ClauseTable, book: Rulebook, stage: Stage) -> list[Fault]:
    """Everything in a clause table that is not so."""
    found = [Fault(table.book, clause.id, clause.line, words) for clause in table.clauses for words in _about(
        clause, table, book, stage
    )]  # fmt: skip
    ids = [clause.id for clause in table.clauses]
    found += [
        Fault(table.book, clause.id, clause.line, "这一条写了不止一次")
        for index, clause in enumerate(table.clauses)
        if clause.id in ids[:index]
    ]
    held = {article for clause in table.clauses for article in clause.articles}
    found += [
        Fault(table.book, article, 0, "原文有这一条, 对照表里没有")
        for article in table.articles
        if not _covered(article, held)
    ]
    found += [
        Fault(table.book, article, 0, "规则书引了这一条, 对照表里没有")
        for article in sorted(cited(book))
        if not _covered(article, held)
    ]
    return found


def cited(book: Rulebook) -> set[str]:
    """Every article of its own paper that a book cites."""
    entries = {one for leaf in book.leaves.values() for one in leaf.basis}
    entries |= {one for basis in book.stages.values() for one in basis}
    return {article for entry in entries for owner, _, article in [entry.rpartition(":")] if owner == book.name}


def _covered(article: str, held: set[str]) -> bool:
    return any(one == article or inside(one, article) for one in held)


def _about(clause: Clause, table: ClauseTable, book: Rulebook, stage: Stage) -> Iterator[str]:
    if not (clause.shown or clause.todo or clause.room or (clause.kinds[0] in "M-" and clause.lives)):
        yield "没有示例, 也没有说明缺什么; 请在 shown、room、todo 中写一项"
    if not (clause.lives or clause.todo or clause.room):
        yield "没有写明在规则书或代码的何处 (lives)"
    for place in clause.lives:
        if not stands(place, book):
            yield f"{place} 在规则书和代码里都找不到"
    if clause.room is not None:
        may_wait = table.rooms.get(clause.room)
        if may_wait is None:
            yield f"没有 {clause.room!r} 这个部分; 可以写的有: {'、'.join(table.rooms) or '无'}"
        elif outside := [one for one in clause.articles if not _waits(one, may_wait)]:
            yield f"{'、'.join(outside)} 不属于{clause.room}, 不能写作未实现"
    if clause.shown:
        yield from _demonstrations(clause, stage)


def _waits(article: str, may_wait: tuple[str, ...]) -> bool:
    return any(article == one or inside(article, one) for one in may_wait)


def _demonstrations(clause: Clause, stage: Stage) -> Iterator[str]:
    listed: set[str] = set()
    tests = False
    for path in clause.shown:
        if "::" in path:
            tests = True
            if not _is_test(stage.root, path):
                yield f"没有测试 {path}"
            continue
        if not (stage.root / path).is_file():
            yield f"没有场景 {path}"
            continue
        played = stage.play(path)
        if played.failure:
            yield f"场景 {path} 不符: {played.failure}"
        if not any(_speaks_of(one, article) for one in played.clauses for article in clause.articles):
            yield f"场景 {path} 的 clauses 里没有 {'、'.join(clause.articles)}"
        listed.update(played.clauses)
    silent = [one for one in clause.articles if not any(_speaks_of(said, one) for said in listed)]
    if silent and not tests:
        yield f"没有场景示例 {'、'.join(silent)}"


def _speaks_of(listed: str, article: str) -> bool:
    """A scenario may list the article itself, what holds it, or a part of it."""
    return listed == article or inside(article, listed) or inside(listed, article)


def _is_test(root: Path, path: str) -> bool:
    file, _, name = path.partition("::")
    return (root / file).is_file() and name.partition("[")[0] in defined(root / file)
