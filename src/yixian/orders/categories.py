"""A category on its way to another platform (诉求类别对应): each book has words of its own for the same demands."""

from __future__ import annotations

from yixian.rulebook import Rulebook

NEAR: dict[str, tuple[str, ...]] = {
    "咨询": ("咨询",),
    "求助": ("求助", "求助建议", "投诉"),
    "投诉": ("投诉", "投诉举报"),
    "举报": ("举报", "投诉举报", "投诉"),
    "建议": ("建议", "意见建议", "求助建议"),
    "表扬": ("表扬", "建议", "意见建议", "求助建议"),
    "纠错": ("纠错", "建议", "意见建议", "投诉"),
    "营商环境投诉": ("营商环境投诉", "投诉", "投诉举报"),
    "突发事件": ("突发事件", "求助", "求助建议"),
    "求助建议": ("求助", "建议"),
    "投诉举报": ("投诉", "举报"),
    "意见建议": ("建议", "求助建议"),
}
"""What each word may become, the nearest first."""
SAME = frozenset({"建议", "意见建议", "投诉举报", "投诉", "举报", "求助建议", "求助", "营商环境投诉"})
"""Words that lose nothing when they become the nearest one; any other change is marked 待核实."""


def mapped(wanted: str, book: Rulebook) -> tuple[str, bool]:
    """The receiving book's word for a category, and whether it surely means the same.

    Where no word is near, the book's most general one stands in and is to be verified (待核实).
    """
    leaf = book.categories
    if leaf is None or not leaf.value or wanted in leaf.value:
        return wanted, True
    near = next((word for word in NEAR.get(wanted, ()) if word in leaf.value), None)
    if near is not None:
        return near, wanted in SAME
    holding = [word for word in leaf.value if wanted in word or word in wanted]
    if len(holding) == 1:
        return holding[0], True
    general = next((word for word in ("求助", "求助建议", "投诉") if word in leaf.value), leaf.value[0])
    return general, False
