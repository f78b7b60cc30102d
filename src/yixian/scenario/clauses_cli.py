"""`yixian clauses [BOOK] [--check] [--write] [--json]`: every clause, where it lives, what shows it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from yixian.rulebook import Library, Rulebook, RulebookError
from yixian.scenario import clauses_text
from yixian.scenario.clauses import MISSING, PARTLY, ClausesError, ClauseTable, load, names
from yixian.scenario.clauses_check import Fault, Stage, check

CHECKOUT = Path(__file__).resolve().parents[3]
PAGE = Path("docs", "clauses.md")
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("clauses", help="条文对照表: 每一条要求什么、在何处、由什么示例")
@click.argument("book", required=False, metavar="[规则书]")
@click.option("--check", "checking", is_flag=True, help="逐条核对; 有不符或没有示例的以 1 退出")
@click.option("--write", is_flag=True, help="重写 docs/clauses.md")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.option("--root", default=CHECKOUT, type=_FOLDER, help="场景、测试、文档所在的项目文件夹")
def command(book: str | None, checking: bool, write: bool, as_json: bool, root: Path) -> None:
    """Print, check or write the clause table."""
    try:
        library = Library.load()
        every = [(table, newest(library, table.book)) for table in map(load, names())]
        tables = [(load(book), newest(library, book))] if book else every
    except (ClausesError, RulebookError) as error:
        raise click.ClickException(str(error)) from None
    if write:
        (root / PAGE).write_text(clauses_text.page(every), encoding="utf-8")
        click.echo(f"已写 {PAGE}")
    elif checking:
        _check(tables, every, root, library)
    elif as_json:
        click.echo(json.dumps([_plain(table) for table, _ in tables], ensure_ascii=False, indent=1))
    else:
        for table, rules in tables:
            click.echo("\n".join(clauses_text.lines(table, rules)) + "\n")


def newest(library: Library, name: str) -> Rulebook:
    """The newest version of a book. Raises ClausesError where there is none."""
    versions = library.versions(name)
    if not versions:
        raise ClausesError(f"有 {name!r} 的条文对照表, 但没有这本规则书; 有的是: {'、'.join(library.names())}")
    return versions[-1]


def _check(
    tables: list[tuple[ClauseTable, Rulebook]],
    every: list[tuple[ClauseTable, Rulebook]],
    root: Path,
    library: Library,
) -> None:
    if not (root / "scenarios").is_dir():
        raise click.ClickException(f"{root} 里没有 scenarios 文件夹; 核对要在项目文件夹里做, 可用 --root 指明")
    stage = Stage(root, library)
    faults: list[Fault] = []
    for table, rules in tables:
        faults += check(table, rules, stage)
        click.echo(f"{rules.document.title}: {clauses_text.summary(table)}")
    for fault in faults:
        click.echo(str(fault), err=True)
    stale = not is_current(root, every)
    if stale:
        click.echo(f"{PAGE} 与条文对照表不一致; 请运行 yixian clauses --write", err=True)
    missing = sum(table.counted()[status] for table, _ in tables for status in (PARTLY, MISSING))
    click.echo(f"不符 {len(faults)} 处, 尚缺或部分 {missing} 条")
    if faults or stale or missing:
        sys.exit(1)


def is_current(root: Path, every: list[tuple[ClauseTable, Rulebook]]) -> bool:
    """Whether docs/clauses.md is what the tables say."""
    file = root / PAGE
    return file.is_file() and file.read_text(encoding="utf-8") == clauses_text.page(every)


def _plain(table: ClauseTable) -> dict[str, Any]:
    return {
        "book": table.book,
        "counts": table.counted(),
        "clauses": [
            {
                "id": one.id,
                "articles": list(one.articles),
                "kinds": list(one.kinds),
                "asks": one.asks,
                "lives": list(one.lives),
                "shown": list(one.shown),
                "status": one.status,
                "room": one.room,
                "todo": one.todo,
            }
            for one in table.clauses
        ],
    }
