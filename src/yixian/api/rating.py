"""Links to rate by, for the gateway that sends them: a token fetches those of its platforms that can still be used."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yixian.api.auth import actor_of
from yixian.api.call import Answer, Call, answer
from yixian.api.parameters import Parameter
from yixian.api.problems import Problem
from yixian.api.schemas import Moment, Number, Out, moment
from yixian.intake import rating_links
from yixian.parties.limits import address_of

AFTER = Parameter("after", "上一页的 next, 默认从头", {"type": "integer", "minimum": 0, "maximum": 2**53 - 1})


class RatingLinkOut(Out):
    """一条评价链接: 发给诉求人, 用一次有效."""

    number: Number
    path: Annotated[str, Meta(description="链接的路径, 前面加上本平台的网址")]
    expires: Moment


class RatingLinks(Out):
    """还没有用过的评价链接, 每页最多 100 条, 从早到晚."""

    links: tuple[RatingLinkOut, ...]
    next: Annotated[int | None, Meta(description="下一页的 after; 没有更多时为 null")]


def waiting(call: Call) -> Answer:
    """One page of links; journaled. Only for tokens: a person asks for the one link of an order, on its page."""
    actor = actor_of(call)
    if actor.token_id is None:
        raise Problem("forbidden", "评价链接清单只给短信网关的令牌; 单件的链接在工单页上取")
    found = rating_links.waiting(actor, int(call.query.get("after", 0)), address=address_of(call.meta))
    links = tuple(RatingLinkOut(number=row.order_no, path=row.path, expires=moment(row.expires)) for row in found)
    return answer(RatingLinks(links=links, next=found[-1].id if len(found) == rating_links.SIZE else None))
