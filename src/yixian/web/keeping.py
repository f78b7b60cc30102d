"""What was typed, kept in the session for a while: encrypted, since it may name a person and sessions lie in tables."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from yixian.parties.keys import KeyMissing, seal, unseal


def put(session: SessionBase, name: str, content: Any) -> None:
    """Keep plain data under a name of this session."""
    sealed = seal(_key(), msgspec.json.encode(content), name.encode())
    session[name] = base64.b64encode(sealed).decode()


def get(session: SessionBase, name: str) -> Any:
    """What was kept under this name, None where there is nothing or it cannot be read any more."""
    kept = session.get(name)
    if not isinstance(kept, str):
        return None
    try:
        return msgspec.json.decode(unseal(_key(), base64.b64decode(kept), name.encode()))
    except (KeyMissing, ValueError):
        return None


def drop(session: SessionBase, name: str) -> None:
    """Forget it."""
    session.pop(name, None)


def _key() -> bytes:
    return hashlib.sha256(b"yixian.web.keeping:" + settings.SECRET_KEY.encode()).digest()
