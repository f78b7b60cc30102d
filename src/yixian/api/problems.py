"""Every error of the API as problem details (RFC 9457): stable type, Chinese words, articles, what would be allowed.

`TYPES` is the whole list; `Problem` is what endpoints raise; `of_error` turns what the rooms below raise into one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from psycopg import OperationalError as LostConnection

from yixian.api.basis import Article, articles
from yixian.lifecycle.commands import COMMANDS, PayloadError
from yixian.orders import errors
from yixian.orders.errors import OrderError
from yixian.parties.errors import NotAllowed, PartyError, TooOften
from yixian.rulebook import RulebookError

log = logging.getLogger("yixian.api")

CONTENT_TYPE = "application/problem+json"


class ProblemType(msgspec.Struct, frozen=True):
    """One kind of error: its status, title and what a caller does about it."""

    slug: str
    status: int
    title: str
    remedy: str

    @property
    def uri(self) -> str:
        """The stable URI reference of the type."""
        return f"/problems/{self.slug}"


def _types(*rows: tuple[str, int, str, str]) -> dict[str, ProblemType]:
    return {row[0]: ProblemType(*row) for row in rows}


TYPES: dict[str, ProblemType] = _types(
    ("malformed-json", 400, "请求内容不是合法的 JSON", "检查编码 (UTF-8)、括号和引号; 详细位置见 detail"),
    ("bad-parameter", 400, "请求参数不正确", "按 detail 修改 path 所指的查询参数或请求头"),
    ("unauthenticated", 401, "未登录或令牌无效", "在请求头 Authorization 中给出 Bearer 令牌, 或先登录"),
    ("forbidden", 403, "没有权限", "由具有 detail 所列角色的人员办理, 或向管理员申请权限"),
    ("csrf", 403, "缺少防跨站令牌", "用登录会话写入时, 在请求头 X-CSRFToken 中给出 Cookie csrftoken 的值"),
    ("not-found", 404, "没有这个接口", "接口清单见 /api/v1/openapi.json"),
    ("unknown-order", 404, "没有这件工单", "核对工单编号; 不在本人数据范围内的工单也按不存在答复"),
    ("unknown-rulebook", 404, "没有这部规则", "可用的规则见 /api/v1/rulebooks"),
    ("unknown-platform", 404, "没有这个平台", "核对平台代码"),
    ("wrong-query-code", 404, "编号或查询码不正确", "核对提交时得到的编号和查询码"),
    ("method-not-allowed", 405, "不支持这种请求方法", "可用的方法见响应头 Allow"),
    ("wrong-state", 409, "当前不能这样办理", "按 allowed 所列的指令办理; 依据见 basis"),
    ("conflict", 409, "工单正在被他人办理", "重新读取工单后再试"),
    ("idempotency-clash", 409, "幂等键已用于另一请求", "换一个 Idempotency-Key; 重发同一请求时内容须完全相同"),
    ("too-large", 413, "请求内容过大", "请求内容不得超过 1 MB; 批量指令每次不超过 500 条"),
    ("unsupported-type", 415, "不支持的内容类型", "请求头 Content-Type 应为 application/json"),
    ("invalid-payload", 422, "请求内容不符合要求", "按 detail 修改 path 所指的一项"),
    ("too-many-requests", 429, "请求过于频繁", "在响应头 Retry-After 所给的秒数之后再试"),
    ("internal", 500, "系统内部出错", "请把 instance 和时间告知运行维护人员; 本次请求没有写入任何内容"),
    ("rulebook-broken", 503, "规则文件有误", "请管理员运行 yixian rulebook check, 按提示改正后重试"),
    ("unavailable", 503, "数据库暂时不可用", "稍后重试; 带同一个 Idempotency-Key 重发不会重复办理"),
)


class AllowedCommand(msgspec.Struct, frozen=True):
    """A command that would be accepted now."""

    command: str
    title: str


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """错误说明 (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    path: str | None = None
    basis: tuple[Article, ...] = ()
    allowed: tuple[AllowedCommand, ...] = ()


class Problem(Exception):
    """Raised by an endpoint: a type's slug, a Chinese detail, and what belongs to it."""

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        path: str | None = None,
        basis: Sequence[str] = (),
        allowed: Sequence[str] = (),
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.kind = TYPES[slug]
        self.detail = detail or self.kind.remedy
        super().__init__(self.detail)
        self.path = path
        self.basis = tuple(basis)
        self.allowed = tuple(allowed)
        self.headers = tuple(headers)

    def details(self, instance: str = "") -> ProblemDetails:
        """The body that is sent; `instance` is the path of the request."""
        return ProblemDetails(
            type=self.kind.uri,
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            instance=instance,
            path=self.path,
            basis=articles(self.basis),
            allowed=tuple(AllowedCommand(name, COMMANDS[name].title) for name in self.allowed if name in COMMANDS),
        )


def of_error(error: BaseException) -> Problem:
    """The problem that stands for any exception; an unforeseen one is logged and becomes `internal` without words."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, PayloadError):
        return Problem("invalid-payload", error.message, path=error.path)
    if isinstance(error, OrderError):
        return _of_order_error(error)
    if isinstance(error, PartyError):
        return _of_party_error(error)
    if isinstance(error, (OperationalError, InterfaceError, LostConnection)):
        log.warning("database unavailable: %s %s", type(error).__name__, error)
        return Problem("unavailable", headers=[("Retry-After", "5")])
    if isinstance(error, RulebookError):
        log.error("a rulebook does not load: %s", error)
        return Problem("rulebook-broken", headers=[("Retry-After", "60")])
    log.error("unforeseen error in the API", exc_info=error)
    if isinstance(error, DatabaseError):
        return Problem("internal", "数据库没有接受这次请求, 没有写入任何内容。")
    return Problem("internal")


_OF_ORDERS: tuple[tuple[type[OrderError], str], ...] = (
    (errors.Refused, "wrong-state"),
    (errors.Denied, "forbidden"),
    (errors.NotFound, "unknown-order"),
    (errors.BadInput, "invalid-payload"),
    (errors.KeyClash, "idempotency-clash"),
    (errors.Busy, "conflict"),
    (errors.Changed, "conflict"),
    (errors.TooMany, "too-many-requests"),
    (errors.Unavailable, "unavailable"),
)


def _of_order_error(error: OrderError) -> Problem:
    slug = next((slug for kind, slug in _OF_ORDERS if isinstance(error, kind)), "internal")
    if isinstance(error, errors.Refused) and error.refusal.command == "register" and not error.basis:
        slug = "invalid-payload"  # no article refuses it: something in it cannot be read
    wait = {429: "900", 503: "5"}.get(TYPES[slug].status)
    headers = [("Retry-After", wait)] if wait else []
    return Problem(slug, error.detail, path=error.path, basis=error.basis, allowed=error.allowed, headers=headers)


def _of_party_error(error: PartyError) -> Problem:
    if isinstance(error, NotAllowed):
        return Problem("forbidden", error.message)
    if isinstance(error, TooOften):
        return Problem("too-many-requests", error.message, headers=[("Retry-After", str(error.wait))])
    return Problem("invalid-payload", error.message, path=error.field)
