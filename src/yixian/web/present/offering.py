"""Precedents and history as the dispatch form offers them (先例, 历史派单建议)."""

from __future__ import annotations

from dataclasses import dataclass

from yixian.orders.queries import Advice, Usual


@dataclass(frozen=True, slots=True)
class Line:
    """One thing offered: whose turn it would be, why, and by which articles."""

    title: str
    text: str
    basis: tuple[str, ...] = ()


def chosen(advice: Advice) -> dict[str, list[str]]:
    """The form's fields as a binding precedent fills them."""
    bound = advice.bound
    return {"lead": [bound.lead], "co": list(bound.co)} if bound else {}


def offered(advice: Advice, *, history: bool = True) -> list[Line]:
    """Everything that is offered, the binding first; without `history` only what rules and place say."""
    lines = [_precedent(advice, place) for place in range(len(advice.precedents))]
    if advice.coordinated_by:
        text = f"超出本平台的地区或层级, 由{advice.coordinated_by}协调。"
        lines.append(Line("跨地区、跨层级", text, advice.coordinated_basis))
    if advice.level_to:
        text = f"按承办层级, 由{advice.level_to}办理。"
        lines.append(Line("层级", text, advice.level_basis))
    if advice.near:
        lines.append(Line("属地", f"地点在{'、'.join(advice.names[unit] for unit in advice.near)}的辖区。"))
    if advice.usual and history:
        said = "、".join(f"{advice.names.get(one.unit, one.unit)} {_counted(one)}" for one in advice.usual)
        lines.append(Line("历史派单建议", f"本平台最近同类工单的主办单位: {said}。仅供参考。"))
    if advice.fallback and not advice.precedents and history:
        lines.append(Line("无法确定单位时", f"{advice.fallback}。", advice.fallback_basis))
    return lines


def _precedent(advice: Advice, place: int) -> Line:
    one = advice.precedents[place]
    lead = advice.names.get(one.lead, one.lead)
    co = "、".join(advice.names.get(unit, unit) for unit in one.co)
    units = f"主办 {lead}" + (f", 协办 {co}" if co else "")
    where = f"{one.territory} " if one.territory else ""
    must = "应照此办理, 已为您选好。" if one.binding else "可参照办理。"
    return Line("指定先例", f"{where}“{one.subject}”曾指定{units}, {must}", one.basis)


def _counted(one: Usual) -> str:
    same = one.same_place
    return f"{one.orders} 件" + (f" (同一地点 {same} 件)" if same else "")
