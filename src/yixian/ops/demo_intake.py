"""Demo: an open survey with answers, an opinion collection under way and one that is published, at each hotline."""

from __future__ import annotations

import datetime as dt
import random

from django.db import transaction

from yixian.intake import actions, questions
from yixian.intake.models import BROWSER, COLLECTION, OPEN, PUBLISHED, SURVEY, Campaign, Response
from yixian.intake.questions import MULTIPLE, SCALE, SINGLE, TEXT, Question
from yixian.parties.models import Platform
from yixian.parties.queries import open_to_the_public

DAY = dt.timedelta(days=1)
ANSWERS = 60
_BUS = (
    Question("q1", "您晚上几点以后还坐公交", SINGLE, ("20 点", "21 点", "22 点以后", "不坐"), True),
    Question("q2", "坐车是为了", MULTIPLE, ("上下班", "上学接送", "就医", "购物休闲")),
    Question("q3", "您对现在的末班车时间满意吗", SCALE, ("很不满意", "很满意"), True),
    Question("q4", "您希望怎样调整", TEXT),
)
_MARKET = (Question("q1", "您对农贸市场改造有什么意见建议", TEXT, (), True),)
_LINES = (
    "末班车能不能再晚半小时, 医院下夜班赶不上。",
    "开发区到老城的车太少, 希望晚高峰加密两班。",
    "站牌晚上看不清, 建议装灯。",
    "现在的时间够用, 不用改。",
)
_MARKETS = (
    "希望保留早市, 老人买菜方便, 价格也便宜。",
    "改造期间请在附近设临时摊点, 不然要走很远。",
    "地面要防滑, 排水沟加盖板。",
    "建议统一设公平秤, 每月公布检测结果。",
    "停车位不够, 能不能错时开放旁边机关的停车场。",
)


def seed(now: int) -> None:
    """Make the set at each hotline with people that has none yet; quick, and nothing the second time."""
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    for platform in open_to_the_public():
        if platform.users.exists() and not Campaign.objects.filter(platform=platform).exists():
            with transaction.atomic():
                _one(platform, moment, random.Random(f"campaigns {platform.code}"))


def _one(platform: Platform, now: dt.datetime, rng: random.Random) -> None:
    survey = _campaign(
        platform, SURVEY, "夜间公交服务调查", "为了安排下一季的公交运力, 请说说您晚上出行的情况, 大约两分钟。",
        _BUS, now - 6 * DAY, now + 8 * DAY, now,
    )  # fmt: skip
    _answered(survey, now, rng, ANSWERS)
    ideas = _campaign(
        platform, COLLECTION, "农贸市场升级改造意见征集", "改造方案正在制定, 您的意见会逐条研究, 结束后公布采纳情况。",
        _MARKET, now - 3 * DAY, now + 11 * DAY, now,
    )  # fmt: skip
    _answered(ideas, now, rng, len(_MARKETS))
    past = _campaign(
        platform, COLLECTION, "老旧小区加装电梯意见征集", "请说说您对加装电梯的想法。",
        (Question("q1", "您赞成所住的单元加装电梯吗", SINGLE, ("赞成", "不赞成", "看方案再定"), True),),
        now - 60 * DAY, now - 30 * DAY, now,
    )  # fmt: skip
    _answered(past, now - 30 * DAY, rng, ANSWERS)
    past.status = PUBLISHED
    past.published_at = now - 20 * DAY
    past.summary = "多数参与者赞成加装, 也有不少人希望先看到具体方案和费用分担办法。"
    past.adopted = "加装前须公示方案和费用分担办法, 已写入实施细则。"
    past.save()


def _campaign(
    platform: Platform, kind: str, title: str, text: str, asked: tuple[Question, ...],
    opens: dt.datetime, closes: dt.datetime, now: dt.datetime,
) -> Campaign:  # fmt: skip
    return Campaign.objects.create(
        platform=platform, kind=kind, title=title, text=text, questions=questions.stored(asked), once_per=BROWSER,
        opens_at=opens, closes_at=closes, status=OPEN, created_by="热线平台", created_at=min(opens, now),
    )  # fmt: skip


def _answered(campaign: Campaign, until: dt.datetime, rng: random.Random, count: int) -> None:
    asked = questions.read(campaign.questions)
    words = _LINES if any(item.key == "q4" for item in asked) else _MARKETS
    rows = []
    for number in range(count):
        given: dict[str, list[str]] = {}
        for item in asked:
            if item.kind == TEXT:
                text = words[number % len(words)] if item.required or rng.random() < 0.15 else ""
                given[item.key] = [text]
            elif item.kind == MULTIPLE:
                given[item.key] = rng.sample(item.steps, rng.randint(1, 2))
            else:
                given[item.key] = rng.choices(item.steps, range(len(item.steps) + 1, 1, -1))
        span = (until - campaign.opens_at).total_seconds()
        rows.append(
            Response(
                campaign=campaign,
                answers=questions.answered(asked, given),
                mark=actions.mark(campaign, actions.new_token(), ""),
                at=campaign.opens_at + dt.timedelta(seconds=rng.uniform(0, span)),
            )
        )
    Response.objects.bulk_create(sorted(rows, key=lambda row: row.at))
