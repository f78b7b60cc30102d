"""Intake (受理): register, decline, answer, accept, verify, transfer, and repeats of the same matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from yixian.lifecycle import admission, clocks, commands, supervising
from yixian.lifecycle.draft import Draft, Refused
from yixian.lifecycle.state import SETTLED_BY_CLOSING, Facts, OrderState
from yixian.rulebook import Duration, Rulebook, WorkCalendar
from yixian.rulebook.model import Ground, article_of

_ZONE = dt.timezone(dt.timedelta(hours=8))


def registration(
    payload: commands.Register,
    number: str,
    book: Rulebook,
    calendar: WorkCalendar,
    now: int,
    facts: Facts,
    by: str,
    kind: str,
) -> Draft:
    """A draft holding the new order. Raises Refused where the book does not take it in."""
    _in_force(book, now)
    admission.not_secret(book, payload)
    let_through = admission.not_restricted(book, payload, facts, now, kind)
    category = _category(book, payload.category)
    _complete(book, payload)
    upstream = payload.received_from
    source = payload.source or (_source_of(book, upstream) if upstream else None)
    if source is None and payload.channel in book.sources:
        source = payload.channel
    limit, law = _statutory(payload.statutory_limit)
    requester = payload.requester
    order = OrderState(
        number, book.name, book.version, "registered", category, payload.channel, payload.text, now, now,
        place=payload.place, source=source, domain=payload.domain, subject=payload.subject, grade=payload.grade,
        urgency=payload.urgency, item=payload.item, nature=payload.nature, emergency=_tier(payload.emergency),
        petitioner=requester.type if requester else None, requester_level=_level(payload),
        requester=requester.ref if requester else None,
        contactable=_contactable(requester),
        statutory_limit=limit, statutory_basis=law, same_as=payload.same_as,
        upstream_platform=upstream.platform if upstream else None, upstream_no=upstream.no if upstream else None,
        upstream_dispatched=moment(upstream.dispatched_at) if upstream and upstream.dispatched_at else None,
        region=payload.region,
    )  # fmt: skip
    draft = Draft(order, book, calendar, now, facts, by, kind)
    _same_matter(draft, payload)
    _start(draft, payload, let_through)
    return draft


def _source_of(book: Rulebook, upstream: commands.ReceivedFrom) -> str | None:
    """The book's source an order came from: the platform's own name, else what the book calls that level's platform."""
    if upstream.platform in book.sources or upstream.platform in _selected_sources(book):
        return upstream.platform
    if upstream.level not in ("national", "province"):
        return None
    return next((source.name for source in book.sources.values() if source.level == upstream.level), None)


@lru_cache(maxsize=256)
def _selected_sources(book: Rulebook) -> frozenset[str]:
    """Sources that a row of the book selects by, also those `sources` does not list."""
    limits = [row for clock in book.clocks.values() for row in clock.limits]
    return frozenset(
        value
        for row in (*limits, *book.replies, *book.supervision)
        for key, values in zip(row.when.keys, row.when.values, strict=True)
        if key == "source"
        for value in values
    )


def _level(payload: commands.Register) -> str | None:
    """The level of who asks: the requester's own, else that of the platform that sent it."""
    if payload.requester is not None and payload.requester.level is not None:
        return payload.requester.level
    return payload.received_from.level if payload.received_from is not None else None


def _in_force(book: Rulebook, now: int) -> None:
    today = dt.datetime.fromtimestamp(now, _ZONE).date()
    document = book.document
    effective, expires = document.effective.value, document.expires.value
    if effective is not None and today < effective:
        raise Refused(f"规则书自 {effective} 起施行, 登记日 {today} 尚未施行", document.effective.basis)
    if expires is not None and today > expires and document.expired.value != "continue":
        raise Refused(f"规则书有效期至 {expires}, 登记日 {today} 已失效", document.expires.basis)


def _category(book: Rulebook, wanted: str) -> str:
    """The book's own word for a category: 建议 is 意见建议 where the book says so."""
    leaf = book.categories
    if leaf is None or not leaf.value or wanted in leaf.value:
        return wanted
    near = [word for word in leaf.value if wanted in word or word in wanted]
    if len(near) == 1:
        return near[0]
    raise Refused(f"没有诉求类别 {wanted!r}, 可用的有: {'、'.join(leaf.value)}", leaf.basis)


def _complete(book: Rulebook, payload: commands.Register) -> None:
    """工单要素: what the book says a record must hold."""
    leaf = book.intake.requires
    if leaf is None:
        return
    held = {
        "contact": payload.requester is not None
        and bool(payload.requester.phone or payload.requester.ref or payload.requester.anonymous),
        "text": bool(payload.text.strip()),
        "category": bool(payload.category),
        "place": bool(payload.place),
        "subject": bool(payload.subject),
        "phone": payload.requester is not None and bool(payload.requester.phone or payload.requester.ref),
        "name": payload.requester is not None and bool(payload.requester.name or payload.requester.ref),
        "domain": bool(payload.domain),
        "source": bool(payload.source or payload.received_from),
    }
    names = {"phone": "联系电话", "name": "诉求人姓名", "domain": "领域", "source": "来源"} | {
        "contact": "联系方式",
        "text": "诉求内容",
        "category": "诉求类别",
        "place": "地点",
        "subject": "事项",
    }
    missing = [names.get(key, key) for key in leaf.value if not held.get(key, True)]
    if missing:
        raise Refused(f"工单缺少要素: {'、'.join(missing)}", leaf.basis)


def _contactable(requester: commands.Requester | None) -> bool:
    """False where the person stayed anonymous and left no phone; a caller can be reached by the number called from."""
    if requester is None or requester.phone:
        return True
    return not requester.anonymous and requester.phone is None


def _tier(emergency: str | bool | None) -> str | None:
    if isinstance(emergency, bool):
        return "event" if emergency else None
    return emergency


def _statutory(limit: str | commands.StatutoryLimit | None) -> tuple[str | None, str | None]:
    if limit is None:
        return None, None
    text, law = (limit, None) if isinstance(limit, str) else (limit.limit, limit.basis)
    try:
        return str(Duration.parse(text)), law
    except ValueError as error:
        raise Refused(f"法定时限写法不对: {error}") from None


def moment(text: str) -> int:
    """Unix seconds of an ISO local time (Asia/Shanghai where no zone is given). Raises Refused for a bad one."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"时间写法不对: {text!r}; 应写作 2023-09-04T10:00") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=_ZONE)
    return int(found.timestamp())


def written(at: int) -> str:
    """A moment as payloads write it: ISO local time."""
    return dt.datetime.fromtimestamp(at, _ZONE).replace(tzinfo=None).isoformat()


def _same_matter(draft: Draft, payload: commands.Register) -> None:
    """同一事实、同一理由重复反映: refused where the book says so, for the same person."""
    if payload.same_as is None or draft.kind == "system" or draft.facts.same_requester < 2:
        return
    for rule in draft.book.intake.duplicate:
        if rule.when == "same_fact_same_reason" and rule.do == "refuse":
            draft.refuse(f"与工单 {payload.same_as} 为同一事实、同一理由, 不重复受理; 有新情况请补充诉求", rule.basis)


def _start(draft: Draft, payload: commands.Register, let_through: int | None) -> None:
    order = draft.state
    flags = ["confidential"] if payload.confidential else []
    flags += ["emergency"] if order.emergency else []
    flags += ["key"] if order.grade == "重点" else []
    flags += ["unverified"] if payload.unclear or payload.unverified else []
    flags += [payload.region] if payload.region else []
    first = admission.priority(draft.book, payload)
    flags += ["priority"] if first is not None else []
    flags += ["anonymous"] if payload.requester is not None and payload.requester.anonymous else []
    order.flags = tuple(flags)
    order.changed = draft.now
    emergency = tuple(article for row in draft.book.emergency if row.tier == order.emergency for article in row.basis)
    clocks.react(draft, "registered")
    clocks.react(draft, "upstream_dispatched")
    body: dict[str, Any] = {"order": order}
    noted = admission.noted(draft.book, payload, let_through, body)
    categories = draft.book.categories.basis if draft.book.categories and not draft.book.stage("register") else ()
    if draft.book.intake.requires is not None:
        categories = (*categories, *draft.book.intake.requires.basis)
    draft.state = None  # type: ignore[assignment]  # the first event makes the state
    draft.emit("registered", body, emergency, categories, first or (), noted, stage="register")
    if order.emergency:
        supervising.trigger(draft, "emergency")
    if order.source or order.region:  # where it comes from: a platform, or more regions than one
        supervising.trigger(draft, "source")


# ---- decisions of the desk ----------------------------------------------------------------------------------------


def decline(draft: Draft, payload: commands.Decline) -> None:
    """不予受理 on a listed ground; a guided ground (引导) is accepted with guidance."""
    intake = draft.book.intake
    ground = _ground(intake.refuse, payload.ground)
    body: dict[str, Any] = {"ground": payload.ground, "inform_unit": payload.inform_unit, "note": payload.note}
    body |= {key: said for key in ("unit_name", "unit_phone") if (said := getattr(payload, key))}
    if ground is not None:
        clocks.react(draft, "declined")
        body["told"] = admission.told(draft.book, ground, payload)
        draft.emit("declined", body, ground.basis, to="declined", stage="decline", notices=("requester",))
        return
    guided = _ground(intake.guide, payload.ground)
    if guided is not None:
        body["told"] = admission.told(draft.book, guided, payload, guided=True)
        body["flags"] = ("guided",)
        draft.emit("accepted", body, guided.basis, to="accepted", stage="decline", notices=("requester",))
        return
    known = "、".join(f"{item.key}({item.text})" for item in (*intake.refuse, *intake.guide))
    basis = tuple(article for item in intake.refuse for article in item.basis)
    draft.refuse(f"{payload.ground!r} 不是本规则书列明的不予受理情形; 列明的有: {known or '无'}", basis)


def _ground(grounds: tuple[Ground, ...], wanted: str) -> Ground | None:
    return next((item for item in grounds if wanted == item.key or wanted in map(article_of, item.basis)), None)


def answer(draft: Draft, payload: commands.Answer) -> None:
    """即时答复."""
    direct = draft.book.intake.direct_answer
    if direct is not None and draft.state.category not in direct.value:
        draft.refuse(
            f"{draft.state.category}类不能即时答复, 应转派; 可即时答复的有: {'、'.join(direct.value)}", direct.basis
        )
    if payload.mode in ("three_party", "specialist") and payload.party is None:
        who = "参加通话的单位或平台" if payload.mode == "three_party" else "应答的专家座席"
        draft.refuse(f"没有写明{who}", draft.book.stage("answer"))
    clocks.react(draft, "answered")
    basis = direct.basis if direct else ()
    body: dict[str, Any] = {"text": payload.text}
    body |= {key: said for key in ("mode", "party") if (said := getattr(payload, key))}
    draft.emit("answered", body, basis, to="answered", stage="answer", notices=("requester",))


def accept(draft: Draft, payload: commands.Accept) -> None:
    """受理."""
    clocks.react(draft, "accepted")
    draft.emit("accepted", {}, to="accepted", stage="accept")


def guard_verify(draft: Draft) -> None:
    """Only an unclear record is verified."""
    if "unverified" not in draft.state.flags:
        draft.refuse("工单不在待核实状态", draft.book.stage("verify"))


def verify(draft: Draft, payload: commands.Verify) -> None:
    """核实: the record is clear now, it may be dispatched."""
    guard_verify(draft)
    found = {key: said for key in ("subject", "place") if (said := getattr(payload, key))}
    body: dict[str, Any] = {"unflags": ("unverified",), "note": payload.note}
    draft.emit("verified", body | ({"set": found, **found} if found else {}), stage="verify")


def guard_unverified(draft: Draft) -> None:
    """Only a record that counts as clear is marked."""
    if "unverified" in draft.state.flags:
        draft.refuse("工单已在待核实状态", draft.book.stage("verify"))


def mark_unverified(draft: Draft, payload: commands.Reasoned) -> None:
    """待核实: the subject or the facts are unclear; it is verified before it is dispatched."""
    guard_unverified(draft)
    body = {"flags": ("unverified",), "reason": payload.reason}
    draft.emit("marked_unverified", body, draft.book.stage("verify"))


def transfer(draft: Draft, payload: commands.Transfer) -> None:
    """转出 to another platform."""
    clocks.react(draft, "transferred")
    rows = [row for row in draft.book.dispatch.levels if payload.to in (row.to, *row.when.keys)]
    basis = tuple(article for row in rows for article in row.basis)
    draft.emit("transferred", {"platform": payload.to, "reason": payload.reason}, basis,
               to="transferred", stage="transfer", notices=("platform",))  # fmt: skip


def note_repeat(draft: Draft, payload: commands.NoteRepeat) -> None:
    """重复反映: counted on the first order of the chain, where the triggers over a matter look."""
    repeats = draft.state.counts.repeats + 1
    draft.emit("repeated", {"report": payload.order, "counts": {"repeats": repeats}})
    supervising.over_matter(draft)


def merge(draft: Draft, payload: commands.Merge) -> None:
    """并单 into another order."""
    if payload.into == draft.state.number:
        draft.refuse("不能并入自己")
    clocks.react(draft, "closed")
    body = {"into": payload.into, "reason": payload.reason, "flags": ("merged",), "settled": SETTLED_BY_CLOSING}
    draft.emit("merged", body, to="closed", stage="merge")


def guard_withdraw(draft: Draft) -> None:
    """Some sources know no withdrawal."""
    flags = draft.book.source_flags(draft.state.source)
    if "no_withdrawal" in flags:
        source = draft.book.sources[draft.state.source or ""]
        draft.refuse(f"{source.name}无撤单功能, 所有办件都应办理答复", source.basis)


def withdraw(draft: Draft, payload: commands.Withdraw) -> None:
    """撤诉 by the requester."""
    guard_withdraw(draft)
    clocks.react(draft, "closed")
    body = {"reason": payload.reason, "flags": ("withdrawn",), "settled": SETTLED_BY_CLOSING}
    draft.emit("withdrawn", body, to="closed", stage="withdraw")


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {
    "decline": decline,
    "answer": answer,
    "accept": accept,
    "verify": verify,
    "mark_unverified": mark_unverified,
    "transfer": transfer,
    "note_repeat": note_repeat,
    "merge": merge,
    "withdraw": withdraw,
}
