"""The source tree as habit tests look at it: files, syntax trees, rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "yixian"


@cache
def modules() -> tuple[Path, ...]:
    """Every Python module of the package, migrations aside."""
    return tuple(sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of one module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def rooms() -> list[Path]:
    """The rooms: the package's folders."""
    return sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def short(path: Path) -> str:
    """A module's path inside the package, as exemptions name it."""
    return path.relative_to(PACKAGE).as_posix()


def of_rooms(*names: str) -> list[Path]:
    """The modules of the named rooms."""
    return [path for path in modules() if path.relative_to(PACKAGE).parts[0] in names]


def docstrings(module: ast.Module) -> Iterator[ast.Constant]:
    """The string nodes that are docstrings, so that a search through strings can leave them out."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(module):
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr):
            value = node.body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value
