"""From the bytes of a request to a checked value; every way in which it can be wrong has its own Chinese words.

Valid input is decoded straight into the typed struct; only a refusal takes the slower way that finds words and path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from yixian.api.problems import Problem
from yixian.lifecycle.commands import COMMANDS, Command, Payload, PayloadError, parse

T = TypeVar("T")
MAX_DEPTH = 40
NUL = "不能有空字符 (U+0000), 请删去"

_decoders: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(spec.payload) for name, spec in COMMANDS.items()
}


def command_of(name: str, body: bytes, by: str) -> Command:
    """The checked command of a request's body; an empty body counts as `{}`.

    Raises Problem malformed-json or invalid-payload with the path inside the payload.
    """
    raw = body if body.strip() else b"{}"
    try:
        payload = _decoders[name].decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _why(name, raw, by) from None
    check_text(payload, raw)
    return Command(name, by, payload)


def _why(name: str, raw: bytes, by: str) -> Problem:
    plain = decode(raw)
    if not isinstance(plain, dict):
        return Problem("invalid-payload", f"请求内容应为一个 JSON 对象 {{…}}, 实为 {kind_of(plain)}", path="")
    try:
        parse(name, plain, by)
    except PayloadError as error:
        return Problem("invalid-payload", error.message, path=error.path)
    return Problem("invalid-payload", "请求内容不符合要求")


def decode(raw: bytes) -> Any:
    """Plain JSON. Raises Problem malformed-json, or invalid-payload for numbers and depths nobody means."""
    if not raw.strip():
        raise Problem("malformed-json", "请求没有内容, 应为一个 JSON 对象")
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        raise Problem("invalid-payload", "数字超出范围") from None
    except RecursionError:
        raise Problem("invalid-payload", "嵌套层次过深") from None
    except UnicodeDecodeError:
        raise Problem("malformed-json", "请求内容不是合法的 UTF-8 编码") from None
    except msgspec.DecodeError as error:
        raise Problem("malformed-json", _malformed(str(error), raw)) from None


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def _malformed(words: str, raw: bytes) -> str:
    if "truncated" in words:
        if _SURROGATE.search(raw):
            return "JSON 中有不成对的代理字符 (\\ud800–\\udfff), 或内容不完整"
        return "JSON 不完整, 中途结束"
    where = re.search(r"byte (\d+)", words)
    place = f" (第 {int(where[1]) + 1} 个字节)" if where else ""
    if "surrogate" in words or "utf" in words.lower() or "escape" in words:
        return f"JSON 中有不合法的字符或转义{place}"
    if "trailing" in words:
        return f"JSON 之后还有多余的内容{place}"
    return f"JSON 格式有误{place}"


def read(raw: bytes, decoder: msgspec.json.Decoder[T], *, texts: bool = True) -> T:
    """A struct of our own from a request's body, checked like a payload; `texts` False leaves texts to the caller."""
    try:
        value = decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        decode(raw)
        path, words = explain(str(error))
        raise Problem("invalid-payload", words, path=path) from None
    if texts:
        check_text(value, raw)
    return value


_FIELD = re.compile(r"`([^`]*)`")


def explain(words: str) -> tuple[str, str]:
    """msgspec's English complaint as (path, Chinese words)."""
    message, _, where = words.partition(" - at ")
    path = where.strip("`").removeprefix("$").lstrip(".")
    quoted = _FIELD.findall(message)
    if "unknown field" in message and quoted:
        return f"{path}.{quoted[0]}".lstrip("."), "没有这一项"
    if "missing required field" in message and quoted:
        return f"{path}.{quoted[0]}".lstrip("."), "缺少这一项, 必须填写"
    bound = message.rsplit(" ", 1)[-1]
    if "length <=" in message:
        return path, f"过长, 最多 {bound}"
    if "length >=" in message:
        return path, "不能为空"
    if "matching regex" in message:
        return path, "格式不对"
    if message.startswith("Expected `int`"):
        return path, f"应为整数, 范围 {bound}" if bound.lstrip("-").isdigit() else "应为整数"
    if "Invalid enum value" in message:
        return path, f"取值不在允许范围内: {message.removeprefix('Invalid enum value ')}"
    found = re.match(r"Expected `(.*)`, got `(.*)`", message)
    if found:
        return path, f"类型不对, 应为 {found[1]}, 实为 {found[2]}"
    return path, "不符合要求"


def check_text(value: Any, raw: bytes) -> None:
    """Refuse U+0000, which PostgreSQL cannot store; looks closely only where the raw bytes speak of it.

    A lone surrogate cannot get here: the decoder refuses it.
    """
    if b"\\u0000" not in raw:
        return
    for path, text in strings(msgspec.to_builtins(value)):
        if "\x00" in text:
            raise Problem("invalid-payload", NUL, path=path)


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside a plain value with its path; keys of objects count as texts too."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield path, key
            yield from strings(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from strings(item, f"{path}[{index}]")


def kind_of(value: Any) -> str:
    """What a plain JSON value is, in Chinese."""
    if value is None:
        return "null"
    words = {bool: "真假值", int: "数字", float: "数字", str: "文字", list: "数组", dict: "对象"}
    return words.get(type(value), "其他类型")


def payload_of(name: str, plain: dict[str, Any], by: str) -> Command:
    """The checked command of an already decoded payload (a bulk item). Raises Problem invalid-payload."""
    try:
        return parse(name, plain, by)
    except PayloadError as error:
        raise Problem("invalid-payload", error.message, path=error.path) from None


def plain_of(payload: Payload) -> dict[str, Any]:
    """A payload as plain JSON values, defaults left out."""
    plain: dict[str, Any] = msgspec.to_builtins(payload)
    return plain
