"""The components as template tags: icon, state, clock chip, card chip, article tags, form fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from yixian.lifecycle.state import STATES
from yixian.web.books import library
from yixian.web.present import articles, words
from yixian.web.present.clocks import Chip

register = template.Library()

STATE_TONES = {
    "registered": "wait",
    "accepted": "wait",
    "dispatched": "wait",
    "handling": "open",
    "replied": "open",
    "surveying": "open",
    "calling_back": "open",
    "answered": "done",
    "closed": "done",
    "archived": "off",
    "declined": "off",
    "transferred": "off",
}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of our sprite; it says nothing to screen readers, the words beside it do."""
    return _drawn(name, extra)


@lru_cache(maxsize=512)
def _drawn(name: str, extra: str) -> SafeString:
    """A page draws hundreds of some dozens of icons."""
    return format_html(
        '<svg class="ico {}" aria-hidden="true"><use href="{}#{}"/></svg>', extra, static("web/icons.svg"), name
    )


@register.simple_tag
def state(code: str) -> SafeString:
    """A state with its dot."""
    return _dotted(code)


@lru_cache(maxsize=64)
def _dotted(code: str) -> SafeString:
    return format_html('<span class="state {}">{}</span>', STATE_TONES.get(code, ""), STATES.get(code, code))


@register.simple_tag
def card(colour: str) -> SafeString:
    """A card chip: colour, icon and word together."""
    if colour not in ("yellow", "red"):
        return SafeString("")
    tone, word = ("amber", "黄牌") if colour == "yellow" else ("red", "红牌")
    return format_html('<span class="chip {}" data-why>{}{}</span>', tone, icon("flag", "s"), word)


@register.simple_tag
def flag(code: str) -> SafeString:
    """A flag of an order as a chip."""
    if code == "key":
        return format_html('<span class="chip blue">{}</span>', words.FLAGS["key"])
    tone = "red" if code == "emergency" else "amber" if code in words.AMBER_FLAGS else ""
    mark = icon("lock", "s") if code == "confidential" else ""
    return format_html('<span class="chip {}">{}{}</span>', tone, mark, words.FLAGS.get(code, "其他标记"))


@register.simple_tag
def arts(basis: Iterable[str]) -> SafeString:
    """Article tags: small links that open the drawer with the parameter and its text."""
    tags = articles.tags(basis, library())
    if not tags:
        return SafeString("")
    links = format_html_join(
        "",
        '<a class="art" href="/rulebooks/{}" hx-get="/rulebook/article/?b={}" hx-target="#drawer" '
        'title="查看条文对应的规则">{}</a>',
        ((tag.basis.replace(":", "/", 1), tag.basis, tag.text) for tag in tags),
    )
    return format_html('<span class="arts">{}</span>', links)


@register.inclusion_tag("web/parts/clock.html")
def clock(chip: Chip, open: bool = False) -> dict[str, Any]:
    """The clock chip with its panel."""
    return {"chip": chip, "open": open}


@register.simple_tag
def mini(chip: Chip | None) -> SafeString:
    """The clock chip of a list's row: without a panel, with the due instant on hover. A list draws fifty of them."""
    if chip is None:
        return SafeString("")
    left = format_html(' data-due="{}" data-form="{}" data-free="{}"', chip.due, chip.form, chip.free)
    return format_html(
        '<span class="mini {}" data-why title="{}"><span class="row1"><span class="name">{}</span>'
        '<span class="left"{}>{}</span></span>'
        '<progress class="thin" max="100" value="{}" aria-hidden="true"></progress></span>',
        *(chip.tone, chip.title, chip.name, left if chip.due else "", chip.words, chip.share),
    )


@register.simple_tag
def line(row: Any, shown: Sequence[str] = ()) -> SafeString:
    """One row of the list of orders (`web.rows.Line`). What many people look at again and again is drawn once."""
    return _line(row, tuple(shown or ()))


@register.simple_tag
def lane_line(row: Any) -> SafeString:
    """What a desk's list says of an order, likewise."""
    return _lane_line(row)


@lru_cache(maxsize=4096)
def _line(row: Any, shown: tuple[str, ...]) -> SafeString:
    return render_to_string("web/parts/order_row.html", {"row": row, "shown": shown})


@lru_cache(maxsize=4096)
def _lane_line(row: Any) -> SafeString:
    return render_to_string("web/desks/lane_line.html", {"row": row})


@register.inclusion_tag("web/parts/field.html")
def field(item: Any, first: bool = False) -> dict[str, Any]:
    """One field of a form made from a payload type."""
    return {"f": item, "first": first}


@register.filter
def offers(words_: Sequence[str]) -> SafeString:
    """The options of a datalist; the same hundreds of names stand in several fields of every form."""
    return _offered(tuple(words_))


@register.filter
def named_offers(pairs: Sequence[tuple[str, str]]) -> SafeString:
    """The same of pairs of code and name."""
    return _offered(tuple(name for _, name in pairs))


@lru_cache(maxsize=64)
def _offered(words_: tuple[str, ...]) -> SafeString:
    return format_html_join("", '<option value="{}">', ((word,) for word in words_))


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """A value of a mapping by a key that is only known in the template."""
    return mapping.get(key, "")


@register.filter
def own(name: str, ending: str) -> str:
    """The address of a page's own file among the static ones, by the name that its view gives."""
    return static(f"web/{name}.{ending}")


@register.filter
def at(values: Sequence[str], place: int) -> str:
    """One of several values by its place, "" where there are fewer."""
    return values[place] if 0 <= place < len(values) else ""
