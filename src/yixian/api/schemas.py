"""What the API takes and answers beside the commands' payloads, as structs from which the OpenAPI document is made."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yixian.api.basis import Article

TZ = dt.timezone(dt.timedelta(hours=8))
Moment = Annotated[
    str, Meta(description="北京时间, 如 2024-03-01T09:30:00+08:00", extra_json_schema={"format": "date-time"})
]
Number = Annotated[str, Meta(description="工单编号", min_length=1, max_length=40)]


def moment(at: int) -> str:
    """A unix second as local time with its offset."""
    return dt.datetime.fromtimestamp(at, TZ).isoformat()


class Out(msgspec.Struct, kw_only=True):
    """Whatever the API answers."""


class In(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whatever the API takes."""


class ClockOut(Out):
    """时限: status running 计时中, stopped 已停止, suspended 等待决定; due 为空表示没有期限."""

    name: Annotated[str, Meta(description="时限名称; 协办单位的写作 单位.名称")]
    owner: Annotated[str, Meta(description="由谁遵守: hotline、unit、requester、upstream")]
    unit: str | None
    limit: Annotated[str, Meta(description="期限, 如 5wd; none 规则不设期限, unset 条文未规定")]
    status: str
    started: Moment
    due: Moment | None
    late: Annotated[bool, Meta(description="已超过时限")]
    provisional: Annotated[bool, Meta(description="跨入放假安排尚未公布的年度, 公布后重算")]
    basis: tuple[Article, ...]


class EventOut(Out):
    """办理记录中的一条."""

    kind: Annotated[str, Meta(description="事项代码, 如 dispatched")]
    title: Annotated[str, Meta(description="事项, 如 派单")]
    at: Moment
    by: Annotated[str, Meta(description="由谁办理: 单位代码, 或 hotline、upstream、requester、manager、system")]
    basis: tuple[Article, ...]


class TimelineEntry(EventOut):
    """办理记录中的一条, 附内容; 个人信息已隐去."""

    seq: Annotated[int, Meta(description="在该工单中的次序")]
    by_name: Annotated[str, Meta(description="办理方的名称")]
    person: Annotated[str | None, Meta(description="经办人姓名")]
    data: Annotated[dict[str, Any], Meta(description="该事项的内容, 如答复文字、变动的时限和状态")]


class Timeline(Out):
    """办理记录, 按发生次序."""

    number: Number
    events: tuple[TimelineEntry, ...]


class Done(Out):
    """指令的办理结果."""

    number: Number
    state: Annotated[str, Meta(description="办理后的状态代码")]
    state_title: Annotated[str, Meta(description="办理后的状态")]
    events: Annotated[tuple[EventOut, ...], Meta(description="本次产生的记录, 到点的时限在前")]
    clocks: Annotated[tuple[ClockOut, ...], Meta(description="计时中和等待决定的时限")]
    opened: Annotated[tuple[str, ...], Meta(description="因此另立的工单编号")]
    replayed: Annotated[bool, Meta(description="同一幂等键的重发: 返回首次的结果, 没有再办一次")]
    query_code: Annotated[str | None, Meta(description="查询码, 只在登记时给出; 库中只存散列")]


class Action(Out):
    """一项指令现在可否办理; 不可办理的附原因和依据."""

    command: str
    title: str
    ok: bool
    reason: str | None
    basis: tuple[Article, ...]


class Actions(Out):
    """全部指令现在可否办理."""

    number: Number
    actions: tuple[Action, ...]


class BulkItem(In):
    """批量指令中的一项: register 不填 order."""

    command: Annotated[str, Meta(description="指令代码", min_length=1, max_length=60)]
    order: Annotated[str, Meta(description="工单编号; 登记时不填", min_length=1, max_length=40)] | None = None
    payload: Annotated[dict[str, Any], Meta(description="指令内容, 结构同该指令的单项接口")] = {}
    key: Annotated[str, Meta(description="幂等键", pattern="^[!-~]{1,200}$")] | None = None


class Unmask(In):
    """查看诉求人信息的原因, 记入查看记录."""

    reason: Annotated[str, Meta(description="为何查看, 至少 4 个字", min_length=4, max_length=500)]


class Revealed(Out):
    """诉求人信息原文; 本次查看已记入查看记录."""

    number: Number
    requester: dict[str, str] | None
    text: Annotated[str, Meta(description="诉求内容原文")]


class Health(Out):
    """运行状况."""

    status: str
    database: str
    version: str
