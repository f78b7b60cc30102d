"""Beside an order: its attachments up and down, and the orders of other platforms that are linked to it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from msgspec import Meta

from yixian.api.auth import actor_of
from yixian.api.call import Answer, Call, answer
from yixian.api.commands import number_of
from yixian.api.parameters import Parameter, words
from yixian.api.problems import Problem
from yixian.api.schemas import Moment, Number, Out, moment
from yixian.orders import attachments, linked
from yixian.orders.file_types import MOST_BYTES
from yixian.orders.models import Attachment
from yixian.parties.limits import address_of

BINARY = "application/octet-stream"
NAME = Parameter("name", "文件名, 如 说明.pdf; 后缀应与内容一致", words(200), required=True)


class AttachmentOut(Out):
    """附件: 一个文件和它的来历."""

    id: int
    name: Annotated[str, Meta(description="文件名")]
    mime: Annotated[str, Meta(description="按内容判定的类型")]
    size: Annotated[int, Meta(description="字节数")]
    sha256: Annotated[str, Meta(description="内容的校验值")]
    purpose: Annotated[str, Meta(description="随哪条指令提交, 空为单独上传")]
    by: Annotated[str, Meta(description="上传方: 单位代码, 或 hotline、manager")]
    person: Annotated[str, Meta(description="上传人")]
    at: Moment


class Attachments(Out):
    """一件工单的附件."""

    number: Number
    attachments: tuple[AttachmentOut, ...]


class LinkedOut(Out):
    """关联工单: 对方平台为同一诉求办理的工单, 只有状态和时限, 没有内容."""

    number: Number
    platform: Annotated[str, Meta(description="对方平台代码")]
    platform_name: Annotated[str, Meta(description="对方平台名称")]
    direction: Annotated[str, Meta(description="来自 或 转至")]
    kind: Annotated[str, Meta(description="transfer 转办, station 派给代表对方平台的单位")]
    state: str
    state_title: str
    due: Moment | None
    late: Annotated[bool, Meta(description="已超过时限")]
    readable: Annotated[bool, Meta(description="是否在本人数据范围内")]


class Links(Out):
    """一件工单的关联工单."""

    number: Number
    links: tuple[LinkedOut, ...]


def _out(row: Attachment) -> AttachmentOut:
    return AttachmentOut(
        id=row.pk,
        name=row.name,
        mime=row.mime,
        size=row.size,
        sha256=row.sha256,
        purpose=row.purpose,
        by=row.by,
        person=row.user_name,
        at=moment(int(row.at.timestamp())),
    )


def attach(call: Call) -> Answer:
    """Keep the body as a file of the order."""
    number = number_of(call)
    name = call.query.get("name", "")
    content = call.raw(MOST_BYTES)
    kept = attachments.attach(number, [(name, content)], actor_of(call), address=address_of(call.meta))
    return answer(_out(kept[0]))


def listed(call: Call) -> Answer:
    """The attachments of an order."""
    number = number_of(call)
    rows = attachments.of_order(number, actor_of(call))
    return answer(Attachments(number=number, attachments=tuple(map(_out, rows))))


def download(call: Call) -> Answer:
    """One file as it was uploaded."""
    given = call.params["id"]
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise Problem("unknown-order", "没有这个附件")
    row, content = attachments.download(number_of(call), int(given), actor_of(call), address=address_of(call.meta))
    named = f"attachment; filename*=UTF-8''{quote(row.name)}"
    return Answer(200, content, BINARY, (("Content-Disposition", named),))


def links(call: Call) -> Answer:
    """The orders of other platforms that are linked to this one."""
    number = number_of(call)
    rows = linked.linked(number, actor_of(call))
    return answer(
        Links(
            number=number,
            links=tuple(
                LinkedOut(
                    number=row.number,
                    platform=row.platform,
                    platform_name=row.platform_name,
                    direction=row.direction,
                    kind=row.kind,
                    state=row.state,
                    state_title=row.state_title,
                    due=moment(row.due) if row.due is not None else None,
                    late=row.late,
                    readable=row.readable,
                )
                for row in rows
            ),
        )
    )
