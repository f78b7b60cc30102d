"""docs/rulebooks.md and docs/scenarios.md say the whole language, and what they show is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rulebook.books import HEAD, Shelf
from yixian.rulebook import Library, schema, vocabulary
from yixian.scenario import run
from yixian.scenario.source import EXPECT, parse_scenario

DOCS = Path(__file__).resolve().parents[2] / "docs"
BOOKS, SCENARIOS = ((DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("rulebooks", "scenarios"))
EXAMPLES = re.findall(r"```yaml\n(.*?)```", BOOKS, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_is_a_book_without_an_error(shelf: Shelf, number: int) -> None:
    text = EXAMPLES[number]
    day = "2024-06-01" if text.startswith("#") else "undated" if "effective: unknown" in text else "2024-01-01"
    head = "" if "document:" in text else HEAD % day
    shelf.put("a", head + text, day, head=False)
    assert shelf.errors("a") == []
    assert not [one for one in shelf.library().findings("a") if one.kind in ("unsourced", "looser")]


def test_every_key_of_the_language_is_named() -> None:
    keys = {*schema.TOP_KEYS, *schema.CLOCK, *schema.REGISTER_CLOCK}
    for path, fields in schema.SECTIONS.items():
        keys |= {*path.split("."), *fields}
    keys |= {path.rpartition(".")[2] for path in schema.NAMED_AMONG_FREE}
    missing = {key for key in keys if not re.search(rf"[`{{ (]{key}[`}}, :)]", BOOKS)}
    assert missing == set()


def test_every_word_of_the_language_is_named() -> None:
    words = {*vocabulary.TRIGGERS, *vocabulary.SELECTOR_KEYS, *vocabulary.OWNERS, *vocabulary.ON_LATE}
    words |= {*vocabulary.DUPLICATE_WHEN, *vocabulary.DUPLICATE_DO, *vocabulary.SIGN_OFF_BEFORE}
    words |= {*vocabulary.EVENTS} - {"publication", "publication_date"}
    words |= {one for values in vocabulary.SELECTOR_VALUES.values() for one in values}
    assert {word for word in words if word not in BOOKS} == set()


def test_the_scenario_shown_holds_and_every_expectation_is_named() -> None:
    text = re.findall(r"```yaml\n(.*?)```", SCENARIOS, re.DOTALL)[0]
    outcome = run(parse_scenario(text, "docs/scenarios.md"), Library.load())
    assert outcome.ok, [result.differences for result in outcome.results]
    assert {key for key in EXPECT if f"`{key}`" not in SCENARIOS} == set()


def test_both_are_linked_from_where_people_begin() -> None:
    root = DOCS.parent
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (root / page).read_text(encoding="utf-8")
        assert "docs/rulebooks.md" in text, page
        assert "docs/scenarios.md" in text, page
