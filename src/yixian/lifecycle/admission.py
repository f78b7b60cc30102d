"""Who is let in at registration (登记把关): restricted callers, secrets, priority; and what the refused are told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from yixian.lifecycle import commands
from yixian.lifecycle.draft import Refused
from yixian.lifecycle.state import Basis, Facts
from yixian.rulebook import Rulebook
from yixian.rulebook.articles import chinese_article, cite
from yixian.rulebook.durations import Duration
from yixian.rulebook.model import AbuseRule, Ground

_ZONE = dt.timezone(dt.timedelta(hours=8))
_CALLS = {"phone": frozenset({"phone", "电话", "12345电话"})}
"""Words of a channel that mean the same as the one a book restricts."""


def not_secret(book: Rulebook, payload: commands.Register) -> None:
    """Raise Refused for a matter said to involve secrets: it must not enter the ordinary platform at all."""
    if not payload.secret:
        return
    where = book.intake.secret
    grounds = tuple(article for item in book.intake.refuse if "国家" in item.text for article in item.basis)
    way = where.value if where is not None else "请通过保密渠道, 由指定人员办理"
    raise Refused(f"涉密事项不在本平台登记: {way}", where.basis if where is not None else grounds)


def not_restricted(book: Rulebook, payload: commands.Register, facts: Facts, now: int, kind: str) -> int | None:
    """Raise Refused for a caller whose use of the phone is restricted (限制使用).

    Returns until when, where an emergency is let through all the same; None where nothing is restricted.
    """
    until, abuse = facts.restricted_until, book.intake.abuse
    if until is None or now >= until or kind == "system" or abuse is None or not restricts(book, payload.channel):
        return None
    if payload.emergency or urgent(book, payload):
        return until
    raise Refused(
        f"该诉求人的电话限制使用至{_day(until)}, 其间不登记其来电诉求; 网站、微信等网络渠道照常受理, "
        "危及人身财产安全的请拨打110、119、120, 本平台紧急来电照常登记 (须注明紧急情况)",
        abuse.basis,
    )


def restriction_told(book: Rulebook, abuse: AbuseRule, length: Duration, now: int, until: int | None) -> str:
    """The decision as the restricted person is told it: by which article, from when to when, what stays open."""
    articles = "、".join(_said(book, article) for article in abuse.basis)
    what = "电话" if abuse.channel == "phone" else ""
    end = f", 至{_day(until)}止" if until is not None else ""
    return (
        f"按照{articles}, 自{_day(now)}起限制您使用热线{what}资源{length.chinese()}{end}。"
        "其间仍可通过网站、微信等网络渠道反映, 紧急情况不受限制; 期满自动解除。"
    )


def restricts(book: Rulebook, channel: str) -> bool:
    """Whether the book knows a restriction of callers that holds for this channel."""
    abuse = book.intake.abuse
    if abuse is None or abuse.length is None:
        return False
    return abuse.channel is None or channel in _CALLS.get(abuse.channel, (abuse.channel,))


def urgent(book: Rulebook, payload: commands.Register) -> bool:
    """Whether the words speak of a topic that the book counts as an emergency."""
    return any(topic in payload.text for row in book.emergency for topic in row.topics)


def _day(until: int) -> str:
    """The end of a restriction as people say it: the last day's end as that day's 24:00."""
    end = dt.datetime.fromtimestamp(until, _ZONE)
    if end.hour == end.minute == 0:
        end -= dt.timedelta(days=1)
        return f"{end.year}年{end.month}月{end.day}日24时"
    return f"{end.year}年{end.month}月{end.day}日{end.hour}时{end.minute:02d}分"


def priority(book: Rulebook, payload: commands.Register) -> Basis | None:
    """The articles by which this order goes first (优先办理), None where no topic of the book is in its words."""
    topics = book.intake.priority
    if topics is None:
        return None
    said = (payload.subject or "", payload.item or "", *payload.topics, payload.text)
    return topics.basis if any(topic in words for topic in topics.value for words in said) else None


def noted(book: Rulebook, payload: commands.Register, let_through: int | None, body: dict[str, Any]) -> Basis:
    """Put into the event what was noted at registration; returns the articles it rests on."""
    basis: Basis = ()
    if payload.topics:
        body["topics"] = payload.topics
    if payload.duties_told:
        body["duties_told"] = True
        basis += book.intake.duties.basis if book.intake.duties else ()
    if let_through is not None:
        body["let_through"] = let_through
        basis += book.intake.abuse.basis if book.intake.abuse else ()
    if payload.region:
        row = book.dispatch.levels.match({"region": (payload.region,)})
        if row is not None:
            body["coordinated_by"] = row.to
            basis += row.basis
    return basis


def told(book: Rulebook, ground: Ground, payload: commands.Decline, *, guided: bool = False) -> str:
    """What a refused or guided caller is told: the ground, its articles in words, and the competent unit if known."""
    articles = "、".join(_said(book, article) for article in ground.basis) or (ground.reading or "")
    law = f"({articles})" if articles else ""
    words = f"{ground.text}{law}" if guided else f"您反映的属于{ground.text}{law}, 本热线不予受理。"
    unit = payload.unit_name or payload.inform_unit
    if not unit:
        return words if guided or "unit" not in ground.inform else f"{words}请向有权处理的机关反映。"
    phone = f", 电话 {payload.unit_phone}" if payload.unit_phone else ""
    return f"{words}{'。' if guided else ''}请向{unit}反映{phone}。"


def _said(book: Rulebook, article: str) -> str:
    own = article.partition(":")[0] == book.name
    return cite(article, book) if own else chinese_article(article)
