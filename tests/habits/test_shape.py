"""Modules say what they are for, stay small, are named by the trade, and keep logic out of signals and save()."""

from __future__ import annotations

import ast
import re

import pytest
from tests.habits.source import PACKAGE, modules, rooms, short, tree

LONGEST_MODULE = 400
LONGEST_FUNCTION = 70
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}

# Hooks of the framework's own life, at which nothing of the trade happens: rights after a migration.
FRAMEWORK_HOOKS = {"post_migrate"}

# Exemptions carry a reason. A line here is a debt: remove it when the module or function has been split.
LONG_MODULES: dict[str, str] = {
    "lifecycle/commands.py": "the public vocabulary: every command with its payload, in one table",
    "rulebook/model.py": "the typed language of rulebooks, one struct per part of it",
}
LONG_FUNCTIONS: dict[str, str] = {}


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
def test_a_room_says_what_it_is_for_and_what_to_read_first(room) -> None:
    text = ast.get_docstring(tree(room / "__init__.py")) or ""
    assert len(text.splitlines()) >= 3, f"{room.name}/__init__.py: say what the room is for and what it may touch"
    assert "Read first:" in text, f"{room.name}/__init__.py: name what to read first"
    assert len(re.findall(r"`[^`]+`", text.split("Read first:")[1])) >= 3, f"{room.name}: three names to read first"


@pytest.mark.parametrize("path", modules(), ids=short)
def test_a_module_says_in_a_few_lines_what_it_is_for(path) -> None:
    text = ast.get_docstring(tree(path))
    assert text or not tree(path).body, f"{short(path)} has no docstring"
    assert len((text or "").splitlines()) <= 12, f"{short(path)}: the docstring belongs in docs/"


def test_modules_stay_small() -> None:
    long = {short(p): n for p in modules() if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE}
    grown = {name: lines for name, lines in long.items() if name not in LONG_MODULES}
    assert not grown, f"over {LONGEST_MODULE} lines: split by noun, or exempt with a reason in {__name__}: {grown}"
    stale = sorted(set(LONG_MODULES) - set(long))
    assert not stale, f"exempt but short again: {stale}"


def test_functions_stay_small() -> None:
    long = {
        f"{short(path)}:{node.name}": length
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    grown = {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS}
    assert not grown, f"over {LONGEST_FUNCTION} lines: split by step, or exempt with a reason: {grown}"
    stale = sorted(set(LONG_FUNCTIONS) - set(long))
    assert not stale, f"exempt but short again: {stale}"


def test_names_are_the_trades_words() -> None:
    bad = [short(path) for path in modules() if path.stem in FORBIDDEN_NAMES]
    bad += [p.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*") if p.is_dir() and p.name in FORBIDDEN_NAMES]
    assert not bad, f"name a module after what it knows: {bad}"


def test_nothing_hides_in_signals_or_save() -> None:
    bad = []
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module in {"django.db.models.signals", "django.dispatch"}:
                names = {alias.name for alias in node.names} - FRAMEWORK_HOOKS
                bad += [f"{short(path)}:{node.lineno} imports {name}" for name in sorted(names)]
            if isinstance(node, ast.ClassDef) and path.name == "models.py":
                names = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                bad += [f"{short(path)}:{node.name}.{name}" for name in names & {"save", "delete"}]
    assert not bad, f"what follows from an event stands in wiring/reactions.py, what changes a row in actions.py: {bad}"
