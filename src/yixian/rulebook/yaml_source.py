"""YAML 1.2 as rulebooks need it: only true and false are booleans, 10.10 keeps its digits, each key its line.

Mappings and lists remember where they stand in the file, so that every error can name file, line and path.
Duplicate keys, unknown tags and anything that is no YAML are refused with a remedy in Chinese; so is what could stop
the process: nesting without end, and references (&, *) that stand for millions of values.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML without libyaml: slower, the same result
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NULLS = ("", "~", "null", "Null", "NULL")
_TAGS = {"tag:yaml.org,2002:" + kind for kind in ("str", "map", "seq")}
_MAX_BYTES = 20_000_000
_DEEPEST = 60
_MOST_VALUES = 1_000_000  # every reference counted as what it stands for


class SourceError(ValueError):
    """A file that cannot be read: where, what is wrong, what would be right."""

    def __init__(self, file: Path, line: int, message: str, remedy: str, path: str = "") -> None:
        super().__init__(f"{file} 第 {line} 行: {message}。{remedy}")
        self.file, self.line, self.message, self.remedy, self.path = file, line, message, remedy, path


class PlainInt(int):
    """A whole number as written: as text it keeps its digits (division code 0756)."""

    text: str

    def __new__(cls, text: str) -> PlainInt:
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


class PlainFloat(str):
    """A number with a point, kept as text: article 10.10 is not article 10.1."""


class Map(dict[str, Any]):
    """A mapping that knows its line and its keys' lines."""

    line: int
    lines: dict[str, int]


class Seq(list[Any]):
    """A list that knows its line and its items' lines."""

    line: int
    lines: list[int]


class _Loader(_Base):
    yaml_implicit_resolvers: dict[str, Any] = {}  # scalars are resolved below, by the 1.2 core schema


class _Reader:
    def __init__(self, file: Path, problems: list[SourceError] | None) -> None:
        self.file = file
        self.problems = problems
        self.made: dict[int, Any] = {}
        self.open: set[int] = set()
        self.sizes: dict[int, int] = {}
        self.size = 0

    def fail(self, node: yaml.Node, message: str, remedy: str, path: str) -> None:
        error = SourceError(self.file, node.start_mark.line + 1, message, remedy, path)
        if self.problems is None:
            raise error
        self.problems.append(error)

    def build(self, node: yaml.Node, path: str) -> Any:
        if node.tag not in _TAGS:
            self.fail(node, f"不支持标签 {node.tag!r}", "删去标签, 只写普通的值", path)
            return None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self.made:
            self.grow(node, self.sizes[id(node)], path)
            return self.made[id(node)]
        if id(node) in self.open:
            self.fail(node, "引用 (*) 指向了自己", "删去循环的引用", path)
            return None
        self.open.add(id(node))
        before = self.size
        self.grow(node, 1 + len(node.value), path)
        made: Any = self.mapping(node, path) if isinstance(node, yaml.MappingNode) else self.sequence(node, path)
        self.open.discard(id(node))
        self.made[id(node)] = made
        self.sizes[id(node)] = self.size - before
        return made

    def grow(self, node: yaml.Node, size: int, path: str) -> None:
        self.size += size
        if self.size > _MOST_VALUES:
            line = node.start_mark.line + 1
            raise SourceError(self.file, line, "引用 (*) 展开后过大", "删去引用, 把内容直接写出来", path)

    def mapping(self, node: yaml.MappingNode, path: str) -> Map:
        made = Map()
        made.line = node.start_mark.line + 1
        made.lines = {}
        for key_node, value_node in node.value:
            key = str(_scalar(key_node)) if isinstance(key_node, yaml.ScalarNode) else ""
            if not key or key == "None":
                self.fail(key_node, "键应是一个词", "例如 owner: unit", path)
                continue
            here = f"{path}.{key}" if path else key
            if key in made:
                first = made.lines[key]
                self.fail(key_node, f"键 {key!r} 重复, 第 {first} 行已经写过", "合并为一处, 只保留一个", here)
                continue
            made.lines[key] = key_node.start_mark.line + 1
            made[key] = self.build(value_node, here)
        return made

    def sequence(self, node: yaml.Node, path: str) -> Seq:
        made = Seq(self.build(item, f"{path}[{index}]") for index, item in enumerate(node.value))
        made.line = node.start_mark.line + 1
        made.lines = [item.start_mark.line + 1 for item in node.value]
        return made


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style:  # quoted or block
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in _NULLS:
        return None
    if _INT.match(text):
        return PlainInt(text) if len(text) <= 18 else PlainFloat(text)
    return PlainFloat(text) if _FLOAT.match(text) else text


def read_yaml(file: Path, problems: list[SourceError] | None = None) -> Any:
    """Read one YAML file.

    Returns Map, Seq or a scalar; None for an empty file. With `problems`, duplicate keys and the like are collected
    there and reading goes on. Raises SourceError with file, line and remedy where nothing can be read.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SourceError(file, 1, f"读不到文件 ({error.strerror})", "检查路径和权限") from error
    if len(data) > _MAX_BYTES:
        raise SourceError(file, 1, "文件超过 20 MB", "拆成几个文件")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(file, line, "不是 UTF-8 编码", "用 UTF-8 编码另存后再试") from error
    return parse_yaml(text, file, problems)


def parse_yaml(text: str, file: Path, problems: list[SourceError] | None = None) -> Any:
    """As `read_yaml`, from text already read; `file` is only named in errors."""
    loader = None
    try:
        _check_depth(text, file)
        loader = _Loader(text)
        node = loader.get_single_node()
        return None if node is None else _Reader(file, problems).build(node, "")
    except yaml.YAMLError as error:
        raise _broken(file, text, error) from error
    except RecursionError as error:
        raise SourceError(file, 1, "嵌套太深", "减少层数") from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise SourceError(file, line, "含有不成立的字符", "重新录入这一行") from error
    finally:
        if loader is not None:
            loader.dispose()


def compose_yaml(text: str) -> yaml.Node | None:
    """The nodes of a text with their marks, for changing single values in place; None where it cannot be read."""
    loader = None
    try:
        _check_depth(text, Path())
        loader = _Loader(text)
        found: yaml.Node | None = loader.get_single_node()
        return found
    except (yaml.YAMLError, SourceError, RecursionError, UnicodeEncodeError):
        return None
    finally:
        if loader is not None:
            loader.dispose()


def _check_depth(text: str, file: Path) -> None:
    """Refuse deep nesting before anything recurses into it: the parser's own recursion would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise SourceError(file, line, f"嵌套超过 {_DEEPEST} 层", "减少层数")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


_PROBLEMS = (
    ("expected ',' or ']'", "前面的方括号没有写完, 缺少逗号或右方括号"),
    ("expected ',' or '}'", "前面的花括号没有写完, 缺少逗号或右花括号"),
    ("expected <block end>", "这一行的缩进与上面几行对不上"),
    ("expected key", "这一行的缩进与上面几行对不上, 或少了冒号"),
    ("did not find expected '-' indicator", "列表各项的短横没有对齐"),
    ("mapping values are not allowed", "一行里多了一个冒号, 值里有冒号的要加引号"),
    ("could not find expected ':'", "键的后面少了冒号"),
    ("unexpected end of stream", "引号没有写完"),
    ("found character that cannot start any token", "有不能用在这里的字符, 值要加引号"),
    ("expected node content", "这一行或上一行没有写完, 缺少值或右括号"),
    ("undefined alias", "引用了没有定义的锚"),
)
"""What the parser says of broken text, as people who are no programmers read it."""


def _broken(file: Path, text: str, error: yaml.YAMLError) -> SourceError:
    position = getattr(error, "position", None)
    if isinstance(error, yaml.reader.ReaderError) and isinstance(position, int):
        line = text.count("\n", 0, position) + 1
        return SourceError(file, line, "含有控制字符, 不能读", "删去这一行里看不见的字符, 或重新录入这一行")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    problem = str(getattr(error, "problem", None) or error)
    said = next((told for part, told in _PROBLEMS if part in problem), "")
    lines = text.splitlines()
    here = lines[line - 1].strip()[:60] if 0 < line <= len(lines) else ""
    remedy = "检查这一行及上一行的缩进、冒号后的空格、引号和括号是否成对"
    if "\t" in here or "\\t" in problem or "tab" in problem:
        remedy = "缩进只能用空格, 不能用制表符"
    elif "expected a single document" in problem or "another document" in problem:
        remedy = "一个文件只写一份, 删去 --- 之后的内容"
    elif any(mark in here for mark in "：，“”"):
        remedy = '冒号、逗号和引号要用半角的 : , "'
    return SourceError(file, line, f"不是合法的 YAML: {said or problem}" + (f" (此行: {here})" if here else ""), remedy)
