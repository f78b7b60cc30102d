"""One form, one command: read what was typed, hand it to the door of orders, say what is wrong where it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from yixian.lifecycle.commands import COMMANDS, PayloadError, parse
from yixian.orders import actions
from yixian.orders.actions import Outcome
from yixian.orders.errors import BadInput, Busy, Changed, KeyClash, OrderError, Unavailable
from yixian.parties.permission import Actor
from yixian.web import drafts, problems
from yixian.web.present import forms
from yixian.web.present.forms import Field


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a command was not done: words for the top of the form, and words for single fields."""

    status: int
    title: str
    detail: str
    basis: tuple[str, ...] = ()
    instead: str = ""
    stale: bool = False
    errors: dict[str, str] = field(default_factory=dict)


def send(
    request: HttpRequest,
    number: str | None,
    command: str,
    form: Sequence[Field],
    actor: Actor,
    *,
    platform: object = None,
    extra: dict[str, Any] | None = None,
) -> Outcome | Trouble:
    """Give the command that a form describes. `extra`: payload that the page itself knows. Never raises OrderError."""
    try:
        key = drafts.key_of(request)
        payload = forms.read(form, drafts.typed(request))
        given = parse(command, {**payload, **(extra or {})})
        return actions.handle(number, given, actor, platform=platform, key=key, seen=_seen(request, number))
    except PayloadError as error:
        return _ill_formed(error, form)
    except Unavailable:
        raise
    except OrderError as error:
        return _refused(error, form, command)


def trouble(error: PayloadError | OrderError, form: Sequence[Field], command: str) -> Trouble:
    """Why a command that a page gave by itself was not done, in the words of its form."""
    return _ill_formed(error, form) if isinstance(error, PayloadError) else _refused(error, form, command)


def _seen(request: HttpRequest, number: str | None) -> int | None:
    text = request.POST.get("seen", "")
    return int(text) if number and text.isascii() and text.isdigit() and len(text) < 8 else None


def _ill_formed(error: PayloadError, form: Sequence[Field]) -> Trouble:
    path = error.path.partition("[")[0]
    if any(item.path == path for item in form):
        return Trouble(422, "还不能提交", "请改正标红的地方。", errors={path: _plain(error.message)})
    return Trouble(422, "还不能提交", _plain(error.message))


def _plain(message: str) -> str:
    if message.startswith("过长, 最多 ") and message[-1].isdigit():
        return f"{message} 字"
    return {"缺少这一项, 必须填写": "请填写这一项"}.get(message, message)


def _refused(error: OrderError, form: Sequence[Field], command: str) -> Trouble:
    if isinstance(error, KeyClash):
        return Trouble(error.status, *problems.SENT_BEFORE)
    path = error.path or ""
    if isinstance(error, BadInput) and any(item.path == path for item in form):
        return Trouble(422, "还不能提交", "请改正标红的地方。", errors={path: error.detail})
    # Where the command itself is possible and only its words are at fault, naming others would mislead.
    others = () if command in error.allowed else error.allowed
    names = [COMMANDS[name].title for name in others if name in COMMANDS][:6]
    return Trouble(
        error.status, error.title, error.detail, error.basis, "、".join(names), stale=isinstance(error, Changed | Busy)
    )
