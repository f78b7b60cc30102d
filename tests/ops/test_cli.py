"""The command line: lists what is there, refuses what is not in Chinese, and keeps Django out of the pure commands."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

import click
import pytest

from yixian.ops.cli import COMMANDS, PACKAGE


def test_help_lists_the_commands_without_loading_them() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from yixian.ops.cli import group\n"
        "print(CliRunner().invoke(group, ['--help']).output)\n"
        "print('LOADED', sorted(m for m in sys.modules if m in ('django', 'psycopg', 'yixian.rulebook', 'numpy')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "启动整个平台" in done.stdout
    assert "LOADED []" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["anything"], ["没有命令 'anything'", "doctor"]),
        (["up", "--prot", "3"], ["没有选项 --prot", "--port"]),
        (["up", "--port", "x"], ["选项 --port", "'x' 不是整数"]),
        (["up", "--port", "0"], ["0 超出范围", "1<=x<=65535"]),
        (["up", "more"], ["多余的参数: more"]),
        (["rulebook", "show"], ["缺少参数"]),
    ],
)
def test_a_wrong_call_is_answered_in_chinese_with_what_would_be_right(arguments: list[str], words: list[str]) -> None:
    command = [sys.executable, "-m", "yixian.ops.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("错误: ")
    assert "--help" in done.stderr
    for word in words:
        assert word in done.stderr


def test_without_a_command_the_help_is_shown() -> None:
    done = subprocess.run([sys.executable, "-m", "yixian.ops.cli"], capture_output=True, text=True, check=False)
    assert "启动整个平台" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_listed_command_can_be_loaded(name: str) -> None:
    lazy = COMMANDS[name]
    module, attribute = lazy.target.split(":")
    if not PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py").is_file():
        pytest.skip("not part of this installation")
    assert isinstance(getattr(import_module(module), attribute), click.Command)


@pytest.mark.parametrize("name", ["scenario", "rulebook"])
def test_pure_commands_load_neither_django_nor_a_database_driver(name: str) -> None:
    code = (
        "import sys; from click.testing import CliRunner; from yixian.ops.cli import group\n"
        f"result = CliRunner().invoke(group, [{name!r}, '--help']); assert result.exit_code == 0, result.output\n"
        "print(sorted(m for m in sys.modules if m in ('django', 'psycopg')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("url", ["mysql://u@h/db", "postgresql://u:p@127.0.0.1:9/none"])
def test_a_bad_database_url_ends_in_one_sentence(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-m", "yixian.ops.cli", "migrate"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("错误: ")
    assert "Traceback" not in done.stderr
