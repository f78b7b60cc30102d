"""Query parameters: how one is declared, and its check against the schema that the OpenAPI document shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from yixian.api.problems import Problem

DATE: dict[str, Any] = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def words(most: int = 200) -> dict[str, Any]:
    """The schema of a short text."""
    return {"type": "string", "minLength": 1, "maxLength": most}


@dataclass(frozen=True)
class Parameter:
    """A query parameter or header as the OpenAPI document shows it; `schema` is its JSON schema."""

    name: str
    words: str
    schema: dict[str, Any]
    where: str = "query"
    required: bool = False

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        pattern = self.schema.get("pattern")
        return re.compile(pattern) if pattern else None

    def check(self, value: str) -> None:
        """Raises Problem bad-parameter where the value is not of the schema."""
        wrong = self._wrong(value)
        if wrong:
            raise Problem("bad-parameter", wrong, path=self.name)

    def _wrong(self, value: str) -> str | None:
        schema = self.schema
        kind = schema["type"]
        if kind == "integer":
            low, high = schema["minimum"], schema["maximum"]
            whole = value.isascii() and value.isdigit() and len(value) <= len(str(high))
            return None if whole and low <= int(value) <= high else f"应为 {low} 至 {high} 的整数"
        if kind == "boolean":
            return None if value in ("true", "false") else "应为 true 或 false"
        if "enum" in schema:
            return None if value in schema["enum"] else f"应为 {'、'.join(schema['enum'])} 之一"
        if len(value) < schema.get("minLength", 0):
            return "不能为空; 不用时请去掉"
        if len(value) > schema.get("maxLength", len(value)):
            return f"过长, 最多 {schema['maxLength']} 个字符"
        if self._pattern and not self._pattern.fullmatch(value):
            return f"格式不对: {self.words}"
        return None


def check(declared: Mapping[str, Parameter], query: Mapping[str, str]) -> None:
    """Check a query against what is declared. Raises Problem bad-parameter, also for a parameter that is not."""
    for name, value in query.items():
        parameter = declared.get(name)
        if parameter is None:
            known = "、".join(declared) or "无"
            raise Problem("bad-parameter", f"没有参数 {name[:40]!r}; 可用的有: {known}", path=name[:40])
        parameter.check(value)
    for parameter in declared.values():
        if parameter.required and parameter.name not in query:
            raise Problem("bad-parameter", f"缺少参数: {parameter.words}", path=parameter.name)
