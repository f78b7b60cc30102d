"""What the command line says when it was called wrongly, in Chinese: what is wrong and what would be right."""

from __future__ import annotations

import re

import click

# The words of click's parameter types, which come as finished English sentences.
SENTENCES: tuple[tuple[str, str], ...] = (
    (r"(.+?) is not a valid integer(?: range)?\.?$", r"\1 不是整数"),
    (r"(.+?) is not a valid float(?: range)?\.?$", r"\1 不是数字"),
    (r"(.+?) is not in the range (.+?)\.?$", r"\1 超出范围, 应为 \2"),
    (r"(.+?) is not one of (.+?)\.?$", r"\1 不在可选之列: \2"),
    (r"\w+ '(.+?)' does not exist\.?$", r"路径 \1 不存在"),
    (r"\w+ '(.+?)' is a directory\.?$", r"\1 是文件夹, 应为文件"),
    (r"\w+ '(.+?)' is a file\.?$", r"\1 是文件, 应为文件夹"),
    (r"\w+ '(.+?)' is not readable\.?$", r"没有读取 \1 的权限"),
    (r"'(.+?)' does not match the formats? (.+?)\.?$", r"日期 \1 写法不对, 应为 \2"),
    (r"Got unexpected extra arguments? \((.+)\)$", r"多余的参数: \1"),
    (r"Missing command\.?$", r"没有写命令"),
)


def explain(error: click.ClickException) -> str:
    """The error as one or two Chinese lines, with the command's `--help` named where that helps."""
    line = _line(error)
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{line}\n用法见: {context.command_path} --help" if context is not None else line


def _line(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        near = f", 是否要写 {'、'.join(error.possibilities)}" if error.possibilities else ""
        return f"没有选项 {error.option_name}{near}"
    if isinstance(error, click.MissingParameter):
        return f"缺少{_named(error)}"
    if isinstance(error, click.BadParameter):
        return f"{_named(error)}: {_translated(error.message)}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面应有一个值"
    if isinstance(error, click.UsageError) and error.message.startswith("No such command"):
        return error.message.replace("No such command", "没有命令")
    return _translated(error.format_message())


def _named(error: click.BadParameter) -> str:
    parameter = error.param
    if isinstance(parameter, click.Option):
        return f"选项 {parameter.opts[0]}"
    return f"参数 {parameter.human_readable_name}" if parameter is not None else "参数"


def _translated(sentence: str) -> str:
    for pattern, chinese in SENTENCES:
        if re.search(pattern, sentence):
            return re.sub(pattern, chinese, sentence)
    return sentence
