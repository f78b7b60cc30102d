"""`yixian bench`: measure the parts asked for, print a table in Chinese, write JSON where wanted."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from yixian.ops.bench import commanding, holding, listening, machine, pure, reading, sweeping
from yixian.ops.bench.ground import Ground, ground
from yixian.ops.bench.report import Part, Report, table

PARTS = {
    "a": "经 HTTP 的指令, 对比 pgbench",
    "b": "批量指令, 对比 pgbench",
    "c": "经 HTTP 的登记",
    "d": "清单和详情",
    "e": "时限巡检",
    "f": "重建",
    "g": "决定和时限 (纯计算)",
    "h": "网页进程的内存",
    "i": "实时消息, 五百个打开的页面",
}
UNITS = {"k": 1000, "m": 1_000_000}


class Scales(click.ParamType):
    """Numbers of orders, such as 10k,100k,1m."""

    name = "件数"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The numbers, smallest first."""
        if isinstance(value, tuple):
            return value
        found = []
        for word in str(value).lower().split(","):
            plain = word.strip()
            factor = UNITS.get(plain[-1:], 1)
            digits = plain[:-1] if factor > 1 else plain
            if not digits.isdigit() or not 2000 <= int(digits) * factor <= 9_000_000:
                self.fail(f"{word!r} 不是可用的件数; 应为 2000 至 9m 之间的数, 写作 10k,100k,1m", param, ctx)
            found.append(int(digits) * factor)
        return tuple(sorted(set(found)))


class Only(click.ParamType):
    """Parts to run, such as a,b."""

    name = "项目"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The parts, in their order."""
        if isinstance(value, tuple):
            return value
        asked = {word.strip() for word in str(value).lower().split(",") if word.strip()}
        unknown = sorted(asked - set(PARTS))
        if unknown or not asked:
            words = "、".join(f"{name} {title}" for name, title in PARTS.items())
            self.fail(f"没有项目 {'、'.join(unknown) or '(空)'}; 可选: {words}", param, ctx)
        return tuple(name for name in PARTS if name in asked)


@click.command()
@click.option("--only", type=Only(), default=",".join(PARTS), help="只做这些项目, 如 a,b,g")
@click.option("--scale", type=Scales(), default="10k,100k,1m", show_default=True, help="清单一项的工单件数")
@click.option("--seconds", default=8.0, show_default=True, type=click.FloatRange(1, 600), help="每次测量的秒数")
@click.option(
    "--deadlines",
    default=sweeping.OPEN_DEADLINES,
    show_default=True,
    type=click.IntRange(10_000, 10_000_000),
    help="巡检一项的未到期时限数, 其中百分之一到期",
)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="把全部结果写成 JSON 文件")
def command(only: tuple[str, ...], scale: tuple[int, ...], seconds: float, deadlines: int, file: Path | None) -> None:
    """性能测试: 在临时的内置数据库上测量, 设置与生产相同 (fsync 开), 完成后全部删除。

    比值都以同一次运行、同一台机器、同一数据库上的 pgbench 或 numpy 为对照。机器上有别的负载时绝对数值偏低, 请看比值。
    """
    before = machine.machine()
    started = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    parts = measure(only, scale, seconds, deadlines, lambda words: click.echo(f"  {words}", err=True))
    report = Report(before, started, parts)
    click.echo(
        f"一线性能测试  {started}  {before.cores} 核, 内存 {before.memory_mb} MB, Python {before.python}, "
        f"开始时负载 {before.load[0]:.2f}, 结束时 {machine.load()}; 单核同一小段计算最快 {before.pace[0]} 毫秒、"
        f"通常 {before.pace[1]} 毫秒"
    )
    click.echo(table(parts))
    missed = [f"({line.part}) {line.title}" for part in parts for line in part.lines if line.reached is False]
    click.echo(f"\n未达到目标: {'; '.join(missed)}" if missed else "\n所测项目的目标全部达到。")
    if file:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
        click.echo(f"JSON 已写入 {file}")


def measure(
    only: tuple[str, ...], scale: tuple[int, ...], seconds: float, deadlines: int, progress: Callable[[str], None]
) -> list[Part]:
    """Measure the parts in turn. The pure part needs no database."""
    parts: list[Part] = []
    if "g" in only:
        progress(f"(g) {PARTS['g']} ...")
        parts += _timed(lambda: [pure.core(min(seconds, 4))])
    if set(only) - {"g"}:
        progress("启动临时数据库 ...")
        with ground() as made:
            for name, act in _on_database(made, only, scale, seconds, deadlines, progress):
                progress(f"({name}) ...")
                parts += _timed(act)
    return sorted(parts, key=lambda part: part.part)


def _on_database(
    made: Ground,
    only: tuple[str, ...],
    scale: tuple[int, ...],
    seconds: float,
    deadlines: int,
    progress: Callable[[str], None],
) -> list[tuple[str, Callable[[], list[Part]]]]:
    asked = set(only)
    both = "、".join(name for name in ("a", "b") if name in asked)
    acts: dict[str, Callable[[], list[Part]]] = {
        both: lambda: commanding.commands(made, seconds, asked.__contains__),
        "c": lambda: [commanding.registrations(made, seconds)],
        "h": lambda: [holding.memory(made, seconds)],
        "i": lambda: [listening.live(made, seconds)],
        "f": lambda: [sweeping.rebuild(made)],
        "e": lambda: [sweeping.sweep(made, deadlines)],
        "d": lambda: [reading.scales(made, scale, progress)],
    }
    return [(name, act) for name, act in acts.items() if name and set(name.split("、")) & asked]


def _timed(act: Callable[[], list[Part]]) -> list[Part]:
    began = time.perf_counter()
    parts = act()
    for part in parts:
        part.seconds = round((time.perf_counter() - began) / len(parts), 1)
        part.load = machine.load()
    return parts
