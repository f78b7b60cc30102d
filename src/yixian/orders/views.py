"""Saved views (视图): a filter of the list of orders under a name, one's own or shared with the whole platform."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.orders.models import SavedView
from yixian.parties import journal
from yixian.parties.masking import mask_text
from yixian.parties.models import User
from yixian.parties.permission import Actor

MOST = 50
LONGEST_NAME = 30
LONGEST_QUERY = 1000
SHARERS = frozenset({"supervisor", "administrator"})
"""Roles that may share a view with the whole platform."""


def may_share(actor: Actor) -> bool:
    """Whether the actor may share views with the platform."""
    return bool(actor.roles & SHARERS)


def seen(user: User) -> list[SavedView]:
    """One's own views, then those that others share with the platform, each in the order of saving; both bounded."""
    own = list(SavedView.objects.filter(user_id=user.pk).order_by("id")[:MOST])
    shared = SavedView.objects.filter(platform=user.platform_id, shared=True).exclude(user_id=user.pk)
    return own + list(shared.order_by("id")[:MOST])


def one(user: User, number: int) -> SavedView:
    """A view that this person may use. Raises NotFound."""
    found = SavedView.objects.filter(pk=number).first()
    if found is None or not (found.user_id == user.pk or (found.shared and found.platform_id == user.platform_id)):
        raise NotFound("没有这个视图, 它可能已被删除。")
    return found


def save(user: User, actor: Actor, name: str, query: str, columns: Sequence[str], *, shared: bool = False) -> SavedView:
    """Keep a filter under a name; a name used before now means this filter.

    Raises BadInput for a name or filter that cannot be kept and where there are 50 already, Denied for sharing.
    """
    title = _named(name)
    if len(query) > LONGEST_QUERY:
        raise BadInput("筛选条件过长, 请减少一些再保存", "query")
    if shared:
        _sharing(actor)
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        known = SavedView.objects.filter(user_id=user.pk, name=title).first()
        if known is None and SavedView.objects.filter(user_id=user.pk).count() >= MOST:
            raise BadInput(f"最多保存 {MOST} 个视图, 请先删除不用的", "name")
        if shared and _shared(user, known) >= MOST:
            raise BadInput(f"全平台最多共用 {MOST} 个视图, 请先取消不用的", "shared")
        made = known or SavedView(platform=user.platform, user_id=user.pk, user_name=user.name, name=title)
        made.query, made.columns, made.shared, made.at = query, list(columns), shared, timezone.now()
        made.save()
        if shared:
            journal.audit(actor, "共用视图", title, after={"query": query})
    return made


def _shared(user: User, but: SavedView | None) -> int:
    others = SavedView.objects.filter(platform=user.platform_id, shared=True)
    return (others.exclude(pk=but.pk) if but else others).count()


def change(user: User, actor: Actor, number: int, *, name: str | None = None, shared: bool | None = None) -> SavedView:
    """Rename one's own view, or share it or stop sharing it. Raises NotFound, BadInput, Denied."""
    found = _own(user, number)
    if name is not None:
        found.name = _named(name)
    if shared is not None and shared != found.shared:
        _sharing(actor)
        if shared and _shared(user, found) >= MOST:
            raise BadInput(f"全平台最多共用 {MOST} 个视图, 请先取消不用的", "shared")
        found.shared = shared
    try:
        with transaction.atomic():
            found.save()
            if shared is not None:
                journal.audit(actor, "共用视图" if shared else "取消共用视图", found.name, after={"query": found.query})
    except IntegrityError:
        raise BadInput(f"已有名为“{found.name}”的视图, 请换一个名称", "name") from None
    return found


def drop(user: User, actor: Actor, number: int) -> str:
    """Delete a view of one's own, or one that others share where one may share; returns its name. Raises NotFound."""
    found = one(user, number)
    if found.user_id != user.pk:
        _sharing(actor)
    with transaction.atomic():
        found.delete()
        if found.shared:
            journal.audit(actor, "删除共用视图", found.name, before={"query": found.query, "by": found.user_name})
    return found.name


def _own(user: User, number: int) -> SavedView:
    found = one(user, number)
    if found.user_id != user.pk:
        raise Denied(f"这个视图由{found.user_name}保存, 只有本人可以修改")
    return found


def _named(name: str) -> str:
    title = mask_text(" ".join(name.split()))
    if not title or len(title) > LONGEST_NAME or "\0" in title:
        raise BadInput(f"请写视图的名称, 最多 {LONGEST_NAME} 个字", "name")
    return title


def _sharing(actor: Actor) -> None:
    if not may_share(actor):
        raise Denied("共用视图由督办管理员、系统管理员设置")
