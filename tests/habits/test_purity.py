"""The pure rooms read no clock; no jurisdiction is named in code: law is data in rulebooks."""

from __future__ import annotations

import ast
from functools import cache

import pytest
import yaml
from tests.habits.source import PACKAGE, docstrings, modules, of_rooms, short, tree

PURE = ("rulebook", "lifecycle", "scenario")
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "monotonic", "perf_counter", "localtime", "gmtime"}
CLOCK_OWNERS = {"datetime", "date", "time"}
# A command line is where the clock comes in: it asks for the day and hands it down.
MAY_READ_THE_CLOCK = {"rulebook/cli.py"}
# The demo shows five real jurisdictions and the benchmark runs under one: those names are their data.
MAY_NAME_JURISDICTIONS = ("ops/demo", "ops/bench/story.py")


@pytest.mark.parametrize("path", of_rooms(*PURE), ids=short)
def test_pure_code_reads_no_clock(path) -> None:
    if short(path) in MAY_READ_THE_CLOCK:
        pytest.skip("a command line")
    bad = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner in CLOCK_OWNERS:
                bad.append(f"line {node.lineno}: {owner}.{node.attr}")
        if isinstance(node, ast.Import) and any(alias.name == "time" for alias in node.names):
            bad.append(f"line {node.lineno}: import time")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            bad.append(f"line {node.lineno}: from time import")
    assert not bad, f"{short(path)}: `now` comes in as an argument: {bad}"


@cache
def jurisdictions() -> frozenset[str]:
    """The names by which code could single out a jurisdiction: the books' folders and the names inside them."""
    names: set[str] = set()
    for path in sorted((PACKAGE / "rulebook" / "books").glob("*/*.yaml")):
        folder = path.parent.name
        if folder == "national":
            continue
        head = yaml.safe_load(path.read_text(encoding="utf-8")).get("jurisdiction") or {}
        full = str(head.get("name", ""))
        names |= {folder, full, full.removesuffix("市").removesuffix("省").removesuffix("县").removesuffix("自治区")}
    return frozenset(name for name in names if len(name) > 1)


def test_the_books_are_found() -> None:
    assert {"anhui", "珠海"} <= jurisdictions()


@pytest.mark.parametrize("path", modules(), ids=short)
def test_code_names_no_jurisdiction(path) -> None:
    if short(path).startswith(MAY_NAME_JURISDICTIONS):
        pytest.skip("names are its data")
    module = tree(path)
    written = {id(node) for node in docstrings(module)}
    bad = []
    for node in ast.walk(module):
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in written:
            text = node.value
        elif isinstance(node, ast.Name):
            text = node.id
        bad += [f"line {node.lineno}: {name}" for name in jurisdictions() if name in text]
    assert not bad, f"{short(path)}: a jurisdiction's rules belong in its book: {bad}"
