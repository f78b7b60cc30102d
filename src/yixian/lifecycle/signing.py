"""Sign-off (签批): whose signature lets a unit begin and answer, by the order's grade; a higher signer suffices."""

from __future__ import annotations

from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import Basis
from yixian.rulebook import Rulebook

RANKS = {"分管负责人": 1, "主要负责人": 2}
"""Posts that sign, in the words of the books, from below."""


def suffices(book: Rulebook, grade: str | None, signer: str | None) -> bool:
    """Whether this signer may sign for an order of this grade: no grade counts as 一般, a higher signer suffices."""
    leaf = book.sign_off.get(grade or "一般")
    if leaf is None or signer == leaf.value:
        return True
    highest = book.sign_off.get("重点")
    return RANKS.get(signer or "", 0) >= RANKS.get(leaf.value, 99) or (highest is not None and signer == highest.value)


def signed_off(draft: Draft, signer: str | None, what: str) -> Basis:
    """签批: 重点 by the principal, 一般 by the deputy in charge; returns the articles, refuses where it does not do."""
    leaf = draft.book.sign_off.get(draft.state.grade or "一般")
    if leaf is None:
        return ()
    if not suffices(draft.book, draft.state.grade, signer):
        draft.refuse(f"{draft.state.grade or '一般'}工单的{what}须经{leaf.value}签批", leaf.basis)
    return leaf.basis
