"""One call of the API: what came in (`Call`) and what goes out (`Answer`), without a web framework's request objects.

A command costs about 15 µs here; Django's request, middleware and response would cost 250 µs (docs/decisions).
The same code runs below the WSGI server (`door.Door`) and below Django's URL conf (`urls`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
from django.http import HttpRequest

from yixian.api.problems import Problem

if TYPE_CHECKING:
    from yixian.api.routes import Route
    from yixian.parties.access import Actor

MAX_BODY = 1024 * 1024
JSON = "application/json"
Headers = tuple[tuple[str, str], ...]

_encoder = msgspec.json.Encoder()


class Answer(msgspec.Struct, frozen=True):
    """Status, body and headers to send."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Headers = ()


def answer(value: Any, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    """A JSON answer of anything msgspec can encode."""
    return Answer(status, _encoder.encode(value), JSON, tuple(headers))


class Call:
    """One request. `meta` are the WSGI environ's keys; the body is read once, when it is first asked for."""

    __slots__ = ("_body", "_django", "_query", "_read", "actor", "meta", "method", "params", "path", "route")

    def __init__(
        self,
        meta: Mapping[str, Any],
        read: Callable[[int], bytes],
        django: Callable[[], HttpRequest],
    ) -> None:
        self.meta = meta
        self.method: str = meta["REQUEST_METHOD"]
        self.path = _path(meta["PATH_INFO"])
        self.params: dict[str, str] = {}
        self.actor: Actor | None = None
        self.route: Route | None = None
        self._read = read
        self._django = django
        self._body: bytes | None = None
        self._query: dict[str, str] | None = None

    @property
    def django(self) -> HttpRequest:
        """The call as Django's request, made only where a login session has to be read."""
        return self._django()

    def header(self, name: str) -> str | None:
        """A request header by its WSGI name, e.g. "HTTP_AUTHORIZATION"."""
        value: str | None = self.meta.get(name)
        return value

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; a repeated one is refused, since it would not be clear which is meant."""
        if self._query is None:
            self._query = self._parse_query()
        return self._query

    def _parse_query(self) -> dict[str, str]:
        raw = str(self.meta.get("QUERY_STRING") or "")
        if not raw:
            return {}
        if len(raw) > 8000:
            raise Problem("bad-parameter", "查询参数过长, 最多 8000 个字符")
        try:
            pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=100)
        except ValueError:
            raise Problem("bad-parameter", "查询参数不是合法的 UTF-8 编码, 或参数过多") from None
        found: dict[str, str] = {}
        for name, value in pairs:
            if name in found:
                raise Problem("bad-parameter", f"参数 {name} 给出了两次, 只能给一次", path=name)
            if "\x00" in value or "\x00" in name:
                raise Problem("bad-parameter", "参数中不能有空字符 (U+0000)", path=name.replace("\x00", ""))
            found[name] = value
        return found

    @property
    def body(self) -> bytes:
        """The request's body. Raises Problem too-large above 1 MB, unsupported-type for anything but JSON."""
        if self._body is None:
            self._body = self._read_body()
        return self._body

    def raw(self, most: int) -> bytes:
        """The request's body as bytes of any type: a file. Raises Problem too-large above `most` bytes."""
        length = self.meta.get("CONTENT_LENGTH") or ""
        if length and (not length.isdigit() or int(length) > most):
            raise _too_large(length, most)
        parts: list[bytes] = []
        left = most + 1
        while left > 0 and (part := self._read(left)):
            parts.append(part)
            left -= len(part)
            if length and most + 1 - left >= int(length):
                break
        if left <= 0:
            raise _too_large("", most)
        return b"".join(parts)

    def _read_body(self) -> bytes:
        length = self.meta.get("CONTENT_LENGTH") or ""
        if length and (not length.isdigit() or int(length) > MAX_BODY):
            raise _too_large(length)
        body = self._read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise _too_large("")
        if body:
            _check_content_type(self.meta.get("CONTENT_TYPE") or "")
        return body


def _path(raw: str) -> str:
    """The path as text: WSGI hands on its bytes as Latin-1."""
    if raw.isascii():
        return raw
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return raw


def _too_large(length: str, most: int = MAX_BODY) -> Problem:
    size = f", 实为 {int(length)} 字节" if length.isdigit() and len(length) < 20 else ""
    return Problem("too-large", f"请求内容最多 {most} 字节{size}")


def _check_content_type(value: str) -> None:
    kind, _, parameters = value.partition(";")
    charset = parameters.strip().lower()
    if kind.strip().lower() != JSON or charset not in ("", "charset=utf-8", 'charset="utf-8"'):
        shown = value[:100] or "没有给出"
        raise Problem("unsupported-type", f"Content-Type 应为 application/json (UTF-8), 实为: {shown}")
