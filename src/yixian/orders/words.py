"""Chinese search: the words of a text as lexemes, and a query of people's words as a tsquery.

Words come from the segmenter in coarse and fine cuts, and every longer word that the dictionary sees anywhere, so that
站牌 is found in 公交站|牌. What people ask may be the beginning of a longer word: every query word matches as a prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import rjieba

_WORD = re.compile(r"\w+", re.UNICODE)
MOST_WORDS = 2000
MOST_QUERY_WORDS = 12
LONGEST = 40


def lexemes(*texts: str | None) -> list[str]:
    """The distinct words of these texts, without punctuation."""
    found: dict[str, None] = {}
    for text in texts:
        if text:
            overlapping = (word for word in rjieba.cut_all(text) if len(word) > 1)
            for word in (*rjieba.cut_for_search(text), *overlapping):
                if _WORD.fullmatch(word):
                    found[word.lower()[:LONGEST]] = None
    return list(found)[:MOST_WORDS]


def tsquery(text: str) -> str | None:
    """A query that all words of `text` must match, for `::tsquery`; None where there is no word in it."""
    words = dict.fromkeys(word.lower()[:LONGEST] for word in rjieba.cut(text[:200]) if _WORD.fullmatch(word))
    # 的, 了 and other single characters tell nothing beside real words, and as prefixes they match almost everything.
    real = [word for word in words if len(word) > 1] or list(words)
    return " & ".join(_quoted(real[:MOST_QUERY_WORDS])) or None


def _quoted(words: Iterable[str]) -> list[str]:
    return ["'" + word.replace("\\", "\\\\").replace("'", "''") + "':*" for word in words]
