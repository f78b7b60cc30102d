"""Restricted callers: who, why, until when; lifted with a reason; the notice on paper; each sees their own."""

from __future__ import annotations

from django.test import Client

from tests.web.conftest import In
from tests.web.reading import page, words
from tests.web.seed import DAY, Story, Town
from yixian.intake import restrictions
from yixian.orders import clock
from yixian.orders.models import Restriction
from yixian.parties import access

HOME = "/restrictions/"


def restricted(town: Town, days_ago: float, text: int = 0) -> Restriction:
    """A caller restricted so many days ago."""
    at = clock.now() - int(days_ago * DAY)
    Story(town, at - 3600).register(text).give("supervisor", "restrict_caller", 1, reason="一天内辱骂话务员十余次")
    return Restriction.objects.latest("id")


def test_the_list_shows_who_why_and_until_when(town: Town, enter: In) -> None:
    row = restricted(town, 2)
    answer = enter("agent").get(HOME)
    text = words(answer)
    for word in ("王**", "138****8000", row.order_no, "一天内辱骂话务员十余次", "郭建平", "生效", "还有"):
        assert word in text
    assert "13800138000" not in page(answer)
    assert 'class="art"' in page(answer)
    assert "确认解除" not in text, "an agent lifts nothing"
    assert "三天内到期 1 人" not in text, "it has a month to go"


def test_states_and_what_ends_soon(town: Town, enter: In) -> None:
    restricted(town, 40, 0)
    soon = restricted(town, 28, 1)
    now = restricted(town, 1, 2)
    client = enter("supervisor")
    actor = access.actor_of(town.users["supervisor"])
    for state, count in (("", 3), ("active", 2), ("expired", 1), ("lifted", 0), ("soon", 1)):
        rows, following = restrictions.page(actor, state=state)
        assert (len(rows), following) == (count, ""), state
        assert client.get(f"{HOME}?state={state}").status_code == 200
    assert [row.id for row in restrictions.ending_soon(actor)] == [soon.pk]
    assert "三天内到期 1 人" in words(client.get(HOME))
    client.post(f"{HOME}{now.pk}/lift/", {"reason": "本人致歉并保证不再拨打"})
    assert "本人致歉" in words(client.get(f"{HOME}?state=lifted"))
    assert client.get(f"{HOME}?state=blue").status_code == 422
    assert client.get(f"{HOME}?cursor=x").status_code == 422


def test_lifting_goes_through_the_order_and_needs_a_reason(town: Town, enter: In) -> None:
    row = restricted(town, 2)
    assert "请写明解除的理由" in words(enter("supervisor").post(f"{HOME}{row.pk}/lift/", {"reason": " "}, follow=True))
    refused = enter("agent").post(f"{HOME}{row.pk}/lift/", {"reason": "随手"}, follow=True)
    assert "生效" in words(refused)
    row.refresh_from_db()
    assert row.lifted_at is None
    assert "已解除限制" in words(enter("supervisor").post(f"{HOME}{row.pk}/lift/", {"reason": "误判"}, follow=True))
    row.refresh_from_db()
    assert row.lifted_at is not None
    again = enter("supervisor").post(f"{HOME}{row.pk}/lift/", {"reason": "再来一次"}, follow=True)
    assert "不在限制期内" in words(again)


def test_the_notice_is_one_sheet_with_its_article(town: Town, enter: In) -> None:
    row = restricted(town, 2)
    text = words(enter("agent").get(f"{HOME}{row.pk}/notice/"))
    for word in ("限制使用电话决定告知书", "一天内辱骂话务员十余次", "第九条", "110、119、120", "138****8000"):
        assert word in text
    assert enter("agent").get(f"{HOME}999999/notice/").status_code == 404


def test_units_and_strangers_see_nothing(town: Town, enter: In) -> None:
    row = restricted(town, 2)
    assert enter("water-clerk").get(HOME).status_code == 403
    assert enter("water-clerk").get(f"{HOME}{row.pk}/notice/").status_code == 403
    assert Client().get(HOME).status_code == 302
    assert restrictions.page(access.actor_of(town.users["water-clerk"])) == ([], "")


def test_an_empty_list_says_what_to_do(town: Town, enter: In) -> None:
    assert "没有符合条件的限制" in words(enter("agent").get(HOME))
