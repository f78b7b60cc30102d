"""Saved views: one's own, shared ones, and their bounds."""

from __future__ import annotations

import pytest

from yixian.orders import views
from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.parties.models import AuditEntry, User

from .conftest import World, _user


def told(user: User) -> list[str]:
    return [view.name for view in views.seen(user)]


def test_a_view_is_ones_own(world: World) -> None:
    agent, other = world.users["agent"], world.users["dispatcher"]
    made = views.save(agent, world.actor("agent"), "  退单 待定 ", "pending=return", ["place"])
    assert (made.name, made.query, made.columns) == ("退单 待定", "pending=return", ["place"])
    assert told(agent) == ["退单 待定"]
    assert told(other) == []
    for act in (
        lambda: views.one(other, made.pk),
        lambda: views.change(other, world.actor("dispatcher"), made.pk, name="我的"),
        lambda: views.drop(other, world.actor("dispatcher"), made.pk),
    ):
        with pytest.raises(NotFound):
            act()
    again = views.save(agent, world.actor("agent"), "退单 待定", "pending=extension", [])
    assert (again.pk, views.one(agent, made.pk).query) == (made.pk, "pending=extension")
    views.drop(agent, world.actor("agent"), made.pk)
    assert told(agent) == []


def test_sharing_is_for_those_who_run_the_platform(world: World) -> None:
    world.users["supervisor"] = _user("supervisor", world.city, "supervisor")
    boss, actor = world.users["supervisor"], world.actor("supervisor")
    shared = views.save(boss, actor, "红牌", "card=red", [], shared=True)
    assert told(world.users["agent"]) == ["红牌"]
    assert told(world.users["county_dispatcher"]) == [], "另一个平台看不到"
    with pytest.raises(Denied):
        views.change(world.users["agent"], world.actor("agent"), shared.pk, name="别的")
    with pytest.raises(Denied):
        views.drop(world.users["agent"], world.actor("agent"), shared.pk)
    with pytest.raises(Denied):
        views.save(world.users["agent"], world.actor("agent"), "我的", "", [], shared=True)
    views.change(boss, actor, shared.pk, shared=False)
    assert told(world.users["agent"]) == []
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == ["共用视图", "取消共用视图"]


def test_names_and_numbers_have_bounds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent, actor = world.users["agent"], world.actor("agent")
    for name in ("", "   ", "很" * 31, "a\0b"):
        with pytest.raises(BadInput, match="名称"):
            views.save(agent, actor, name, "", [])
    with pytest.raises(BadInput, match="过长"):
        views.save(agent, actor, "长", "q=" + "x" * 1000, [])
    monkeypatch.setattr(views, "MOST", 2)
    first = views.save(agent, actor, "一", "", [])
    views.save(agent, actor, "二", "", [])
    with pytest.raises(BadInput, match="最多保存"):
        views.save(agent, actor, "三", "", [])
    with pytest.raises(BadInput, match="已有名为"):
        views.change(agent, actor, first.pk, name="二")
    assert told(agent) == ["一", "二"]
