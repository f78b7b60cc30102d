"""Doing what a form asks once, however often it is sent; and words that may be seen once, such as an initial password.

What was done is kept for a day under the form's key, beside the person's preferences, in the transaction of the deed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from yixian.parties.models import Preference, User

KEPT = timedelta(days=1)
SHOWN_WITHIN = timedelta(minutes=15)
_MARK = "form:"


def done(user: User, key: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `act` answers, or answered when the form with this key was sent before.

    Two sendings at the same moment wait for one another. What `act` raises passes on and leaves the form free.
    """
    name = f"{_MARK}{key}"[:60]
    Preference.objects.filter(user=user, name__startswith=_MARK, changed_at__lt=timezone.now() - KEPT).delete()
    with transaction.atomic():
        try:
            with transaction.atomic():
                kept = Preference.objects.create(user=user, name=name, value={})
        except IntegrityError:
            before = Preference.objects.filter(user=user, name=name).values_list("value", flat=True).first()
            return dict(before or {})
        kept.value = act()
        kept.save()
        return dict(kept.value)


def taken(user: User, key: str, field: str) -> Any:
    """A value of a deed's answer that may be seen once: it is gone afterwards, and after a quarter of an hour."""
    with transaction.atomic():
        rows = Preference.objects.select_for_update().filter(user=user, name=f"{_MARK}{key}"[:60])
        found = rows.first()
        if found is None or field not in found.value:
            return None
        value = found.value.pop(field)
        fresh = found.changed_at > timezone.now() - SHOWN_WITHIN
        found.save()
    return value if fresh else None
