"""Reading API tokens (接口令牌) across the accounts that one administers; issuing and revoking is in `credentials`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from yixian.parties.errors import Missing, PartyError
from yixian.parties.models import ApiToken
from yixian.parties.permission import Actor
from yixian.parties.queries import LONGEST_PAGE, Page, within
from yixian.parties.roles import MANAGE

SOON = timedelta(days=30)
IDLE = timedelta(days=180)
STATES = {"valid": "有效", "soon": "30 天内到期", "idle": "半年未用", "system": "单位系统", "ended": "已失效"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows: words in its purpose, mark or account; a state of `STATES`; one account's."""

    words: str = ""
    state: str = ""
    username: str = ""


def everything(actor: Actor) -> QuerySet[ApiToken]:
    """The tokens of the accounts that the actor administers."""
    return ApiToken.objects.filter(within(actor, MANAGE, "user__platform__path"))


def page(actor: Actor, wanted: Wanted, cursor: str = "", size: int = 50) -> Page[ApiToken]:
    """One page of tokens, newest first, with account and unit. Raises PartyError for an unknown filter."""
    rows = matching(actor, wanted)
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise PartyError("翻页标记无法识别, 请从第一页重新查看", "cursor")
        rows = rows.filter(pk__lt=int(cursor))
    size = max(1, min(size, LONGEST_PAGE))
    found = list(rows.select_related("user__platform", "user__unit").order_by("-pk")[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else None)


def matching(actor: Actor, wanted: Wanted) -> QuerySet[ApiToken]:
    """The tokens that match, in no order. Raises PartyError for an unknown filter."""
    rows = everything(actor)
    for word in wanted.words.replace("\0", "").split()[:5]:
        part = word[:60]
        rows = rows.filter(Q(name__icontains=part) | Q(prefix__startswith=part) | Q(user__username__icontains=part))
    if wanted.username:
        rows = rows.filter(user__username=wanted.username)
    if wanted.state:
        rows = rows.filter(_in_state(wanted.state))
    return rows


def one(actor: Actor, token_id: int) -> ApiToken:
    """One token. Raises Missing beside or above what the actor administers."""
    found = everything(actor).select_related("user__platform", "user__unit").filter(pk=token_id).first()
    if found is None:
        raise Missing("没有这个令牌, 或不在您的管理范围内")
    return found


def _in_state(state: str) -> Q:
    now = timezone.now()
    valid = Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    used = Q(last_used__lt=now - IDLE) | Q(last_used__isnull=True, created_at__lt=now - IDLE)
    found = {
        "valid": valid,
        "soon": valid & Q(expires_at__lte=now + SOON),
        "idle": valid & used,
        "system": valid & Q(of_system=True),
        "ended": ~valid,
    }.get(state)
    if found is None:
        raise PartyError("没有这种状态, 请从上面重新选择", "state")
    return found
