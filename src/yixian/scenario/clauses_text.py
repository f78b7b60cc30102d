"""The clause table as people read it: on the terminal, and as the page docs/clauses.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from yixian.lifecycle import COMMANDS
from yixian.rulebook import Rulebook
from yixian.scenario.clauses import KINDS, METADATA, MISSING, PARTLY, ROOM, SHOWN, Clause, ClauseTable
from yixian.scenario.clauses_places import COMMAND

_HEAD = """# 条文对照表

各地办法的每一条: 要求什么, 在规则书或程序的何处, 由哪个场景或测试示例。
本页由 `yixian clauses --write` 生成, 不要手改; 改 `src/yixian/rulebook/clauses/` 里的表。
`yixian clauses --check` 逐条核对: 参数和程序确在其处, 场景列了该条并且符合, 测试确有其名。

- **已示例**: 有场景或测试示例。
- **元数据**: 施行日期、层级、与其他文件的关系等, 写在规则书里。
- **部分**: 已有示例, 另有欠缺, 欠缺写明。
- **缺**: 目前没有, 写明缺什么。
- **未实现**: 属于尚未建成的部分, 写明是哪一部分。
"""


def summary(table: ClauseTable) -> str:
    """One line: how many clauses are shown, metadata, there in part, missing, or wait for which room."""
    counts = table.counted()
    waiting: dict[str, int] = {}
    for clause in table.clauses:
        if clause.status == ROOM and clause.room is not None:
            waiting[clause.room] = waiting.get(clause.room, 0) + 1
    rooms = f" ({'、'.join(f'{room} {count}' for room, count in waiting.items())})" if waiting else ""
    return (
        f"共 {len(table.clauses)} 条: 已示例 {counts[SHOWN]}, 元数据 {counts[METADATA]}, "
        f"未实现 {counts[ROOM]}{rooms}, 部分 {counts[PARTLY]}, 缺 {counts[MISSING]}"
    )


def lines(table: ClauseTable, book: Rulebook) -> Iterator[str]:
    """The table of one book for the terminal."""
    yield f"{book.document.title}  {table.book}"
    for clause in table.clauses:
        yield f"\n{clause.cited(book.document.numbering)}  [{_kinds(clause)}]  {_status(clause)}"
        yield f"  要求: {clause.asks}"
        if clause.lives:
            yield f"  所在: {'、'.join(_place(place) for place in clause.lives)}"
        for path in clause.shown:
            yield f"  示例: {path}"
        if clause.todo:
            yield f"  尚缺: {clause.todo}"
    yield f"\n{summary(table)}"


def page(tables: Iterable[tuple[ClauseTable, Rulebook]]) -> str:
    """The whole of docs/clauses.md."""
    held = list(tables)
    parts = [_HEAD, "| 规则书 | 统计 |", "| --- | --- |"]
    parts += [f"| {book.document.title} | {summary(table)} |" for table, book in held]
    for table, book in held:
        parts += [
            "",
            f"## {book.document.title}",
            "",
            "| 条文 | 要求 | 所在 | 示例 | 状态 |",
            "| --- | --- | --- | --- | --- |",
        ]
        parts += [_row(clause, book.document.numbering) for clause in table.clauses]
    return "\n".join(parts) + "\n"


def _row(clause: Clause, numbering: str) -> str:
    lives = "<br>".join(f"`{_place(place)}`" for place in clause.lives)
    shown = "<br>".join(_link(path) for path in clause.shown)
    status = _status(clause) + (f": {clause.todo}" if clause.todo else "")
    cells = (clause.cited(numbering), clause.asks, lives or "—", shown or "—", status)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _link(path: str) -> str:
    file, _, name = path.partition("::")
    words = name or Path(file).stem
    return f"[{words}](../{file})"


def _place(place: str) -> str:
    if place.startswith(COMMAND):
        return f"指令 {COMMANDS[place.removeprefix(COMMAND)].title}"
    return place


def _kinds(clause: Clause) -> str:
    return "、".join(KINDS[kind] for kind in clause.kinds)


def _status(clause: Clause) -> str:
    return f"{ROOM}({clause.room})" if clause.status == ROOM else clause.status
