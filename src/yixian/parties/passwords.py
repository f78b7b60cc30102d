"""Passwords: what makes one acceptable, and how they are hashed."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher

from yixian.parties.errors import PartyError

SHORTEST = 10
LONGEST = 128


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB and two rounds (OWASP's advice): with Django's 100 MiB a few logins fill a small server."""

    time_cost = 2
    memory_cost = 19456
    parallelism = 1


def initial() -> str:
    """A fresh initial password: three groups of letters and digits that nobody mistakes for one another."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    while True:
        made = "-".join("".join(secrets.choice(signs) for _ in range(4)) for _ in range(3))
        if len(set(made)) > 6:
            return made


def check(password: str, *, username: str = "") -> None:
    """Raises PartyError when the password is too short, too long, common, monotonous, or made of the user name."""
    if len(password) < SHORTEST:
        raise PartyError(f"密码太短: 至少 {SHORTEST} 个字符, 现为 {len(password)} 个", "password")
    if len(password) > LONGEST:
        raise PartyError(f"密码过长: 最多 {LONGEST} 个字符", "password")
    plain = password.strip().lower()
    if plain in _common() or len(set(plain)) < 4:
        raise PartyError("密码过于常见或单调, 容易被猜到, 请换一个; 例如用几个不相干的词连成一句", "password")
    if username and len(username) > 3 and username.lower() in plain and len(plain) - len(username) < 6:
        raise PartyError("密码不能由用户名简单变化而来, 请换一个", "password")


@cache
def _common() -> frozenset[str]:
    """Passwords people really choose, of our own list, in small letters."""
    return frozenset((Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").split())
