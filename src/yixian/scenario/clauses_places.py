"""Where a clause lives: whether a parameter of a book, a command, or a module of the code is really there.

Code is looked up in the source tree and never imported, so that the check stays pure.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from yixian.lifecycle import COMMANDS
from yixian.rulebook import Leaf, Rulebook
from yixian.rulebook.model import RowTable

COMMAND = "command:"
CODE = "yixian."
_SOURCE = Path(__file__).resolve().parents[2]
_ALIASES = {"return": "returns"}
_NAMES = ("key", "name", "tier", "template", "when", "card")


def stands(place: str, book: Rulebook) -> bool:
    """Whether a place named by a clause exists."""
    if place.startswith(COMMAND):
        return place.removeprefix(COMMAND) in COMMANDS
    if place.startswith(CODE):
        return _in_code(place)
    return place in book.leaves or _in_book(book, place)


def _in_book(book: Rulebook, path: str) -> bool:
    here: Any = book
    for part in path.split("."):
        here = _step(here, part)
        if here is None:
            return False
    return here not in ((), {}, "")


def _step(here: Any, part: str) -> Any:
    """One part of a dotted path: a field, a key of a table, or the row of that name."""
    if isinstance(here, Leaf) and not hasattr(here, part):
        here = here.value
    if isinstance(here, Mapping):
        return here.get(part)
    if isinstance(here, RowTable):
        here = here.rows
    if isinstance(here, tuple):
        return next((row for row in here if part in (getattr(row, name, None) for name in _NAMES)), None)
    found = getattr(here, _ALIASES.get(part, part), None)
    return found.rows or None if isinstance(found, RowTable) else found


def _in_code(place: str) -> bool:
    module, _, name = place.partition(":")
    path = _SOURCE.joinpath(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    return file.is_file() and (not name or name in defined(file))


@cache
def defined(file: Path) -> frozenset[str]:
    """The functions, classes and constants of a Python file; methods as `Class::name`."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8"), filename=str(file)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
            found |= {f"{node.name}::{item.name}" for item in node.body if isinstance(item, ast.FunctionDef)}
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return frozenset(found)
