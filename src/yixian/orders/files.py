"""The bytes of attachments: outside the database under `FILES_ROOT`, named by SHA-256, each under a key of its own.

A file is the id of the master key, its wrapped data key, and the sealed content; the same content is kept once.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from yixian.orders.errors import Unavailable
from yixian.parties.keys import KeyMissing, keyring, seal, unseal

_ID = 12
_WRAPPED = 60


def put(content: bytes) -> str:
    """Keep content; returns its SHA-256 in hex. Raises Unavailable where the disk refuses."""
    digest = hashlib.sha256(content)
    name = digest.hexdigest()
    target = _place(name)
    if _touched(target):
        return name
    ring = keyring()
    key, wrapped = ring.new_key(digest.digest())
    _write(target, ring.current.encode() + wrapped + seal(key, content, digest.digest()))
    return name


def get(name: str) -> bytes:
    """The content with this SHA-256. Raises Unavailable where it is gone, changed, or its key is not here."""
    try:
        packed = _place(name).read_bytes()
        owner = bytes.fromhex(name)
        key = keyring().unwrap(packed[:_ID].decode(), packed[_ID : _ID + _WRAPPED], owner)
        content = unseal(key, packed[_ID + _WRAPPED :], owner)
    except FileNotFoundError:
        raise Unavailable("附件的内容不在服务器上, 请管理员从备份恢复附件目录。") from None
    except (OSError, UnicodeDecodeError):
        raise Unavailable("附件读不出来, 请管理员检查附件目录。") from None
    except KeyMissing as error:
        raise Unavailable(str(error).replace("个人信息", "附件")) from error
    return content


def drop(name: str, older_than: float) -> bool:
    """Delete content that nothing refers to and that nobody has put since that moment; whether it was deleted."""
    target = _place(name)
    aside = target.with_suffix(".going")
    try:
        target.rename(aside)
        if aside.stat().st_mtime >= older_than:
            aside.rename(target)
            return False
        aside.unlink()
    except OSError:
        return False
    return True


def _touched(target: Path) -> bool:
    """Whether the content is there; its time says that somebody has just put it again, so that `drop` spares it."""
    try:
        os.utime(target)
    except FileNotFoundError:
        return False
    except OSError:
        return target.exists()
    return True


def rewrap() -> int:
    """Wrap all data keys with the master key in use, after it was changed; returns how many files were rewritten."""
    ring, changed = keyring(), 0
    for path in _everything():
        packed = path.read_bytes()
        known = packed[:_ID].decode()
        if known != ring.current:
            owner = bytes.fromhex(path.name)
            key = ring.unwrap(known, packed[_ID : _ID + _WRAPPED], owner)
            _write(path, ring.current.encode() + ring.wrap(key, owner) + packed[_ID + _WRAPPED :])
            changed += 1
    return changed


def _everything() -> Iterator[Path]:
    root = Path(settings.FILES_ROOT)
    return (path for path in sorted(root.glob("??/*")) if len(path.name) == 64)


def _place(name: str) -> Path:
    return Path(settings.FILES_ROOT) / name[:2] / name


def _write(target: Path, packed: bytes) -> None:
    """Whole or not at all: written beside, made durable, then put in place."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, beside = tempfile.mkstemp(dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(packed)
                stream.flush()
                os.fsync(stream.fileno())
            Path(beside).replace(target)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Unavailable("附件没有存下来: 服务器的附件目录不可写或磁盘已满, 请联系管理员。") from error
