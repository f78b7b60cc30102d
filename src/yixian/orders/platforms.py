"""Platforms as the hot path needs them: path and book by id or code, kept in the process for half a minute."""

from __future__ import annotations

import time

import msgspec

from yixian.orders.errors import BadInput
from yixian.parties.models import Platform, Unit

SECONDS = 30.0


class Known(msgspec.Struct, frozen=True):
    """One platform."""

    id: int
    code: str
    name: str
    path: str
    book: str
    level: str = ""
    full_name: str = ""
    short_name: str = ""
    active: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """What people call it, the code first."""
        return tuple(filter(None, (self.code, self.name, self.full_name, self.short_name)))


_by_id: dict[int, Known] = {}
_by_code: dict[str, Known] = {}
_stands_for: dict[str, int] = {}  # unit code -> the platform it represents
_FIELDS = ("id", "code", "name", "path", "book", "level", "full_name", "short_name", "is_active")
_loaded = -SECONDS


def _load() -> None:
    global _loaded
    rows = [Known(*row) for row in Platform.objects.values_list(*_FIELDS)]
    standing = Unit.objects.filter(represents__isnull=False).values_list("code", "represents_id")
    _stands_for.clear()
    _stands_for.update((code, platform_id) for code, platform_id in standing if platform_id is not None)
    _by_id.clear()
    _by_code.clear()
    for row in rows:
        _by_id[row.id] = _by_code[row.code] = row
    _loaded = time.monotonic()


def of_id(platform_id: int) -> Known:
    """The platform with this id. Raises BadInput for an unknown one."""
    found = _by_id.get(platform_id) if time.monotonic() - _loaded < SECONDS else None
    if found is None:
        _load()
        found = _by_id.get(platform_id)
    if found is None:
        raise BadInput(f"没有编号为 {platform_id} 的平台", "platform")
    return found


def of_code(platform: Platform | str | int) -> Known:
    """The platform itself, or with this code or id. Raises BadInput for an unknown one."""
    if isinstance(platform, Platform):
        return of_id(platform.pk)
    if isinstance(platform, int):
        return of_id(platform)
    found = _by_code.get(platform) if time.monotonic() - _loaded < SECONDS else None
    if found is None:
        _load()
        found = _by_code.get(platform)
    if found is None:
        raise BadInput(f"没有代码为 {platform!r} 的平台", "platform")
    return found


def called(word: str) -> Known | None:
    """The platform here with this code, name, full or short name; None where it is nobody's or several platforms'."""
    if time.monotonic() - _loaded >= SECONDS:
        _load()
    plain = word.strip()
    found = [row for row in _by_id.values() if plain in row.names]
    return _by_code.get(plain) or (found[0] if len(found) == 1 else None)


def represented(unit: str) -> Known | None:
    """The platform that this unit stands for (工作站), or None."""
    if time.monotonic() - _loaded >= SECONDS:
        _load()
    platform_id = _stands_for.get(unit)
    return None if platform_id is None else _by_id.get(platform_id)


def forget() -> None:
    """Read platforms anew at the next use."""
    global _loaded
    _loaded = -SECONDS


def below(path: str) -> set[int]:
    """The ids of the platform with this path and of all below it."""
    if time.monotonic() - _loaded >= SECONDS:
        _load()
    return {row.id for row in _by_id.values() if row.path.startswith(path)}


def count() -> int:
    """How many platforms there are."""
    if time.monotonic() - _loaded >= SECONDS:
        _load()
    return len(_by_id)


def everything() -> list[Known]:
    """All platforms."""
    if time.monotonic() - _loaded >= SECONDS:
        _load()
    return list(_by_id.values())
