"""What changes campaigns: kept, opened, closed, published; answered by people; an opinion made an order."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from yixian.intake import questions
from yixian.intake.models import (
    BROWSER,
    CAMPAIGN_KINDS,
    CLOSED,
    DRAFT,
    ONCE_PER,
    OPEN,
    PHONE,
    PUBLISHED,
    STATUSES,
    Campaign,
    Response,
)
from yixian.intake.questions import Question, Wrong
from yixian.lifecycle import parse
from yixian.orders import actions as orders
from yixian.orders.errors import BadInput, Denied
from yixian.parties import limits
from yixian.parties.access import Actor, holds
from yixian.parties.errors import InvalidPerson
from yixian.parties.keys import keyring
from yixian.parties.models import User
from yixian.parties.person import normal_phone
from yixian.parties.roles import KEEP_CAMPAIGNS

LONGEST_TITLE, LONGEST_TEXT, MOST_DISTRICTS = 100, 5000, 50
LONGEST_SPAN = dt.timedelta(days=366)
TOKEN = 32


class Answered(BadInput):
    """This person has answered already."""

    title = "已经回答过"
    status = 409


def keep(
    actor: Actor, user: User, fields: Mapping[str, Any], asked: Sequence[Question], campaign: Campaign | None = None
) -> Campaign:
    """Make a campaign, or change one that is still a draft. Raises Wrong by field, Denied, BadInput."""
    _may(actor)
    checked = check(fields)
    values = {**checked, "questions": questions.stored(asked)}
    if campaign is None:
        return Campaign.objects.create(
            platform=user.platform, created_by=user.name, created_at=timezone.now(), status=DRAFT, **values
        )
    rows = Campaign.objects.filter(pk=campaign.pk, status=DRAFT, revision=int(fields.get("revision") or 0))
    if not rows.update(**values, revision=F("revision") + 1):
        raise BadInput("已开始的不能再改题目; 如果刚才有别人改过, 请刷新后再改", "title")
    campaign.refresh_from_db()
    return campaign


def check(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The plain fields of a campaign, checked. Raises Wrong by field."""
    errors: dict[str, str] = {}
    title, text = str(fields.get("title", "")).strip(), str(fields.get("text", "")).strip()
    if not 1 <= len(title) <= LONGEST_TITLE:
        errors["title"] = f"请写标题, 最多 {LONGEST_TITLE} 字"
    if not 1 <= len(text) <= LONGEST_TEXT:
        errors["text"] = f"请写明为什么征集、怎样使用, 最多 {LONGEST_TEXT} 字"
    if fields.get("kind") not in CAMPAIGN_KINDS:
        errors["kind"] = "请选择种类"
    if fields.get("once_per") not in ONCE_PER:
        errors["once_per"] = "请选择怎样防止重复"
    opens, closes = fields.get("opens_at"), fields.get("closes_at")
    if not isinstance(opens, dt.datetime):
        errors["opens_at"] = "请填写开始时间"
    if not isinstance(closes, dt.datetime):
        errors["closes_at"] = "请填写截止时间"
    elif isinstance(opens, dt.datetime) and closes <= opens:
        errors["closes_at"] = "截止时间应晚于开始时间"
    elif isinstance(opens, dt.datetime) and closes - opens > LONGEST_SPAN:
        errors["closes_at"] = "最长一年"
    districts = [item for item in dict.fromkeys(fields.get("districts", ())) if item]
    if len(districts) > MOST_DISTRICTS or any(len(item) > 60 for item in districts):
        errors["districts"] = f"区域最多 {MOST_DISTRICTS} 个, 每个最多 60 字"
    if errors:
        raise Wrong(errors)
    return {
        "title": title,
        "text": text,
        "kind": fields["kind"],
        "once_per": fields["once_per"],
        "opens_at": opens,
        "closes_at": closes,
        "districts": districts,
    }


def move(actor: Actor, campaign: Campaign, to: str, *, summary: str = "", adopted: str = "") -> None:
    """Open a draft, close what is open, publish the results of what is closed. Raises BadInput, Denied."""
    _may(actor)
    now = timezone.now()
    before = {OPEN: (DRAFT,), CLOSED: (OPEN,), PUBLISHED: (OPEN, CLOSED, PUBLISHED)}.get(to)
    if before is None:
        raise BadInput("没有这种操作", "to")
    values: dict[str, Any] = {"status": to}
    if to == OPEN and campaign.closes_at <= now:
        raise BadInput("截止时间已经过去, 请先改截止时间", "closes_at")
    if to == CLOSED:
        values["closes_at"] = min(campaign.closes_at, now)
    if to == PUBLISHED:
        if campaign.status == OPEN and campaign.closes_at > now:
            raise BadInput("还在进行中, 结束以后才能公布结果", "to")
        if not summary.strip():
            raise BadInput("请写明结果, 公众会看到它", "summary")
        values |= {"summary": summary.strip()[:LONGEST_TEXT], "adopted": adopted.strip()[:LONGEST_TEXT]}
        values["published_at"] = campaign.published_at or now
    if not Campaign.objects.filter(pk=campaign.pk, status__in=before).update(**values):
        raise BadInput(f"现在是{STATUSES[campaign.status]}, 不能这样操作; 请刷新后再看", "to")


def answer(
    campaign: Campaign,
    given: Mapping[str, Sequence[str]],
    *,
    token: str,
    phone: str = "",
    district: str = "",
    meta: Mapping[str, Any],
) -> Response:
    """One person's answers, once. `token` is the browser's, `meta` the request's (for the limit of its address).

    Raises Wrong by question, Answered, BadInput where it is not open, TooOften.
    """
    now = timezone.now()
    if campaign.status != OPEN or not campaign.opens_at <= now < campaign.closes_at:
        raise BadInput("现在不能参与: 尚未开始或已经截止")
    asked = questions.read(campaign.questions)
    errors: dict[str, str] = {}
    answers: dict[str, Any] = {}
    try:
        answers = questions.answered(asked, given)
    except Wrong as wrong:
        errors |= wrong.errors
    if campaign.districts and district not in campaign.districts:
        errors["district"] = "请选择您所在的区域"
    known = b""
    try:
        known = mark(campaign, token, phone)
    except InvalidPerson as error:
        errors["phone"] = error.message
    if errors:
        raise Wrong(errors)
    limits.count("public-answer", meta)
    try:
        with transaction.atomic():
            return Response.objects.create(
                campaign=campaign, answers=answers, district=district if campaign.districts else "", mark=known, at=now
            )
    except IntegrityError:
        raise Answered("您已经参与过, 每人只能参与一次。感谢您的关心。") from None


def mark(campaign: Campaign, token: str, phone: str) -> bytes:
    """Who this is in this campaign alone: marks of two campaigns cannot be compared, nor turned back."""
    if campaign.once_per == PHONE:
        number = normal_phone(phone)
        if len(number) != 11 or not number.startswith("1"):
            raise InvalidPerson("请填写 11 位手机号, 只用来防止重复参与, 不会保存号码", "phone")
        return keyring().digest(f"campaign-{campaign.pk}-phone", number)
    return keyring().digest(f"campaign-{campaign.pk}-{BROWSER}", token)


def new_token() -> str:
    """A browser's mark, of chance alone."""
    return secrets.token_urlsafe(TOKEN)


def make_order(actor: Actor, user: User, response: Response, key: str) -> str:
    """Register an opinion as an order of the category 建议; returns its number. Raises BadInput, Denied, Refused.

    A second click gives the same number.
    """
    _may(actor)
    if response.order_no:
        return response.order_no
    campaign = response.campaign
    words = opinion(campaign, response)
    if not words:
        raise BadInput("这份回答没有写文字意见, 不能转为工单")
    payload = {
        "category": "建议",
        "text": f"【{CAMPAIGN_KINDS[campaign.kind]}: {campaign.title}】{words}",
        "channel": "web",
        "subject": campaign.title,
        "place": response.district or None,
        "requester": {"anonymous": True},
    }
    command = parse("register", {name: value for name, value in payload.items() if value is not None})
    outcome = orders.handle(None, command, actor, platform=user.platform, key=f"{key}-response-{response.pk}")
    Response.objects.filter(pk=response.pk, order_no="").update(order_no=outcome.order_no)
    return outcome.order_no


def opinion(campaign: Campaign, response: Response) -> str:
    """The words that somebody wrote, with the questions where there are several."""
    texts = [item for item in questions.read(campaign.questions) if item.kind == questions.TEXT]
    said = [(item.title, str(response.answers[item.key])) for item in texts if response.answers.get(item.key)]
    return said[0][1] if len(said) == 1 else " ".join(f"{title}: {words}" for title, words in said)


def _may(actor: Actor) -> None:
    if not holds(actor, KEEP_CAMPAIGNS):
        raise Denied("您的角色不管理征集和调查。")
