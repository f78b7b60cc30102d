"""The installation's secrets: from the environment, or made once for a single machine and kept in `.yixian/`.

Lose `vault_key` and the encrypted personal data is lost with it; production sets all of them in the environment.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

FILE_NAME = "secrets.json"
LENGTHS = {"secret_key": 48, "vault_key": 32, "vault_hash_key": 32}
ENVIRONMENT = {
    "secret_key": "YIXIAN_SECRET_KEY",
    "vault_key": "YIXIAN_VAULT_KEY",
    "vault_hash_key": "YIXIAN_VAULT_HASH_KEY",
}


class SecretError(RuntimeError):
    """A secret is missing or malformed; the message says in Chinese which one and what would be right."""


def home() -> Path:
    """The folder of this installation's own data, `./.yixian` unless YIXIAN_HOME says otherwise."""
    return Path(os.environ.get("YIXIAN_HOME", ".yixian")).absolute()


def load() -> dict[str, str]:
    """All secrets, base64 text; those that the environment lacks come from the file, which is made when absent.

    Raises SecretError when a value is malformed or the file cannot be read.
    """
    given = {name: os.environ[variable] for name, variable in ENVIRONMENT.items() if os.environ.get(variable)}
    if len(given) < len(LENGTHS):
        given = _from_file(home() / FILE_NAME) | given
    for name in ("vault_key", "vault_hash_key"):
        decode(name, given[name])
    return given


def decode(name: str, value: str) -> bytes:
    """The 32 bytes of a key written in base64; raises SecretError when it is anything else."""
    try:
        key = base64.b64decode(value, validate=True)
    except ValueError as error:
        raise SecretError(f"密钥 {ENVIRONMENT[name]} 不是合法的 base64。") from error
    if len(key) != 32:
        raise SecretError(f"密钥 {ENVIRONMENT[name]} 应为 32 字节的 base64, 现为 {len(key)} 字节。")
    return key


def _from_file(path: Path) -> dict[str, str]:
    if not path.exists():
        _create(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SecretError(
            f"密钥文件 {path} 无法读取: {error}。请从备份恢复该文件, 不要删除: 加密数据靠它解开。"
        ) from error
    missing = sorted(set(LENGTHS) - set(found))
    if missing:
        raise SecretError(f"密钥文件 {path} 缺少 {', '.join(missing)}。请从备份恢复该文件。")
    return {name: str(found[name]) for name in LENGTHS}


def _create(path: Path) -> None:
    """Write a whole new file under its final name at once, so that two starters never read half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {name: base64.b64encode(secrets.token_bytes(length)).decode() for name, length in LENGTHS.items()}
    scratch = path.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(made, file, indent=1)
    try:
        os.link(scratch, path)
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
