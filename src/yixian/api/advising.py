"""Advice for the dispatch of an order (派单建议): precedents, who handled such matters before, who coordinates."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yixian.api.auth import actor_of
from yixian.api.basis import Article, articles
from yixian.api.call import Answer, Call, answer
from yixian.api.commands import number_of
from yixian.api.schemas import Number, Out
from yixian.orders import queries


class PrecedentOut(Out):
    """同类事项的指定先例."""

    subject: str
    territory: Annotated[str | None, Meta(description="适用的地点, 空为不限")]
    lead: Annotated[str, Meta(description="主办单位代码")]
    co: Annotated[tuple[str, ...], Meta(description="协办单位代码")]
    binding: Annotated[bool, Meta(description="规则要求照此办理")]
    basis: tuple[Article, ...]


class UsualOut(Out):
    """最近办理同类工单的单位, 仅供参考."""

    unit: Annotated[str, Meta(description="单位代码")]
    orders: Annotated[int, Meta(description="件数")]
    same_subject: Annotated[int, Meta(description="其中主题相同的")]
    same_place: Annotated[int, Meta(description="其中地点相同的")]


class AdviceOut(Out):
    """派单建议."""

    number: Number
    precedents: tuple[PrecedentOut, ...]
    usual: tuple[UsualOut, ...]
    names: Annotated[dict[str, str], Meta(description="单位代码对应的名称")]
    coordinated_by: Annotated[str | None, Meta(description="跨地区、跨层级的由谁协调")]
    coordinated_basis: tuple[Article, ...]


def advice(call: Call) -> Answer:
    """What is offered for the dispatch of one order."""
    number = number_of(call)
    found = queries.advice(number, actor_of(call))
    return answer(
        AdviceOut(
            number=number,
            precedents=tuple(
                PrecedentOut(
                    subject=one.subject,
                    territory=one.territory,
                    lead=one.lead,
                    co=one.co,
                    binding=one.binding,
                    basis=articles(one.basis),
                )
                for one in found.precedents
            ),
            usual=tuple(
                UsualOut(unit=one.unit, orders=one.orders, same_subject=one.same_subject, same_place=one.same_place)
                for one in found.usual
            ),
            names=found.names,
            coordinated_by=found.coordinated_by,
            coordinated_basis=articles(found.coordinated_basis),
        )
    )
