"""`yixian simulate`: real messages through the whole path under any rulebook, on virtual time.

Each message becomes one order on a platform that belongs to this run alone (file, book, seed, limit); the same call
again goes on where the last one was stopped, even by kill -9, and at the end finds nothing more to do. No message is
ever printed. Exit code 1 when something is lost, stuck, or not as its events say.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from yixian.ops import imports_mapping, imports_values, simulate_report, simulate_setup
from yixian.ops.imports_reading import ReadError, Row, Table, inspect, read
from yixian.ops.simulate_case import Case, Shares, chance, traits
from yixian.ops.simulate_engine import Engine, Report
from yixian.ops.simulate_hours import HOUR, local_day, midnight, slot
from yixian.orders import books
from yixian.orders.errors import OrderError
from yixian.parties.models import Platform
from yixian.rulebook import Rulebook

PER_DAY = 120
_LOOK_AHEAD = 400  # days: the longest a run may need after its first message


class Run(msgspec.Struct, frozen=True):
    """What a run is made of."""

    table: Table
    columns: dict[str, str]
    book: Rulebook
    seed: str
    code: str
    start: dt.date
    per_day: int = PER_DAY


def prepare(file: Path, book: str, seed: str, limit: int | None, start: dt.date, columns: tuple[str, ...] = ()) -> Run:
    """Open the file, find the rules in force that day. Raises ReadError, OrderError."""
    table = inspect(file)
    found = imports_mapping.mapping(table, imports_mapping.MESSAGE_FIELDS, columns)
    if book not in books.library().names():
        raise ReadError(f"没有规则书 {book!r}; 现有的有: {'、'.join(sorted(books.library().names()))}。")
    rules = books.in_force(book, start)
    code = simulate_setup.run_code(table.fingerprint, book, rules.version, seed, limit, start)
    return Run(table, found, rules, seed, code, start)


def cases(run: Run, units: dict[str, str], platform: str, limit: int | None) -> tuple[list[Case], dict[str, str]]:
    """The messages as cases, and the rows that cannot become one, with the reason."""
    found: list[Case] = []
    skipped: dict[str, str] = {}
    for index, row in enumerate(_rows(run, limit)):
        try:
            found.append(_case(run, row, index, units, platform))
        except imports_values.BadValue as error:
            skipped[f"{row.number}"] = str(error)
    return found, skipped


def _rows(run: Run, limit: int | None) -> Iterator[Row]:
    for count, row in enumerate(read(run.table)):
        if limit is not None and count >= limit:
            return
        yield row


def _case(run: Run, row: Row, index: int, units: dict[str, str], platform: str) -> Case:
    values = {field: row.values.get(column, "") for field, column in run.columns.items()}
    text = imports_values.body(values["text"])
    subject = imports_values.word(values.get("subject"))
    guess = simulate_setup.category((subject or "") + text)
    category = imports_values.category_or_guess(values.get("category"), run.book, guess)
    key = f"{row.number}"
    day = run.start + dt.timedelta(days=index // run.per_day)
    second = 7 * HOUR + int(chance(run.seed, key, "arrives") * 15 * HOUR)
    named = simulate_setup.unit_names((subject or "") + text, chance(run.seed, key, "spare"))
    register: dict[str, Any] = {
        "category": category,
        "text": text,
        "channel": "web",
        "subject": subject,
        "requester": _requester(run.seed, key, imports_values.word(values.get("name"))),
        "unclear": chance(run.seed, key, "unclear") < Shares().unclear,
        "confidential": chance(run.seed, key, "secret") < 0.02,
        "received_from": _from(run, row, day, second, key),
    }
    return Case(
        key=key,
        seed=run.seed,
        at=slot(midnight(day) + second),
        platform=platform,
        register={name: value for name, value in register.items() if value not in (None, False)},
        units=tuple(units[name] for name in named),
        traits=traits(run.seed, key, Shares(), category),
    )


def _from(run: Run, row: Row, day: dt.date, second: int, key: str) -> dict[str, Any] | None:
    """Most orders of a platform below another one come from there, dispatched a little before."""
    sources = list(run.book.sources)
    if run.book.jurisdiction.level not in ("county", "station") or not sources:
        return None
    platform = (
        sources[0]
        if chance(run.seed, key, "source") < 0.7
        else sources[int(chance(run.seed, key, "which source") * len(sources))]
    )
    at = dt.datetime.fromtimestamp(slot(midnight(day) + second) - 600 * (1 + second % 5), dt.UTC)
    sent = (at + dt.timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    return {"platform": platform, "no": f"{run.code}-{row.number}", "dispatched_at": sent}


def _requester(seed: str, key: str, name: str | None) -> dict[str, Any]:
    """Somebody to call back. The messages hold no phone numbers: these are made up, one per user name."""
    who = name or key
    if chance(seed, key, "anonymous") < 0.08:
        return {"anonymous": True}
    digits = int(chance("phone", who, "") * 10**8)
    return {"name": who, "phone": f"199{digits:08d}"}


# --- the command --------------------------------------------------------------------------------------------------


def simulate(
    run: Run, limit: int | None, progress: Callable[[int, Report], None] | None = None
) -> tuple[simulate_report.Figures, dict[str, str], Platform]:
    """Live the run to its end, then count and check. Returns the figures, the skipped rows and the platform."""
    platform, units = simulate_setup.stage(run.book.name, run.book.jurisdiction.level, run.code)
    names = {unit.code: unit.name for unit in units.values()}
    codes = {unit.name: unit.code for unit in units.values()}
    found, skipped = cases(run, codes, platform.code, limit)
    engine = Engine(f"sim/{run.code}", simulate_setup.PlainCast(), names, progress=progress)
    report = engine.live(found)
    skipped |= report.skipped
    figures = simulate_report.gather(run.book.name, platform.pk, len(found) + len(skipped) - len(report.skipped),
                                     len(skipped), report)  # fmt: skip
    return figures, skipped, platform


@click.command()
@click.option("--messages", "file", type=click.Path(path_type=Path), required=True, help="来信文件 (xlsx 或 csv)")
@click.option("--book", required=True, help="规则书, 如 national")
@click.option("--limit", type=click.IntRange(min=1), help="只取前若干件")
@click.option("--seed", default="1", show_default=True, help="随机种子; 相同的种子得到相同的过程")
@click.option("--map", "columns", multiple=True, metavar="列=字段", help="指明某列是哪个字段")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="虚拟时间的第一天, 默认 2024-03-04")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def command(
    file: Path,
    book: str,
    limit: int | None,
    seed: str,
    columns: tuple[str, ...],
    start: dt.datetime | None,
    as_json: bool,
) -> None:
    """用真实来信在虚拟时间上走完全流程: 登记、派单、签收、联系、办理、答复、审核、评价、办结、归档。

    可随时中断, 再次执行同一命令即从中断处继续; 不会丢失, 也不会重复办理。来信内容不会显示。
    """
    first = (start or dt.datetime(2024, 3, 4)).date()
    if first + dt.timedelta(days=_LOOK_AHEAD) > local_day(int(time.time())):
        raise click.ClickException(f"虚拟时间须整个在过去: --start 最晚为今天之前 {_LOOK_AHEAD} 天。")
    try:
        run = prepare(file, book, seed, limit, first, columns)
        figures, skipped, platform = simulate(run, limit, None if as_json else _Progress())
    except ReadError as error:
        raise click.ClickException(str(error)) from error
    except OrderError as error:
        raise click.ClickException(error.detail) from error
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode({"platform": platform.code, "figures": figures})).decode())
    else:
        click.echo(f"规则书 {book}, 平台 {platform.code}\n")
        click.echo(simulate_report.as_table(simulate_report.lines(figures)))
        for row, reason in list(skipped.items())[:20]:
            click.echo(f"跳过第 {row} 行: {reason}")
    for fault in figures.faults:
        click.echo(f"不符: {fault}", err=True)
    if figures.faults:
        raise SystemExit(1)
    if not as_json:
        click.echo("\n没有丢失, 没有停滞, 重建无差异。")


class _Progress:
    """A line about every five seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 5

    def __call__(self, at: int, report: Report) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 5
        day = local_day(at)
        click.echo(f"  {day}: 工单 {len(report.numbers) + report.opened}, 指令 {report.commands}", err=True)
