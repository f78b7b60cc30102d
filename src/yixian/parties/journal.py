"""Writing the journals: administrative acts and looks at personal data. Append-only; a database trigger keeps it so."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils import timezone

from yixian.parties.errors import NotAllowed, PartyError
from yixian.parties.masking import mask_text
from yixian.parties.models import AuditEntry, UnmaskLog
from yixian.parties.permission import About, Actor, may_unmask

SHORTEST_REASON = 4
LONGEST_REASON = 500
_from: ContextVar[str] = ContextVar("yixian_acting_from", default="")
_EMPTY_WORDS = re.compile(r"(测试|查看|查询|看看|看一下|查一下|(工作|业务)?需要|原因|理由|没有|无|随便)+")


@contextmanager
def acting_from(address: str) -> Iterator[None]:
    """Within the block, acts that name no address are recorded as coming from this one."""
    before = _from.set(address)
    try:
        yield
    finally:
        _from.reset(before)


def real_reason(reason: str) -> str:
    """The reason, trimmed; raises PartyError when it is empty, too short or says nothing."""
    plain = " ".join(reason.split())
    words = re.sub(r"[\W\d_]+", "", plain)
    if len(words) < SHORTEST_REASON or len(set(words)) < 3 or _EMPTY_WORDS.fullmatch(words):
        raise PartyError("请写明查看原因, 不少于 4 个字, 能让人看懂为何需要, 例如: 电话核实漏水的楼栋门牌", "reason")
    if len(plain) > LONGEST_REASON:
        raise PartyError(f"原因过长: 最多 {LONGEST_REASON} 个字, 现为 {len(plain)} 个字", "reason")
    return plain


def permitted(actor: Actor, reason: str, about: About | None) -> str:
    """The reason to record, once the actor may look at personal data; raises NotAllowed, PartyError."""
    denied = may_unmask(actor, about)
    if denied is not None:
        raise NotAllowed(denied.reason, denied.roles)
    return real_reason(reason)


def unmasked(actor: Actor, what: str, ref: str, reason: str, about: About | None, address: str) -> None:
    """Record one look at personal data; personal data in the reason itself is masked."""
    UnmaskLog.objects.create(
        at=timezone.now(),
        user_id=actor.user_id,
        username=actor.username[:80],
        platform_path=about.platform_path if about and about.platform_path else actor.platform_path,
        what=what,
        ref=uuid.UUID(ref),
        order_no=about.order_no if about else "",
        reason=mask_text(reason),
        address=address[:64],
    )


def _storable(facts: Any) -> Any:
    """The facts without what PostgreSQL's JSON cannot hold: NUL in words that came from outside."""
    if isinstance(facts, str):
        return facts.replace("\0", "")
    if isinstance(facts, dict):
        return {_storable(key): _storable(value) for key, value in facts.items()}
    return [_storable(item) for item in facts] if isinstance(facts, (list, tuple)) else facts


def audit(
    actor: Actor,
    verb: str,
    subject: str,
    *,
    platform_path: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    address: str = "",
) -> None:
    """Record one administrative act in the caller's transaction."""
    AuditEntry.objects.create(
        at=timezone.now(),
        user_id=actor.user_id,
        username=actor.username[:80],
        verb=verb,
        subject=subject.replace("\0", "")[:120],
        platform_path=platform_path or actor.platform_path,
        before=_storable(before or {}),
        after=_storable(after or {}),
        address=(address or _from.get())[:64],
    )
