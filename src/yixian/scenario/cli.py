"""`yixian scenario run PATH... [--rulebooks DIR] [--json]`: play scenarios; exit 0 only if all hold."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from yixian.rulebook import Library, RulebookError
from yixian.scenario.runner import Outcome, run
from yixian.scenario.source import Scenario, ScenarioError, files_of, read_scenario


@click.group("scenario", help="场景: 可执行的条文")
def group() -> None:
    """Scenarios."""


@group.command("run", help="运行场景文件或文件夹; 全部符合才返回 0")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--rulebooks", multiple=True, type=click.Path(path_type=Path), help="另外的规则书文件夹, 可多个")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出每个场景和每步的差异")
@click.option("--quiet", "-q", is_flag=True, help="只列出不符的场景")
def run_command(paths: tuple[Path, ...], rulebooks: tuple[Path, ...], as_json: bool, quiet: bool) -> None:
    """Run scenarios."""
    try:
        library = Library.load(extra=rulebooks)
        files = files_of(paths)
    except (RulebookError, ScenarioError) as error:
        if as_json:
            click.echo(json.dumps({"ok": False, "error": str(error), "scenarios": []}, ensure_ascii=False))
        else:
            click.echo(str(error), err=True)
        sys.exit(2)
    told = [_play(file, library) for file in files]
    failed = [item for item in told if not item["ok"]]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "ok": not failed and bool(told),
                    "passed": len(told) - len(failed),
                    "failed": len(failed),
                    "scenarios": told,
                },
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        for item in failed if quiet else told:
            _print(item)
        click.echo(f"共 {len(told)} 个场景, 符合 {len(told) - len(failed)} 个, 不符 {len(failed)} 个")
    if not told:
        click.echo("没有找到场景文件", err=True)
    sys.exit(1 if failed or not told else 0)


def _play(file: Path, library: Library) -> dict[str, Any]:
    try:
        scenario = read_scenario(file)
    except ScenarioError as error:
        return _unplayable(file, file.stem, error.told)
    try:
        return _told(scenario, run(scenario, library))
    except Exception as error:  # one scenario that breaks the engine must not hide how the others went
        return _unplayable(file, scenario.title, f"运行中断: {type(error).__name__}: {error}") | {
            "rulebook": scenario.rulebook
        }


def _unplayable(file: Path, title: str, error: str) -> dict[str, Any]:
    return {"file": str(file), "title": title, "rulebook": None, "ok": False, "error": error, "steps": []}


def _told(scenario: Scenario, outcome: Outcome) -> dict[str, Any]:
    return {
        "file": str(scenario.file),
        "title": scenario.title,
        "rulebook": scenario.rulebook,
        "clauses": list(scenario.clauses),
        "ok": outcome.ok,
        "error": outcome.error,
        "steps": [
            {
                "step": index,
                "line": result.step.line,
                "do": result.step.do,
                "order": result.step.order,
                "ok": not result.differences,
                "differences": [
                    {"key": one.key, "expected": one.expected, "actual": one.actual} for one in result.differences
                ],
            }
            for index, result in enumerate(outcome.results, 1)
        ],
    }


def _print(item: dict[str, Any]) -> None:
    click.echo(f"{'符合' if item['ok'] else '不符'}  {item['file']}  {item['title']}")
    if item["error"]:
        click.echo(f"      {item['error']}")
    for step in item["steps"]:
        for one in step["differences"]:
            click.echo(
                f"      第 {step['step']} 步(第 {step['line']} 行) {step['do']} {step['order']}: "
                f"{one['key']} 应为 {one['expected']}, 实为 {one['actual']}"
            )
