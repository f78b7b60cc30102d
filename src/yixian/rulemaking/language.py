"""The rulebook language as help beside the editor: every key, what it means, what it may hold, how to write it.

Made from the schema itself, so that a new key is here as soon as the loader takes it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from yixian.lifecycle import COMMANDS
from yixian.rulebook import reading, rows, schema, words_zh
from yixian.rulebook.schema import Field
from yixian.rulebook.vocabulary import LEVELS, SELECTOR_KEYS, SELECTOR_VALUES
from yixian.rulemaking.language_zh import ABOUT, TITLES, VALUES

_DURATION = (
    "时长: 30min 分钟, 24h 小时, 24h@wd 只在工作日走的小时, 5wh 工作小时, 2wd 工作日, 10d 自然日, 1w 周, same_day 当日"
)
_KINDS: dict[Any, tuple[str, str]] = {
    reading.text: ("一段文字", ""),
    reading.texts: ("一列文字", "[…, …]"),
    reading.joined: ("一段文字, 或一列", ""),
    reading.boolean: ("真假", "true"),
    reading.count: ("非负整数", "1"),
    reading.count_or_none: ("非负整数, 不限写 none", "1"),
    reading.duration: (_DURATION + ", none 不设时限, unset 条文没有数字", "10wd"),
    reading.running_duration: (_DURATION, "15wd"),
    reading.date: ("日期, 没有的写 unknown", "2027-01-01"),
    reading.hours: ("工作时段", '["09:00-12:00", "13:00-17:00"]'),
    reading.regexes: ("一列正则表达式", '["某(人|处|物)"]'),
    rows.selector: ("条件", "{category: 咨询}"),
    rows.selectors: ("all、none 或条件", "all"),
    rows.run_condition: ("条件, 或 dissatisfied", "{category: 投诉}"),
    rows.card_time: ("due_day 到期当天, overdue 逾期, 或带正负号的时长", "-1wd"),
    reading.redo_limit: ("half、same 或一个时长", "half"),
    reading.attempts: ("1 以上的整数", "2"),
    reading.silence: ("视为哪一等评价", "满意"),
    schema._apply_by: ("before_due 到期之前, 或 -1wd 到期前几个工作日", "-1wd"),
    schema.extension_length: ("equal_to_limit、up_to_limit、一个时长, 或 {limits: [...]}", "equal_to_limit"),
}
TYPES: dict[Any, str] = {
    reading.duration: "duration",
    reading.running_duration: "duration",
    reading.count: "count",
    reading.count_or_none: "count",
    reading.attempts: "count",
    reading.boolean: "boolean",
    reading.date: "date",
    rows.card_time: "card",
    schema.extension_length: "length",
}
"""Which readers take a single value that a form can ask for; words of a closed list are a choice."""
_BEHIND = {"_limits": "limit_rows"}
_SIDE = ("basis", "reading", "local", "waiver")


@cache
def guide() -> dict[str, dict[str, Any]]:
    """Every path of the language, `*` for names of one's own and `[]` for rows: title, about, kind, values, example."""
    found: dict[str, dict[str, Any]] = {}
    for key in schema.TOP_KEYS:
        found[key] = _entry(key, None)
    for key, field in schema.ROW_SECTIONS.items():
        _take(found, key, field.reader)
    for section, fields in schema.SECTIONS.items():
        found.setdefault(section, _entry(section, None))
        _fields(found, section, fields)
    for section, fields in {"clocks": schema.CLOCK, **schema.CLOCK_SECTIONS}.items():
        found[f"{section}.*"] = _entry(f"{section}.*", None)
        _fields(found, f"{section}.*", fields)
    for section, field in schema.FREE_LEAVES.items():
        _take(found, f"{section}.*", field.reader)
    for command in COMMANDS:
        found[f"stages.{command}"] = _entry(f"stages.{command}", None) | {"title": COMMANDS[command].title}
    found["jurisdiction.level"] = _entry("jurisdiction.level", reading.one_of(*LEVELS))
    for key in ("code", "name", "parent"):
        found[f"jurisdiction.{key}"] = _entry(f"jurisdiction.{key}", reading.text)
    for key in ("value", "when", *_SIDE):
        found[key] = _entry(key, rows.selector if key == "when" else None)
    for key in SELECTOR_KEYS:
        values = [[word, _word(word)] for word in SELECTOR_VALUES.get(key, ())]
        found[f"when.{key}"] = _entry(f"when.{key}", None) | {"title": words_zh.SELECTORS.get(key, key)}
        found[f"when.{key}"]["values"] = values
    return found


def _fields(found: dict[str, dict[str, Any]], section: str, fields: Mapping[str, Field]) -> None:
    for key, field in fields.items():
        _take(found, f"{section}.{key}", field.reader)


def _take(found: dict[str, dict[str, Any]], path: str, reader: Any) -> None:
    found[path] = _entry(path, reader)
    inside = _inside(reader)
    for key, one in inside.items():
        _take(found, f"{path}[].{key}" if _is_rows(reader) else f"{path}.{key}", one)


def _entry(path: str, reader: Any) -> dict[str, Any]:
    kind, example = _kind(reader)
    key = path.rpartition(".")[2].removesuffix("[]")
    about = ABOUT.get(path, "")
    if path.startswith(("knowledge.*.", "registers.*.")):
        about = ABOUT.get("clocks.*." + key, "")
    return {
        "title": _title(path, key),
        "about": about,
        "kind": kind,
        "values": [[word, VALUES.get(f"{path}:{word}") or _word(word)] for word in _words(reader)],
        "example": f"{key}: {example}" if example and key != "*" else "",
        "type": _type(reader),
    }


def _type(reader: Any) -> str:
    if reader in TYPES:
        return TYPES[reader]
    single = reader is not None and getattr(reader, "__qualname__", "").startswith("one_of")
    return "choice" if single and _words(reader) else ""


def found(path: tuple[str | int, ...]) -> dict[str, Any] | None:
    """The entry of a place in a text, None where the language has none; rows are numbers in the path."""
    words = ["[]" if isinstance(part, int) else part for part in path if part != "value"]
    for tried in (words, [words[0], "*", *words[2:]] if len(words) > 1 else words):
        entry = guide().get(".".join(tried).replace(".[]", "[]"))
        if entry is not None:
            return entry
    return None


def _title(path: str, key: str) -> str:
    if "." not in path and path in words_zh.SECTIONS:
        return words_zh.SECTIONS[path]
    sides = {"value": "值", "basis": "条款", "reading": "理解", "local": "本地自定", "waiver": "破例", "*": "名称自定"}
    more = {"jurisdiction": "地方", "extends": "上级规则书", "code": "代码", "level": "层级", "parent": "上级"}
    known = words_zh.PATHS.get(path) or words_zh.PARAMETERS.get(key) or words_zh.SECTIONS.get(key)
    return known or sides.get(key) or more.get(key) or TITLES.get(key) or key


def _kind(reader: Any) -> tuple[str, str]:
    if reader is None:
        return "", ""
    if reader in _KINDS:
        return _KINDS[reader]
    words = _words(reader)
    if words:
        several = "some_of" in reader.__qualname__ or "words_near" in reader.__qualname__
        return ("以下的一个或几个" if several else "以下之一"), words[0] if not several else f"[{words[0]}]"
    if _is_rows(reader):
        return "一列, 每行以 - 开头", ""
    return ("一张表" if _inside(reader) else ""), ""


def _closed(reader: Any) -> Mapping[str, Any]:
    """What a reader made by another function remembers: its words or its fields."""
    reader = getattr(schema, _BEHIND.get(getattr(reader, "__name__", ""), ""), reader)
    return inspect.getclosurevars(reader).nonlocals if inspect.isfunction(reader) else {}


def _words(reader: Any) -> tuple[str, ...]:
    held = _closed(reader)
    if "single" in held:
        held = _closed(held["single"])
    words = held.get("words", ())
    return tuple(words) if isinstance(words, tuple) else ()


def _is_rows(reader: Any) -> bool:
    return "read_row" in _closed(reader)


def _inside(reader: Any) -> Mapping[str, Any]:
    held = _closed(reader)
    if "read_row" in held:
        held = _closed(held["read_row"])
    fields = held.get("fields", {})
    return fields if isinstance(fields, Mapping) and all(callable(one) for one in fields.values()) else {}


def _word(word: str) -> str:
    return words_zh.WORDS.get(word) or words_zh.EVENTS.get(word) or words_zh.CLOCKS.get(word) or ""
