"""The vault's keys: the master keys that wrap data keys, sealing under a data key, and the keyed hashes for finding.

`settings.VAULT_KEY` is the master key in use, `settings.VAULT_OLD_KEYS` those that rows may still be wrapped with
until `vault.rotate` has run; a key's id is a fingerprint of it. `settings.VAULT_HASH_KEY` makes the hashes: it cannot
be rotated without asking every person again, so it is a key of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12


class KeyMissing(RuntimeError):
    """A row is wrapped with a master key that this installation does not have; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys by id, which of them wraps new keys, and the hash keys by purpose."""

    current: str
    masters: Mapping[str, AESGCM]
    hash_key: bytes

    def new_key(self, owner: bytes) -> tuple[bytes, bytes]:
        """A fresh data key and the same wrapped; `owner` binds it to its row."""
        key = os.urandom(32)
        return key, self.wrap(key, owner)

    def wrap(self, key: bytes, owner: bytes) -> bytes:
        """A data key encrypted with the current master key."""
        nonce = os.urandom(_NONCE)
        return nonce + self.masters[self.current].encrypt(nonce, key, owner)

    def unwrap(self, key_id: str, wrapped: bytes, owner: bytes) -> bytes:
        """The data key of a row; raises KeyMissing when the master key is not here or is not the right one."""
        master = self.masters.get(key_id)
        if master is None:
            raise KeyMissing(
                f"个人信息由编号 {key_id} 的主密钥加密, 本机没有这把密钥; 请把它加入 YIXIAN_VAULT_OLD_KEYS。"
            )
        try:
            return master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], owner)
        except InvalidTag as error:
            raise KeyMissing(f"编号 {key_id} 的主密钥打不开这条记录: 数据被改动过, 请从备份恢复。") from error

    def digest(self, purpose: str, value: str) -> bytes:
        """The keyed hash by which a value is found without being stored; purposes never meet."""
        return hmac.digest(self.hash_key, f"{purpose}:{value}".encode(), "sha256")


def seal(key: bytes, content: bytes, owner: bytes) -> bytes:
    """Content encrypted under a data key, bound to the row it lies in."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, owner)


def unseal(key: bytes, sealed: bytes, owner: bytes) -> bytes:
    """What `seal` encrypted; raises KeyMissing when it was changed or belongs to another row."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], owner)
    except InvalidTag as error:
        raise KeyMissing("加密内容与它的密钥不符: 数据被改动过, 请从备份恢复。") from error


def keyring() -> Keyring:
    """The keys that the settings name."""
    return _keyring(bytes(settings.VAULT_KEY), tuple(getattr(settings, "VAULT_OLD_KEYS", ())), settings.VAULT_HASH_KEY)


@lru_cache(maxsize=4)
def _keyring(current: bytes, older: tuple[bytes, ...], hash_key: bytes) -> Keyring:
    masters = {fingerprint(key): AESGCM(key) for key in (*older, current)}
    return Keyring(fingerprint(current), masters, hash_key)


def fingerprint(key: bytes) -> str:
    """The id of a master key: enough of a hash to tell keys apart, too little to help guess one."""
    return hashlib.sha256(b"yixian vault key id:" + key).hexdigest()[:12]
