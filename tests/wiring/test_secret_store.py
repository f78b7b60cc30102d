"""Secrets: made once with mode 600, taken from the environment, and never quietly replaced when damaged."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest

from yixian.wiring import secret_store
from yixian.wiring.secret_store import ENVIRONMENT, SecretError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIXIAN_HOME", str(tmp_path))
    for variable in ENVIRONMENT.values():
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def test_the_first_load_makes_them_and_the_second_reads_them(home: Path) -> None:
    first = secret_store.load()
    assert secret_store.load() == first
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert len(secret_store.decode("vault_key", first["vault_key"])) == 32
    assert [path.name for path in home.iterdir()] == ["secrets.json"]


def test_the_environment_wins_and_a_whole_environment_needs_no_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = base64.b64encode(b"k" * 32).decode()
    for variable in ENVIRONMENT.values():
        monkeypatch.setenv(variable, key)
    assert set(secret_store.load().values()) == {key}
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("value", ["not base64!", base64.b64encode(b"short").decode()])
def test_a_malformed_key_is_named(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("YIXIAN_VAULT_KEY", value)
    with pytest.raises(SecretError, match="YIXIAN_VAULT_KEY"):
        secret_store.load()


@pytest.mark.parametrize("text", ["{", json.dumps({"secret_key": "x"})])
def test_a_damaged_file_is_not_replaced(home: Path, text: str) -> None:
    (home / "secrets.json").write_text(text, encoding="utf-8")
    with pytest.raises(SecretError, match="从备份恢复"):
        secret_store.load()
    assert (home / "secrets.json").read_text(encoding="utf-8") == text
