"""Public copies: made of answered orders, released by reviewers, found by everybody, gone when they must be."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from yixian.orders import public_copies
from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.parties.models import AuditEntry

from .conftest import REPLIED, START, WATER, World

TEXT = "我叫王小明, 住翠微西路188号3栋501室, 楼下餐馆油烟直排, 请致电13800138000"
PERSON = {"phone": "13800138000", "name": "王小明", "address": "珠海市香洲区翠微西路188号3栋501室"}


def answered(world: World, *, text: str = TEXT, **fields: Any) -> str:
    number = world.handling(text=text, category="投诉", requester=PERSON, **fields)
    said = f"王小明您好: {REPLIED}"
    world.give(number, "reply", WATER, text=said, contacted=True, signed_by="主要负责人", now=START + 3600)
    world.give(number, "pass_review", now=START + 7200)
    return number


def test_the_copy_holds_nothing_of_the_person(world: World) -> None:
    copy = public_copies.preview(answered(world), world.actor("reviewer"))
    shown = msgspec.json.encode(copy).decode()
    for word in ("王小明", "小明", "138", "8000", "188", "501", "2023100"):
        assert word not in shown, shown
    assert "翠微西路" in copy.request
    assert "油烟直排" in copy.request
    assert "办理完毕" in copy.answer
    assert (copy.month, copy.unit, copy.slug) == ("2023-10", WATER, "")


@pytest.mark.parametrize("how", ["confidential", "withheld", "unanswered", "withdrawn"])
def test_what_may_not_be_public_becomes_no_copy(world: World, how: str) -> None:
    if how == "unanswered":
        number = world.handling(text=TEXT)
    elif how == "withdrawn":
        number = world.handling(text=TEXT)
        world.give(number, "withdraw", "requester", reason="已解决")
    else:
        number = answered(world, confidential=how == "confidential")
    if how == "withheld":
        world.give(number, "withhold", reason="涉及个人隐私", now=START + 8000)
    with pytest.raises(public_copies.NotPublic):
        public_copies.preview(number, world.actor("reviewer"))
    with pytest.raises(public_copies.NotPublic):
        public_copies.release(number, world.actor("reviewer"))


def test_only_reviewers_of_the_platform_release(world: World) -> None:
    number = answered(world)
    for name in ("water", "agent", "dispatcher"):
        with pytest.raises(Denied):
            public_copies.release(number, world.actor(name))
    with pytest.raises(NotFound):
        public_copies.release(number, world.actor("county_dispatcher"))
    assert public_copies.page().rows == ()


def test_released_it_is_read_and_found_by_everybody_and_the_release_is_journaled(world: World) -> None:
    number = answered(world)
    slug = public_copies.release(number, world.actor("reviewer"), now=START + 9000)
    assert public_copies.one(slug).request == public_copies.page().rows[0].request
    assert [row.slug for row in public_copies.page("油烟").rows] == [slug]
    assert public_copies.page("停水").rows == ()
    assert number not in slug
    entry = AuditEntry.objects.get(verb="公开答复")
    assert (entry.subject, entry.username) == (number, "reviewer")
    assert public_copies.release(number, world.actor("reviewer"), now=START + 9500) == slug


def test_marked_not_for_the_public_it_is_gone_at_once(world: World) -> None:
    number = answered(world)
    slug = public_copies.release(number, world.actor("reviewer"), now=START + 9000)
    world.give(number, "withhold", reason="诉求人要求不公开", now=START + 9600)
    with pytest.raises(NotFound):
        public_copies.one(slug)
    assert public_copies.page().rows == ()
    world.give(number, "publish", reason="诉求人同意公开", now=START + 9700)
    assert public_copies.page().rows == (), "恢复公开后须重新审核公开"


def test_taken_back_by_people(world: World) -> None:
    number = answered(world)
    slug = public_copies.release(number, world.actor("reviewer"))
    assert public_copies.take_back(number, world.actor("reviewer"))
    assert not public_copies.take_back(number, world.actor("reviewer"))
    with pytest.raises(NotFound):
        public_copies.one(slug)


def test_pages_follow_one_another_without_gap(world: World) -> None:
    numbers = [answered(world, text=f"第{place}处路灯不亮") for place in range(5)]
    for place, number in enumerate(numbers):
        public_copies.release(number, world.actor("reviewer"), now=START + 9000 + place)
    seen: list[str] = []
    cursor = None
    while True:
        found = public_copies.page("路灯", cursor, size=2)
        seen += [row.slug for row in found.rows]
        cursor = found.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    with pytest.raises(BadInput):
        public_copies.page(cursor="nonsense")
