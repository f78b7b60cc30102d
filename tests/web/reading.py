"""Reading an answer as a person does: its visible words, its form fields."""

from __future__ import annotations

import html
import re
from typing import Any

_HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1>", re.S)
_TAG = re.compile(r"<[^>]+>")


def page(answer: Any) -> str:
    """The answer's HTML."""
    return str(answer.content.decode())


def words(answer: Any) -> str:
    """The words that people see, tags taken off."""
    return html.unescape(" ".join(_TAG.sub(" ", _HIDDEN.sub(" ", page(answer))).split()))


def hidden(answer: Any, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page(answer))
    assert found, f"no hidden field {name}"
    return html.unescape(found[1])
