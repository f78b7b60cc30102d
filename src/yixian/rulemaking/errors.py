"""What `rulemaking` refuses, beside the errors of orders: each says what is wrong and what to do next."""

from __future__ import annotations

from yixian.orders.errors import OrderError


class NoDraft(OrderError):
    """No such draft, or none that this person may see."""

    title = "没有这份草稿"
    status = 404


class NotAllowed(OrderError):
    """This person may not do this with this draft or this book."""

    title = "没有权限"
    status = 403


class NotReady(OrderError):
    """The draft is not in a state, or does not meet the conditions, for this."""

    title = "还不能这样办理"
    status = 409

    def __init__(self, detail: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.missing = missing


class Overtaken(OrderError):
    """Somebody saved in the meantime; nothing was written, what was typed is still with whoever sent it."""

    title = "草稿已被他人修改"
    status = 409
