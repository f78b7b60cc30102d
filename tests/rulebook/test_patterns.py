"""Regular expressions that would run without end on people's texts are refused; the rest comes to an end in time."""

from __future__ import annotations

import re
import time

import pytest

from tests.rulebook.books import Shelf
from yixian.lifecycle import checking
from yixian.rulebook.patterns import hazard, open_repeats

BOMBS = (
    *("(a+)+$", "(.*)*x", "(a|aa)+$", "(a|a)*b", "(?i)(a|Ab)+c", r"(\w+\s?)*!", "(a{1,50}){1,50}b", "(?:a?){30}a{30}"),
    *("(x+x+)+y", "(?=(a+)+b)a", "(|甲)+乙", "(?:.*,){12}p", ".*.*.*=", "a?" * 20 + "a" * 20, "(?>(a+)+)b"),
)
FINE = (
    *(
        "某(人|处|物)",
        r"\*{2,}|＊+",
        "[Xx](?<![A-Za-z0-9]{2})[Xx]+(?![A-Za-z0-9])",
        r"(\d{1,3}\.){3}\d",
        "(?:甲|乙)+丙",
    ),
    *("尊敬的.+您好，您反映的.+问题已收悉", "第.+条", "您好(先生)", r"网友：\s*您好"),
)


@pytest.mark.parametrize("pattern", BOMBS)
def test_what_could_run_without_end_is_refused(pattern: str) -> None:
    re.compile(pattern)
    assert hazard(pattern)


@pytest.mark.parametrize("pattern", FINE)
def test_plain_patterns_are_taken(pattern: str) -> None:
    assert hazard(pattern) == ""


@pytest.mark.parametrize("key", ["openings", "banned", "closings"])
def test_a_book_with_one_is_told_where_and_what_would_be_right(shelf: Shelf, key: str) -> None:
    shelf.put("a", f"replies:\n  - {{when: {{}}, {key}: ['(?:a+)+$'], severity: refuse, basis: '1'}}\n")
    found = next(one for one in shelf.library().findings("a") if one.kind == "error" and "(?:a+)+$" in one.message)
    assert "算不完" in found.message
    assert "不套叠" in found.remedy
    assert found.line


def test_open_repeats_on_a_long_text_come_to_an_end() -> None:
    """A text made to try every beginning against every end: in one piece this would take hours."""
    pattern = "第.+条.+款"
    assert (hazard(pattern), open_repeats(pattern)) == ("", 2)
    started = time.monotonic()
    assert checking._hits(pattern, "第条" * 10_000, 3) == []
    assert time.monotonic() - started < 30
    found = checking._hits(pattern, "啊" * 9_300 + "第三条第二款" + "啊" * 3_000, 3)
    assert [(hit.start(), hit.group()) for hit in found] == [(9_300, "第三条第二款")]
    assert not checking._opens("尊敬的" + "您好，您反映的" * 2_500, "尊敬的.+您好，您反映的.+问题已收悉")
