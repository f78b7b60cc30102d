"""`yixian rulebook`: check books, show one by section, compare two. Pure; needs no database."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from yixian.rulebook import present
from yixian.rulebook.comparison import Side, compare, numbering
from yixian.rulebook.expectations import Checked, check
from yixian.rulebook.findings import RulebookError
from yixian.rulebook.loader import Library, VersionAnswer
from yixian.rulebook.model import Rulebook

_FOLDER = click.Path(exists=False, file_okay=False, path_type=Path)
_rulebooks = click.option("--rulebooks", multiple=True, type=_FOLDER, help="另加的规则书文件夹, 可写几个")
_as_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON")
_on = click.option("--on", metavar="日期", help="某一天的规则, 例如 2024-05-01; 不写为今天")


@click.group("rulebook")
def rulebook() -> None:
    """规则书: 检查、查看、比较。"""


@rulebook.command("check")
@click.argument("targets", nargs=-1, metavar="[路径|名称]...")
@_rulebooks
@_as_json
def check_command(targets: tuple[str, ...], rulebooks: tuple[Path, ...], as_json: bool) -> None:
    """检查规则书, 列出错误和提醒; 有错误时以 1 退出。不写路径或名称时检查全部。"""
    try:
        results = check(targets, rulebooks)
    except RulebookError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        _print_json([_plain_result(result) for result in results])
    else:
        for result in results:
            _print_result(result)
        failed = [result for result in results if not result.ok]
        click.echo(f"共 {len(results)} 本规则书, {len(failed)} 本有问题。")
    if any(not result.ok for result in results):
        raise SystemExit(1)


@rulebook.command("show")
@click.argument("book", metavar="规则书")
@_on
@_rulebooks
@_as_json
def show_command(book: str, on: str | None, rulebooks: tuple[Path, ...], as_json: bool) -> None:
    """按章节列出一本规则书的全部参数、条款和出处。"""
    library = _library(rulebooks)
    answer = _governing(library, book, on)
    found = answer.book
    assert found is not None
    lines = present.lines(found, numbering(library, found))
    if as_json:
        _print_json(_plain_book(found, answer, lines))
        return
    click.echo(f"{found.document.title}  {found.name} {found.version}")
    click.echo(answer.message)
    if answer.where is not None:
        click.echo(str(answer.where))
    section = ""
    for line in lines:
        if line.section != section:
            section = line.section
            click.echo(f"\n【{section}】")
        if line.path.startswith("stages."):
            click.echo(f"  {line.name}  {line.articles}")
            continue
        notes = [line.origin and f"[{line.origin}]", line.articles]
        notes.append("" if line.book in ("", found.name) else f"来自 {line.book}")
        click.echo(f"  {line.name}: {line.value}  {' '.join(note for note in notes if note)}".rstrip())
        if line.reading:
            click.echo(f"      理解: {line.reading}")


@rulebook.command("diff")
@click.argument("first", metavar="规则书")
@click.argument("second", metavar="规则书")
@_on
@_rulebooks
@_as_json
def diff_command(first: str, second: str, on: str | None, rulebooks: tuple[Path, ...], as_json: bool) -> None:
    """并排比较两本规则书, 只列不同之处, 附条款。"""
    library = _library(rulebooks)
    books = [_governing(library, name, on).book for name in (first, second)]
    rows = _differences(library, [book for book in books if book is not None])
    if as_json:
        _print_json(rows)
        return
    section = ""
    for row in rows:
        if row["section"] != section:
            section = row["section"]
            click.echo(f"\n【{section}】")
        click.echo(f"  {row['name']}")
        for name, side in ((first, row["first"]), (second, row["second"])):
            click.echo(f"    {name}: {side['value']}" + (f"  {side['articles']}" if side["articles"] else ""))
    click.echo(f"\n共 {len(rows)} 处不同。")


def _differences(library: Library, books: Sequence[Rulebook]) -> list[dict[str, Any]]:
    """Parameters whose value differs, row lists compared as one value."""
    return [
        {
            "section": pair.section,
            "path": pair.path,
            "name": pair.name,
            "first": _side(pair.first),
            "second": _side(pair.second),
        }
        for pair in compare(library, *books)
        if not pair.same
    ]


def _side(side: Side) -> dict[str, str]:
    return {"value": side.value, "articles": side.articles, "origin": side.origin}


def _library(rulebooks: tuple[Path, ...]) -> Library:
    try:
        return Library.load(rulebooks)
    except RulebookError as error:
        raise click.ClickException(str(error)) from None


def _governing(library: Library, name: str, on: str | None) -> VersionAnswer:
    try:
        day = dt.date.fromisoformat(on) if on else dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    except ValueError:
        raise click.BadParameter(f"日期写法不对: {on!r}, 写作 2024-05-01", param_hint="--on") from None
    try:
        answer = library.version(name, day)
    except RulebookError as error:
        raise click.ClickException(str(error)) from None
    if answer.book is None:
        raise click.ClickException(answer.message)
    return answer


def _plain_book(book: Rulebook, answer: VersionAnswer, lines: list[present.Line]) -> dict[str, Any]:
    return {
        "name": book.name,
        "version": book.version,
        "status": answer.status,
        "message": answer.message,
        "parameters": [dataclasses.asdict(line) for line in lines],
    }


def _plain_result(result: Checked) -> dict[str, Any]:
    return {
        "name": result.name,
        "ok": result.ok,
        "findings": [dataclasses.asdict(finding) for finding in result.findings],
        "unexpected": [str(finding) for finding in result.unexpected],
        "missing": list(result.missing),
    }


def _print_result(result: Checked) -> None:
    click.echo(f"{'通过' if result.ok else '不通过'}  {result.name}")
    for finding in result.findings:
        click.echo(f"  {result.label(finding)}  {finding}")
    for path in result.missing:
        click.echo(f"  缺少  expect.yaml 写明应有 {path}, 实际没有")


def _print_json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))
