"""What reads campaigns: lists, counts and shares of answers, what people wrote; always bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from yixian.intake import questions
from yixian.intake.models import DRAFT, OPEN, PUBLISHED, Campaign, Response
from yixian.orders.errors import BadInput, NotFound
from yixian.parties.models import User

PAGE = 30
PUBLIC_PAGE = 20
_COUNTS = """
select e.key, x.v, count(*) from intake_response r
cross join lateral jsonb_each(r.answers) e
cross join lateral jsonb_array_elements_text(
    case jsonb_typeof(e.value) when 'array' then e.value else jsonb_build_array(e.value) end) as x (v)
where r.campaign_id = %s and e.key = any (%s) group by e.key, x.v"""
_ANSWERED = """
select e.key, count(*) from intake_response r cross join lateral jsonb_each(r.answers) e
where r.campaign_id = %s group by e.key"""


@dataclass(frozen=True, slots=True)
class Share:
    """One option: how often it was chosen, and its share of those who answered the question, in per cent."""

    text: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Result:
    """The results of one question. `mean` of a scale."""

    question: questions.Question
    answered: int
    shares: tuple[Share, ...]
    mean: float | None = None


def mine(user: User, cursor: str = "", status: str = "") -> tuple[list[Campaign], str]:
    """A page of the campaigns of the user's platform, newest first, and where the next one begins."""
    found = Campaign.objects.filter(platform=user.platform_id)
    if status:
        found = found.filter(status=status)
    rows = list(found.filter(_after(cursor)).defer("text", "summary", "adopted").order_by("-id")[: PAGE + 1])
    return rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""


def one(user: User, campaign_id: int) -> Campaign:
    """A campaign of the user's platform. Raises NotFound."""
    found = Campaign.objects.filter(pk=campaign_id, platform=user.platform_id).first()
    if found is None:
        raise NotFound("没有这项征集或调查, 或它不属于本平台。")
    return found


def counted(ids: Sequence[int]) -> dict[int, int]:
    """How many answers each campaign has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select campaign_id, count(*) from intake_response where campaign_id = any (%s) group by campaign_id",
            [list(ids)],
        )
        return dict(cursor.fetchall())


def results(campaign: Campaign) -> list[Result]:
    """Counts and shares of every question that is chosen from; of texts only how many wrote."""
    asked = questions.read(campaign.questions)
    chosen = [item.key for item in asked if item.kind != questions.TEXT]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [campaign.pk, chosen])
        counts = {(key, value): count for key, value, count in cursor.fetchall()}
        cursor.execute(_ANSWERED, [campaign.pk])
        answered = dict(cursor.fetchall())
    made = []
    for item in asked:
        total = answered.get(item.key, 0)
        rows = [(step, counts.get((item.key, step), 0)) for step in item.steps] if item.kind != questions.TEXT else []
        shares = tuple(Share(step, count, round(count * 100 / total, 1) if total else 0.0) for step, count in rows)
        mean = None
        if item.kind == questions.SCALE and total:
            mean = round(sum(int(step) * count for step, count in rows) / total, 2)
        made.append(Result(item, total, shares, mean))
    return made


def opinions(campaign: Campaign, cursor: str = "") -> tuple[list[Response], str]:
    """A page of the answers in which somebody wrote something, newest first."""
    texts = [item.key for item in questions.read(campaign.questions) if item.kind == questions.TEXT]
    written = campaign.responses.filter(_after(cursor), answers__has_any_keys=texts)
    rows = list(written.order_by("-id")[: PAGE + 1]) if texts else []
    return rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""


def response(campaign: Campaign, response_id: int) -> Response:
    """One answer. Raises NotFound."""
    found = campaign.responses.filter(pk=response_id).first()
    if found is None:
        raise NotFound("没有这份回答。")
    return found


def table(campaign: Campaign) -> Iterator[list[str]]:
    """Every answer as a row for a spreadsheet, head first, read by the piece."""
    asked = questions.read(campaign.questions)
    yield ["序号", "时间", *(["区域"] if campaign.districts else []), *(item.title for item in asked), "转为工单"]
    for place, row in enumerate(campaign.responses.order_by("id").iterator(chunk_size=500), 1):
        values = [row.answers.get(item.key, "") for item in asked]
        said = ["、".join(value) if isinstance(value, list) else str(value) for value in values]
        when = timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M")
        yield [str(place), when, *([row.district] if campaign.districts else []), *said, row.order_no]


# ---- for the public -----------------------------------------------------------------------------------------------


def public(*, ended: bool, limit: int = PUBLIC_PAGE) -> list[Campaign]:
    """What people can take part in now, the first to close first; or what has ended, the latest first."""
    now = timezone.now()
    found = Campaign.objects.exclude(status=DRAFT).filter(platform__is_active=True).select_related("platform")
    running = Q(status=OPEN, opens_at__lte=now, closes_at__gt=now)
    if ended:
        found = found.filter(opens_at__lte=now).exclude(running).order_by("-closes_at", "-id")
    else:
        found = found.filter(running).order_by("closes_at", "id")
    return list(found.defer("summary", "adopted")[:limit])


def visible(campaign_id: int) -> Campaign:
    """A campaign as the public sees it: begun, and no draft. Raises NotFound."""
    found = (
        Campaign.objects.exclude(status=DRAFT)
        .filter(pk=campaign_id, platform__is_active=True, opens_at__lte=timezone.now())
        .select_related("platform")
        .first()
    )
    if found is None:
        raise NotFound("没有这项征集或调查, 可能尚未开始或已撤下。")
    return found


def is_open(campaign: Campaign) -> bool:
    """Whether people can take part now."""
    return campaign.status == OPEN and campaign.opens_at <= timezone.now() < campaign.closes_at


def is_published(campaign: Campaign) -> bool:
    """Whether the results are for the public."""
    return campaign.status == PUBLISHED


def _after(cursor: str) -> Q:
    if not cursor:
        return Q()
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise BadInput("翻页标记不正确, 请从第一页重新查看", "cursor")
    return Q(pk__lt=int(cursor))
