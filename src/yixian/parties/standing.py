"""Which sessions still stand: many at once, for those who hold a connection open and are looked at again and again."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from yixian.parties.models import LOCKED_FOREVER, User

LONGEST_KEY = 40


def users_of(keys: Collection[str]) -> dict[str, User]:
    """The user of each session key that stands: not over, not ended by a logout or a changed password, of an account
    that is neither deactivated nor locked by an administrator. Two queries, however many keys.
    """
    asked = {key for key in keys if 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isalnum()}
    rows = Session.objects.filter(session_key__in=asked, expire_date__gt=timezone.now()) if asked else ()
    held = {row.session_key: SessionStore().decode(row.session_data) for row in rows}
    numbers = {key: number for key, data in held.items() if (number := _number(data.get(SESSION_KEY)))}
    users = User.objects.select_related("platform", "unit").filter(is_active=True).in_bulk(set(numbers.values()))
    found: dict[str, User] = {}
    for key, number in numbers.items():
        user = users.get(number)
        if user is None or user.locked_until == LOCKED_FOREVER:
            continue
        hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
        said = str(held[key].get(HASH_SESSION_KEY, ""))
        if any(constant_time_compare(said, one) for one in hashes):
            found[key] = user
    return found


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 19 else 0
