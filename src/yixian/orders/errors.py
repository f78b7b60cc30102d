"""What `orders` refuses: each error has Chinese title and detail, HTTP status, articles and what would be allowed."""

from __future__ import annotations

from typing import Any

from yixian.lifecycle.state import Event, Refusal


class OrderError(Exception):
    """The root. `detail` says what happened, why, and what to do next."""

    title = "未能办理"
    status = 400

    def __init__(self, detail: str, *, basis: tuple[str, ...] = (), allowed: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.basis = basis
        self.allowed = allowed
        self.path: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.__dict__))


def _rebuild(kind: type[OrderError], facts: dict[str, Any]) -> OrderError:
    error = kind.__new__(kind, facts["detail"])
    error.__dict__.update(facts)
    return error


class NotFound(OrderError):
    """No such order, or none that this actor may know of."""

    title = "没有这件工单"
    status = 404


class Denied(OrderError):
    """The actor may not give this command."""

    title = "没有权限"
    status = 403


class BadInput(OrderError):
    """Something in the request that cannot be stored or is not known; `path` says where."""

    title = "填写有误"
    status = 422

    def __init__(self, detail: str, path: str | None = None) -> None:
        super().__init__(detail)
        self.path = path


class Refused(OrderError):
    """The rules refuse the command. `follow_ups`: what it caused all the same; `since`: what others did meanwhile."""

    title = "不能这样办理"
    status = 409

    def __init__(self, refusal: Refusal, *, order_no: str = "", since: str = "") -> None:
        super().__init__(since + refusal.reason, basis=refusal.basis, allowed=refusal.allowed)
        self.refusal = refusal
        self.order_no = order_no
        self.follow_ups: tuple[Event, ...] = refusal.follow_ups


class Changed(OrderError):
    """The order moved on since the page was opened."""

    title = "工单已有变化"
    status = 409


class Busy(OrderError):
    """Others hold the order."""

    title = "工单正在被他人办理"
    status = 409

    def __init__(self, detail: str = "该工单正在被他人办理, 请稍后重试。已填内容未丢失。") -> None:
        super().__init__(detail)


class KeyClash(OrderError):
    """The idempotency key was used for another request."""

    title = "幂等键已用于另一请求"
    status = 409


class TooMany(OrderError):
    """Too many public queries."""

    title = "查询过于频繁"
    status = 429


class Unavailable(OrderError):
    """The database cannot be reached; nothing was half-written."""

    title = "系统暂时不可用"
    status = 503

    def __init__(
        self, detail: str = "数据库暂时连不上, 本次操作没有写入任何内容。请稍后重试, 已填内容未丢失。"
    ) -> None:
        super().__init__(detail)
