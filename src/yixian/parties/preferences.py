"""How each person likes their pages: small plain values under a name, such as the columns of a list."""

from __future__ import annotations

from typing import Any

import msgspec

from yixian.parties.errors import PartyError
from yixian.parties.models import Preference, User

LARGEST = 8000


def get(user: User, name: str, default: Any = None) -> Any:
    """The value that this person keeps under a name, or the default."""
    found = Preference.objects.filter(user=user, name=name).values_list("value", flat=True).first()
    return default if found is None else found


def put(user: User, name: str, value: Any) -> None:
    """Keep a plain value under a name. Raises PartyError where it is larger than a preference is."""
    if len(msgspec.json.encode(value)) > LARGEST:
        raise PartyError("要保存的个人设置过多, 请减少一些")
    Preference.objects.update_or_create(user=user, name=name, defaults={"value": value})


def drop(user: User, name: str) -> None:
    """Forget what is kept under a name."""
    Preference.objects.filter(user=user, name=name).delete()
