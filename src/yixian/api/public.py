"""The public's endpoints: submit without login, follow an order by number and query code, supplement, urge, evaluate.

All are rate-limited. A wrong code and an unknown number get the same answer. No answer holds anybody's personal data.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yixian.api.basis import Article, articles, newest
from yixian.api.call import Answer, Call, answer
from yixian.api.commands import NUMBER, key_of
from yixian.api.payloads import read
from yixian.api.problems import Problem
from yixian.api.routes import PREFIX
from yixian.api.schemas import In, Moment, Number, Out, moment
from yixian.lifecycle.commands import (
    ROLES_OF_HOTLINE,
    Command,
    Evaluate,
    Payload,
    Register,
    Requester,
    Supplement,
    Urge,
)
from yixian.lifecycle.events import EVENT_KINDS
from yixian.lifecycle.state import STATES, Event
from yixian.orders import actions, queries
from yixian.orders.errors import NotFound
from yixian.parties import access
from yixian.parties import queries as parties
from yixian.parties.errors import PartyError
from yixian.parties.limits import address_of
from yixian.parties.models import Platform

CHANNEL = "web"
_WRONG = "工单编号或查询码不正确。请核对提交时得到的编号和查询码。"
Code = Annotated[str, Meta(description="查询码, 提交时给出", pattern="^[0-9A-Za-z]{6}$")]


class PublicOrder(In):
    """网上提交的诉求."""

    platform: Annotated[str, Meta(description="向哪个平台提交: 平台代码", min_length=1, max_length=40)]
    category: Annotated[str, Meta(description="诉求类别, 取值见该平台的规则", min_length=1, max_length=200)]
    text: Annotated[str, Meta(description="诉求内容: 时间、地点、经过和要求", min_length=1, max_length=20000)]
    place: Annotated[str, Meta(description="事发地点", min_length=1, max_length=200)] | None = None
    name: Annotated[str, Meta(description="姓名或单位名称", min_length=1, max_length=200)] | None = None
    phone: Annotated[str, Meta(description="联系电话", max_length=40)] | None = None
    address: Annotated[str, Meta(description="联系地址", min_length=1, max_length=200)] | None = None
    type: Annotated[
        Literal["person", "enterprise", "organisation"] | None,
        Meta(description="person 个人, enterprise 企业, organisation 其他组织"),
    ] = None
    anonymous: Annotated[bool, Meta(description="匿名提交")] = False
    confidential: Annotated[bool, Meta(description="要求保密")] = False


class Submitted(Out):
    """提交结果: 凭编号和查询码查询进展, 请妥善保存."""

    number: Number
    query_code: Code
    state_title: str


class Step(Out):
    """进展中的一步."""

    title: Annotated[str, Meta(description="事项, 如 派单")]
    kind: str
    at: Moment
    by: Annotated[str, Meta(description="由谁办理: hotline、unit、upstream、requester、system")]
    basis: tuple[Article, ...]


class Progress(Out):
    """办理进展, 不含任何人的个人信息."""

    number: Number
    state: str
    state_title: str
    category: str
    platform: str
    platform_name: str
    registered: Moment
    lead_name: Annotated[str | None, Meta(description="主办单位")]
    due: Annotated[Moment | None, Meta(description="办理时限")]
    reply: Annotated[str | None, Meta(description="答复内容")]
    told: Annotated[str | None, Meta(description="不予受理、引导或限制来电时告知诉求人的话: 依据、有权处理的单位")]
    steps: tuple[Step, ...]
    allowed: Annotated[tuple[str, ...], Meta(description="诉求人现在可以办理的事项, 如 supplement、urge、evaluate")]


class PublicPlatform(Out):
    """一个可以提交诉求的平台."""

    code: str
    name: str
    level: str
    phone: str
    categories: Annotated[tuple[str, ...], Meta(description="诉求类别")]


class PublicPlatforms(Out):
    """可以提交诉求的平台."""

    platforms: tuple[PublicPlatform, ...]


class PublicSupplement(In):
    """补充诉求."""

    code: Code
    text: Annotated[str, Meta(description="补充的内容", min_length=1, max_length=20000)]


class PublicUrge(In):
    """催办."""

    code: Code
    note: Annotated[str, Meta(description="催办说明", min_length=1, max_length=2000)] | None = None


class PublicEvaluate(In):
    """评价."""

    code: Code
    level: Annotated[str, Meta(description="评价等级, 取值见规则", min_length=1, max_length=200)]
    resolved: Annotated[bool | None, Meta(description="问题是否解决")] = None
    note: Annotated[str, Meta(description="说明", min_length=1, max_length=2000)] | None = None


class Accepted(Out):
    """已收到."""

    number: Number
    state_title: str


_order = msgspec.json.Decoder(PublicOrder)
_supplement = msgspec.json.Decoder(PublicSupplement)
_urge = msgspec.json.Decoder(PublicUrge)
_evaluate = msgspec.json.Decoder(PublicEvaluate)


def submit(call: Call) -> Answer:
    """Register a report of a member of the public; answers the number and the query code."""
    told = read(call.body, _order)
    try:
        actor = access.actor_for("requester", told.platform)
    except PartyError as error:
        raise Problem("unknown-platform", error.message, path="platform") from None
    requester = Requester(
        name=told.name, phone=told.phone, address=told.address, anonymous=told.anonymous, type=told.type
    )
    payload = Register(
        category=told.category,
        text=told.text,
        channel=CHANNEL,
        requester=requester,
        place=told.place,
        confidential=told.confidential,
    )
    outcome = actions.handle(
        None, Command("register", "requester", payload), actor, platform=told.platform, key=key_of(call)
    )
    done = Submitted(
        number=outcome.order_no, query_code=outcome.query_code or "", state_title=STATES[outcome.state.state]
    )
    return answer(done, 201, [("Location", f"{PREFIX}/public/orders/{outcome.order_no}")])


def supplement(call: Call) -> Answer:
    """The requester adds to the report."""
    told = read(call.body, _supplement)
    return _give(call, "supplement", Supplement(text=told.text), told.code)


def urge(call: Call) -> Answer:
    """The requester urges."""
    told = read(call.body, _urge)
    return _give(call, "urge", Urge(note=told.note), told.code)


def evaluate(call: Call) -> Answer:
    """The requester rates the handling."""
    told = read(call.body, _evaluate)
    payload = Evaluate(level=told.level, resolved=told.resolved, by="web", note=told.note)
    return _give(call, "evaluate", payload, told.code)


def progress(call: Call) -> Answer:
    """Where the caller's order stands."""
    found = _verified(call, call.query["code"])
    return answer(
        Progress(
            number=found.number,
            state=found.state,
            state_title=found.state_title,
            category=found.category,
            platform=found.platform,
            platform_name=found.platform_name,
            registered=moment(found.registered),
            lead_name=found.lead_name,
            due=None if found.due is None else moment(found.due),
            reply=found.reply,
            told=found.told,
            steps=tuple(map(_step, found.steps)),
            allowed=found.allowed,
        )
    )


def _step(event: Event) -> Step:
    by = event.by if event.by in ROLES_OF_HOTLINE else "unit"
    title = EVENT_KINDS.get(event.kind, event.kind)
    return Step(title=title, kind=event.kind, at=moment(event.at), by=by, basis=articles(event.basis))


def _verified(call: Call, code: str) -> queries.Progress:
    """The order behind number and code. Raises Problem wrong-query-code for both an unknown number and a wrong code."""
    number = call.params["number"]
    if not NUMBER.fullmatch(number):
        raise Problem("wrong-query-code", _WRONG)
    try:
        return queries.progress(number, code, address=address_of(call.meta))
    except NotFound:
        raise Problem("wrong-query-code", _WRONG) from None


def _give(call: Call, name: str, payload: Payload, code: str) -> Answer:
    """Give a command as the requester of the order behind number and code."""
    found = _verified(call, code)
    actor = access.actor_for("requester", found.platform, order_no=found.number)
    outcome = actions.handle(found.number, Command(name, "requester", payload), actor, key=key_of(call))
    return answer(Accepted(number=outcome.order_no, state_title=STATES[outcome.state.state]))


def platforms(call: Call) -> Answer:
    """The platforms that take reports, with the categories of their rules."""
    return answer(PublicPlatforms(platforms=tuple(map(_platform, parties.open_to_the_public()))))


def _platform(row: Platform) -> PublicPlatform:
    book = newest(row.book)
    categories = book.categories.value if book and book.categories else ()
    return PublicPlatform(code=row.code, name=row.name, level=row.level, phone=row.phone, categories=tuple(categories))
