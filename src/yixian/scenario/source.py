"""Reading scenario files: shape, unknown keys, moments. Errors name file, line and remedy."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yixian.lifecycle import COMMANDS
from yixian.rulebook.yaml_source import SourceError, parse_yaml, read_yaml
from yixian.scenario import filing

ZONE = dt.timezone(dt.timedelta(hours=8))
_TOP = ("rulebook", "title", "clauses", "units", "steps", "note")
UNIT_KINDS = ("government", "enterprise", "institution", "social")
_STEP = ("at", "do", "by", "order", "with", "expect", "note")
EXPECT = (
    "state", "due", "cards", "refused", "basis", "counts", "flags", "lead", "co", "evaluation", "counted", "supervised",
    "new_order", "notices",
)  # fmt: skip
COUNTS = ("returns", "urges", "extensions", "redos", "supplements", "repeats")
_OTHER_ROOMS = {"figure": "考核"}
_NO_COMMANDS = ("look", "file")


class ScenarioError(ValueError):
    """A file that is no scenario: where (file, line, dotted path), what is wrong, what would be right."""

    def __init__(self, file: Path, line: int, message: str, path: str = "") -> None:
        self.file, self.line, self.message, self.path = file, line, message, path
        super().__init__(f"{file} {self.told}" if line else f"{file}: {self.told}")

    @property
    def told(self) -> str:
        """The same without the file."""
        place = f"第 {self.line} 行" if self.line else ""
        before = ", ".join(filter(None, (place, self.path)))
        return f"{before}: {self.message}" if before else self.message


@dataclass(frozen=True, slots=True)
class Step:
    """One step: when, what, by whom, on which order, with which payload, and what must be so after it."""

    line: int
    at: int
    do: str
    by: str
    order: str
    payload: dict[str, Any]
    expect: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One timeline under one rulebook."""

    file: Path
    rulebook: str
    title: str
    clauses: tuple[str, ...]
    steps: tuple[Step, ...] = field(repr=False)
    units: dict[str, str] = field(default_factory=dict)  # unit -> its kind; others are government bodies
    book_line: int = 1  # where the rulebook is named


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The scenario files in files and folders, sorted; folders of rulebooks among them are passed over.

    Raises ScenarioError for a path that does not exist.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise ScenarioError(path, 0, "没有这个文件或文件夹")
        if path.is_file():
            found.append(path)
            continue
        for file in sorted(path.rglob("*")):
            if file.suffix in (".yaml", ".yml") and file.name != "expect.yaml" and not _is_book(file):
                found.append(file)
    return found


def _is_book(file: Path) -> bool:
    """A rulebook or calendar lying beside scenarios: it has no steps but a jurisdiction, or days."""
    head = file.read_text(encoding="utf-8", errors="replace")
    lines = head.splitlines()
    keys = {line.split(":", 1)[0].strip().strip("'\"") for line in lines if line and not line[0].isspace()}
    return "steps" not in keys and bool(keys & {"jurisdiction", "extends", "document", "days", "clocks"})


def read_scenarios(paths: Iterable[Path]) -> list[Scenario]:
    """Every scenario of files and folders. Raises ScenarioError at the first that is not well formed."""
    return [read_scenario(file) for file in files_of(paths)]


def read_scenario(file: Path) -> Scenario:
    """One scenario file. Raises ScenarioError."""
    try:
        return _scenario(file, read_yaml(file))
    except SourceError as error:
        raise ScenarioError(file, error.line, f"{error.message}。{error.remedy}", error.path) from None


def parse_scenario(text: str, label: str) -> Scenario:
    """A scenario from text that is in no file; errors name it by `label`. Raises ScenarioError."""
    file = Path(label)
    try:
        return _scenario(file, parse_yaml(text, file))
    except SourceError as error:
        raise ScenarioError(file, error.line, f"{error.message}。{error.remedy}", error.path) from None


def _scenario(file: Path, data: Any) -> Scenario:
    if not isinstance(data, dict):
        raise ScenarioError(file, 1, "场景应是 rulebook、title、clauses、steps 组成的一张表")
    _known(file, data, _TOP)
    for key in ("rulebook", "steps"):
        if key not in data:
            raise ScenarioError(file, 1, f"缺少 {key!r}; 补上 {key}: …", key)
    steps = data["steps"]
    if not isinstance(steps, list) or not steps:
        raise ScenarioError(file, _line(data, "steps"), "steps 应是一列步骤, 至少一步", "steps")
    clauses = data.get("clauses") or []
    listed = clauses if isinstance(clauses, list) else [clauses]
    return Scenario(
        file,
        str(data["rulebook"]),
        str(data.get("title") or file.stem),
        tuple(str(item) for item in listed),
        tuple(_step(file, item, index) for index, item in enumerate(steps, 1)),
        _units(file, data),
        _line(data, "rulebook"),
    )


def _units(file: Path, data: dict[str, Any]) -> dict[str, str]:
    """`units: {name: kind}`, for units that are no government bodies."""
    given = data.get("units") or {}
    line = _line(data, "units")
    if not isinstance(given, dict):
        raise ScenarioError(file, line, "units 应写作 {单位: 性质}, 例如 {市供水公司: enterprise}", "units")
    for unit, kind in given.items():
        if str(kind) not in UNIT_KINDS:
            raise ScenarioError(
                file, line, f"{unit} 的性质 {kind!r} 不认识, 可用的有 {'、'.join(UNIT_KINDS)}", f"units.{unit}"
            )
    return {str(unit): str(kind) for unit, kind in given.items()}


def _step(file: Path, item: Any, index: int) -> Step:
    here = f"steps[{index - 1}]"
    if not isinstance(item, dict):
        raise ScenarioError(file, 0, f"第 {index} 步应写作 {{at, do, by, order, with, expect}}", here)
    line = getattr(item, "line", 0)
    _known(file, item, _STEP, here)
    for key in ("at", "do"):
        if key not in item:
            raise ScenarioError(file, line, f"第 {index} 步缺少 {key!r}; 补上 {key}: …", f"{here}.{key}")
    do = str(item["do"])
    if do in _OTHER_ROOMS:
        raise ScenarioError(file, line, f"do: {do} 由{_OTHER_ROOMS[do]}模块提供, 目前尚未实现", f"{here}.do")
    if do not in _NO_COMMANDS and do not in COMMANDS:
        near = difflib.get_close_matches(do, [*COMMANDS, *_NO_COMMANDS], 1)
        raise ScenarioError(file, line, f"没有指令 {do!r}" + _hint(near, COMMANDS), f"{here}.do")
    expect = item.get("expect") or {}
    payload = item.get("with") or {}
    if not isinstance(expect, dict) or not isinstance(payload, dict):
        raise ScenarioError(file, line, f"第 {index} 步的 with 和 expect 应是表", here)
    if do == "file" and (wrong := filing.complaint(words(payload))):
        raise ScenarioError(file, line, f"第 {index} 步: {wrong}", f"{here}.with")
    _known(file, expect, EXPECT, f"{here}.expect")
    counts = expect.get("counts")
    if isinstance(counts, dict):
        _known(file, counts, COUNTS, f"{here}.expect.counts")
    return Step(
        line,
        read_moment(file, _line(item, "at"), str(item["at"]), f"{here}.at"),
        do,
        str(item.get("by") or "hotline"),
        str(item.get("order") or "A"),
        words(payload),
        plain(expect),
    )


def _line(data: Any, key: str) -> int:
    return int(getattr(data, "lines", {}).get(key, getattr(data, "line", 0)))


def _known(file: Path, data: dict[str, Any], known: tuple[str, ...], above: str = "") -> None:
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            path = f"{above}.{key}" if above else str(key)
            raise ScenarioError(file, _line(data, str(key)), f"没有 {key!r} 这一项{_hint(near, known)}", path)


def _hint(near: list[str], known: Iterable[str]) -> str:
    return f", 是否指 {near[0]!r}" if near else ", 可用的有 " + "、".join(known)


def read_moment(file: Path, line: int, text: str, path: str = "at") -> int:
    """Unix seconds of a local time. Raises ScenarioError."""
    try:
        found = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise ScenarioError(file, line, f"时间写法不对: {text!r}; 应写作 2023-09-04T10:00", path) from None
    return int((found if found.tzinfo else found.replace(tzinfo=ZONE)).timestamp())


def words(value: Any) -> Any:
    """A payload: as `plain`, but numbers keep their digits as text, since no command takes a number."""
    if isinstance(value, dict):
        return {str(key): words(item) for key, item in value.items()}
    if isinstance(value, list):
        return [words(item) for item in value]
    return value if isinstance(value, bool) or value is None else str(value)


def plain(value: Any) -> Any:
    """Nested plain Python values (numbers that were written as text stay text)."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return str(value)
