"""What the demo shows of supervision: cases listed, figures counted, one emergency that waits for somebody.

Notices and the alarm come from the outbox, which the demo's worker empties by itself.
"""

from __future__ import annotations

from typing import Any

from yixian.lifecycle import parse
from yixian.orders import actions
from yixian.parties import access
from yixian.parties.models import Platform, RoleGrant
from yixian.supervision import cases, counting

MOST_COUNTED = 5000
TEXT = "小区南门外的燃气管道被挖断, 气味很浓, 附近住户正在往外撤, 请马上派人。"
KEY = "demo-supervision"


def seed(now: int) -> None:
    """List the demo's cases, count its figures, and leave one fresh emergency. May be repeated."""
    for platform in Platform.objects.filter(is_active=True).exclude(book="").order_by("path")[:1]:
        _emergency(platform, now)
    cases.rebuild()
    counting.refresh(MOST_COUNTED)


def _emergency(platform: Platform, now: int) -> None:
    """An emergency registered some minutes ago, by the platform's first agent; once for all."""
    grant = RoleGrant.objects.filter(role="agent", platform=platform, user__is_active=True).order_by("id").first()
    if grant is None:
        return
    told: dict[str, Any] = {"category": "求助", "text": TEXT, "place": "南门", "channel": "phone", "emergency": "event"}
    told |= {"requester": {"name": "何女士", "phone": "19900000119"}}
    agent = access.actor_of(grant.user)
    actions.handle(None, parse("register", told), agent, platform=platform.code, now=now - 240, key=KEY)
