"""The shapes in which orders are answered: a row of a list, and one order whole."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yixian.api.basis import Article
from yixian.api.schemas import ClockOut, Moment, Number, Out
from yixian.lifecycle.state import Counts


class OrderRow(Out):
    """清单中的一件工单."""

    number: Number
    platform: Annotated[str, Meta(description="平台代码")]
    platform_name: str
    book: Annotated[str, Meta(description="适用的规则")]
    version: Annotated[str, Meta(description="规则的版本")]
    state: str
    state_title: str
    category: str
    channel: str
    source: str | None
    subject: str | None
    place: str | None
    excerpt: Annotated[str, Meta(description="诉求摘要, 个人信息已隐去")]
    grade: str | None
    emergency: str | None
    flags: tuple[str, ...]
    card: Annotated[str, Meta(description="最重的牌: yellow、red, 没有为空")]
    lead: Annotated[str | None, Meta(description="主办单位代码")]
    lead_name: str | None
    registered: Moment
    changed: Moment
    closed: Moment | None
    due: Annotated[Moment | None, Meta(description="最先到期的时限")]
    due_clock: str | None


class OrderPage(Out):
    """一页工单; next_cursor 为空表示没有下一页."""

    orders: tuple[OrderRow, ...]
    next_cursor: str | None
    estimate: Annotated[int | None, Meta(description="约有多少件, 只在第一页给出")]


class Part(Out):
    """一个单位的承办."""

    unit: str
    name: str
    role: Annotated[str, Meta(description="lead 主办, co 协办")]
    dispatched: Moment
    signed: Moment | None
    deemed: Annotated[bool, Meta(description="视为签收")]
    opinion: Moment | None
    replied: Moment | None


class CardOut(Out):
    """黄牌或红牌."""

    card: str
    clock: str
    at: Moment
    cause: str | None
    unit: str | None
    basis: tuple[Article, ...]


class PendingOut(Out):
    """等待决定的申请."""

    kind: str
    at: Moment
    by: str


class RatingOut(Out):
    """一次评价."""

    level: str
    at: Moment
    by: str | None
    resolved: bool | None
    deemed: Annotated[bool, Meta(description="未作评价, 按规则视为")]
    counts: Annotated[bool, Meta(description="计入结果")]


class CaseOut(Out):
    """一件督办."""

    key: str
    trigger: str
    by: Annotated[str, Meta(description="督办机关; 内部督办为承办单位代码")]
    stands: Annotated[
        str, Meta(description="proposed 待确认, open 督办中, effective 已见效, no_effect 未见实效, dismissed 不予督办")
    ]
    at: Moment
    counted: Annotated[int | None, Meta(description="自动触发时计到的次数")]
    means: tuple[str, ...]
    units: Annotated[tuple[str, ...], Meta(description="联合督办的会同单位")]
    reason: str | None
    note: Annotated[str | None, Meta(description="结论说明")]
    concluded: Moment | None
    basis: tuple[Article, ...]


class OrderDetail(Out):
    """一件工单; 诉求人信息已隐去, hidden 说明为何不能查看."""

    number: Number
    platform: str
    platform_name: str
    book: str
    version: str
    state: str
    state_title: str
    category: str
    channel: str
    text: str
    place: str | None
    subject: str | None
    source: str | None
    domain: str | None
    grade: str | None
    urgency: str | None
    item: str | None
    nature: str | None
    emergency: str | None
    same_as: str | None
    upstream_platform: str | None
    upstream_no: str | None
    registered: Moment
    changed: Moment
    requester: Annotated[dict[str, str] | None, Meta(description="诉求人, 已隐去")]
    hidden: str | None
    lead: str | None
    parts: tuple[Part, ...]
    clocks: tuple[ClockOut, ...]
    cards: tuple[CardOut, ...]
    pending: tuple[PendingOut, ...]
    ratings: tuple[RatingOut, ...]
    cases: tuple[CaseOut, ...]
    flags: tuple[str, ...]
    counts: Counts
    events: Annotated[int, Meta(description="办理记录的条数")]
