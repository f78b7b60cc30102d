"""`yixian divisions load`: the administrative divisions that places are picked from, out of a table."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def group() -> None:
    """行政区划: 地点选择用的省、市、县、镇街、社区村。"""


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="文件.csv")
def load(file: Path) -> None:
    """导入一份区划表 (UTF-8 的 CSV, 首行 code,name,parent)。

    代码按国家统计局的写法: 省 2 位、市 4 位、县 6 位、镇街 9 位、社区村 12 位, 末尾的零可有可无; 上级代码是本级代码的
    开头, 省级不填。已有的代码改名, 没有的新增, 有一行不对则全部不导入。
    """
    from yixian.parties import divisions
    from yixian.parties.errors import PartyError

    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException("文件不是 UTF-8 编码, 请另存为 UTF-8 的 CSV 后再导入") from error
    try:
        count = divisions.load(text)
    except PartyError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"已导入行政区划 {count} 条")
