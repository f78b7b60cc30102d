"""Exported files on disk: sealed in parts as they are written, so that a list of any length needs little memory.

They lie under `FILES_ROOT/exports`. A file is the id of the master key, its wrapped data key, then parts, each its
length and its sealed bytes, bound to its place; the last part is empty, so that a file cut short is told.
"""

from __future__ import annotations

import io
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from yixian.orders.errors import Unavailable
from yixian.parties.keys import KeyMissing, keyring, seal, unseal

PART = 1024 * 1024
_ID, _WRAPPED, _LENGTH = 12, 60, 4
_UNFINISHED = ".part"
_LOST = "导出的文件不在服务器上或读不出来, 请重新导出。"


class Sealed(io.RawIOBase):
    """A file open for writing; `finish` puts it in place, `abandon` leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        self.name = secrets.token_hex(32)
        self.size = 0
        self._parts = 0
        self._waiting = bytearray()
        ring, owner = keyring(), bytes.fromhex(self.name)
        self._key, wrapped = ring.new_key(owner)
        try:
            _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(_place(self.name, _UNFINISHED), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(handle, "wb")
            self._file.write(ring.current.encode() + wrapped)
        except OSError as error:
            raise _full() from error

    def writable(self) -> bool:
        """It takes bytes."""
        return True

    def write(self, content: Any) -> int:
        """Take bytes; whole parts go to the disk."""
        taken = bytes(content)
        self._waiting += taken
        while len(self._waiting) >= PART:
            self._put(bytes(self._waiting[:PART]))
            del self._waiting[:PART]
        return len(taken)

    def finish(self) -> str:
        """Write what is left, make it durable, put it in place; returns the name to read it by."""
        if self._waiting:
            self._put(bytes(self._waiting))
        self._put(b"")
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            _place(self.name, _UNFINISHED).replace(_place(self.name))
        except OSError as error:
            raise _full() from error
        return self.name

    def abandon(self) -> None:
        """Close and remove what was written so far."""
        self._file.close()
        _place(self.name, _UNFINISHED).unlink(missing_ok=True)

    def _put(self, content: bytes) -> None:
        sealed = seal(self._key, content, _bound(self.name, self._parts))
        self._parts += 1
        self.size += len(content)
        try:
            self._file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        except OSError as error:
            raise _full() from error


def read(name: str) -> Iterator[bytes]:
    """The content of a finished file, part by part. Raises Unavailable where it is gone, changed or cut short.

    The file is opened at once, so that one that is gone is told before anything was sent.
    """
    try:
        file = _place(name).open("rb")
    except OSError:
        raise Unavailable(_LOST) from None
    try:
        owner = bytes.fromhex(name)
        key = keyring().unwrap(file.read(_ID).decode(), file.read(_WRAPPED), owner)
    except (OSError, UnicodeDecodeError, KeyMissing):
        file.close()
        raise Unavailable(_LOST) from None
    return _parts(name, key, file)


def _parts(name: str, key: bytes, file: Any) -> Iterator[bytes]:
    with file:
        number = 0
        while True:
            length = int.from_bytes(file.read(_LENGTH), "big")
            try:
                content = unseal(key, file.read(length), _bound(name, number))
            except (KeyMissing, ValueError):
                raise Unavailable(_LOST) from None
            if not content:
                return
            yield content
            number += 1


def remove(name: str) -> None:
    """Delete a file, if it is there."""
    _place(name).unlink(missing_ok=True)


def clear_unfinished(older_than: float) -> int:
    """Delete what killed workers left behind unfinished, after so many seconds; returns how many."""
    gone = 0
    for path in _folder().glob(f"*{_UNFINISHED}"):
        if path.stat().st_mtime < time.time() - older_than:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _bound(name: str, part: int) -> bytes:
    return bytes.fromhex(name) + part.to_bytes(8, "big")


def _folder() -> Path:
    return Path(settings.FILES_ROOT) / "exports"


def _place(name: str, ending: str = "") -> Path:
    return _folder() / (name + ending)


def _full() -> Unavailable:
    return Unavailable("导出的文件没有存下来: 服务器的附件目录不可写或磁盘已满, 请联系管理员。")
