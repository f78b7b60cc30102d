"""Damage to a book ends in a list of errors or in a book, never in a crash: any value replaced by any kind of thing."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from yixian.rulebook import Library, RulebookError
from yixian.rulebook.loader import BUILT_IN
from yixian.rulebook.present import lines

BOOKS = {path.parent.name: path for path in sorted(BUILT_IN.glob("*/*.yaml")) if path.stem != "expect"}
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, "", "x", "5wd", "none", [], [None], [[]], ["x"], {}, {"value": None}, {"value": {}},
    {"value": [1, {}]}, {"x": {"y": 1}}, {"when": {}}, [{"when": None}], [{"when": {"category": None}}], "9" * 400,
    {"limits": None}, {"limits": [{"limit": "1wd"}]}, "2024-02-30", ["**"], {"basis": "1"}, {"basis": []},
)  # fmt: skip


def paths(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a tree below its root."""
    found = [here] if here else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        found += paths(value, (*here, key))
    return found


def replaced(tree: Any, where: tuple[Any, ...], what: Any) -> Any:
    made = copy.deepcopy(tree)
    inner = made
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = what
    return made


TREES = {name: yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) for name, path in BOOKS.items()}
PLACES = [(name, where) for name, tree in TREES.items() for where in paths(tree)]


@settings(max_examples=120, deadline=None)
@given(place=st.sampled_from(PLACES), what=st.sampled_from(ODD))
def test_damage_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str, tuple[Any, ...]], what: Any
) -> None:
    name, where = place
    folder: Path = tmp_path_factory.mktemp("books")
    file = folder / "damaged" / BOOKS[name].name
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(replaced(TREES[name], where, what), allow_unicode=True), encoding="utf-8")
    library = Library.load([folder])
    found = library.findings("damaged")
    assert all(one.message and (one.remedy or one.kind != "error") for one in found)
    if any(one.kind == "error" for one in found):
        with pytest.raises(RulebookError):
            library.version("damaged", dt.date(2026, 5, 1))
        return
    book = library.version("damaged", dt.date(2026, 5, 1)).book
    assert book is not None
    assert lines(book)
