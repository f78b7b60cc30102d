"""Phrases (常用语): the words that a platform or a unit keeps ready for what is written again and again."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from yixian.orders import platforms
from yixian.parties.permission import Actor, hotline_path
from yixian.registers.kinds_daily import PHRASE, PHRASE_USES
from yixian.registers.models import Entry

MOST = 50
USES = PHRASE_USES


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: what the menu calls it and what is inserted."""

    title: str
    text: str


def for_use(use: str, actor: Actor, category: str = "") -> list[Phrase]:
    """What this person may insert where words of this use are written, at most 50.

    Args: one of `USES`; who writes: the platform's phrases are everyone's there (a station shares those of its
    hotline), a unit's only that unit's; `category` leaves out what is meant for other categories.
    Returns the unit's own first, those meant for the category before the general ones, then by title.
    """
    paths = {path for path in (actor.platform_path, hotline_path(actor.platform_path)) if path}
    ids = [one.id for one in platforms.everything() if one.path in paths]
    if not ids:
        return []
    whose = Q(unit__isnull=True)
    if actor.unit_codes:
        whose |= Q(unit__code__in=list(actor.unit_codes))
    rows = Entry.objects.filter(whose, platform_id__in=ids, kind=PHRASE.code, status="valid", values__use=use)
    if category:
        rows = rows.filter(Q(values__category__isnull=True) | Q(values__category=category))
    found = rows.order_by("-filed_at", "-id").values_list("unit_id", "values")[:MOST]
    ordered = sorted(
        found, key=lambda row: (row[0] is None, row[1].get("category", "") == "", str(row[1].get("title", "")))
    )
    return [Phrase(str(values.get("title", "")), str(values.get("text", ""))) for _, values in ordered]
