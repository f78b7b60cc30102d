"""Opinion collection and surveys (征集与调查) at the desk: list, form, results, publication, opinions made orders."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from yixian.intake import actions, queries, questions
from yixian.intake.models import CAMPAIGN_KINDS, CLOSED, DRAFT, ONCE_PER, OPEN, PUBLISHED, STATUSES, Campaign
from yixian.intake.questions import Question, Wrong
from yixian.orders import clock
from yixian.orders.errors import BadInput, Denied, Refused
from yixian.orders.exporting import guarded, mark
from yixian.parties import journal
from yixian.parties.roles import KEEP_CAMPAIGNS
from yixian.parties.sessions import address_of
from yixian.web import shell
from yixian.web.access import StaffRequest, needs, sent
from yixian.web.present import moments

HOME = "/campaigns/"
SPARE = 3
FIRST_ROWS = 5
TONES = {DRAFT: "", OPEN: "green", CLOSED: "amber", PUBLISHED: "blue"}
ROW = ("title", "kind", "options", "required")


@require_safe
@needs(KEEP_CAMPAIGNS)
def listed(request: StaffRequest) -> HttpResponse:
    """The platform's campaigns, newest first."""
    status, problem = request.GET.get("status", ""), ""
    try:
        if status and status not in STATUSES:
            raise BadInput("网址里的“状态”无法识别, 请从上面重新选择。")
        rows, following = queries.mine(request.user, request.GET.get("cursor", ""), status)
    except BadInput as error:
        rows, following, problem = [], "", error.detail
    counts = queries.counted([row.pk for row in rows])
    context = {
        "rows": [_line(row, counts.get(row.pk, 0)) for row in rows],
        "chips": [
            {"title": title, "url": HOME + (f"?status={code}" if code else ""), "on": status == code}
            for code, title in {"": "全部", **STATUSES}.items()
        ],
        "problem": problem,
        "first_page": HOME if request.GET.get("cursor") else "",
        "next_page": f"{HOME}?{urlencode({'status': status, 'cursor': following})}" if following else "",
    }
    return shell.page(request, "web/campaigns.html", context, 422 if problem else 200)


@require_http_methods(["GET", "POST"])
@needs(KEEP_CAMPAIGNS)
def edit(request: StaffRequest, campaign_id: int = 0) -> HttpResponse:
    """Write a campaign, or change a draft; the builder's rows are plain fields, so that it works without script."""
    campaign = queries.one(request.user, campaign_id) if campaign_id else None
    if campaign is not None and campaign.status != DRAFT:
        return HttpResponseRedirect(f"{HOME}{campaign.pk}/")
    errors: dict[str, str] = {}
    form = _kept(campaign) if request.method == "GET" else _typed(request)
    if request.method == "POST" and "more" not in request.POST:
        try:
            saved = actions.keep(request.actor, request.user, _fields(form), _built(form, errors), campaign)
            if not errors:
                messages.success(request, "已保存, 还没有开始。核对无误后点“开始”。")
                return HttpResponseRedirect(f"{HOME}{saved.pk}/")
        except Wrong as wrong:
            errors |= wrong.errors
        except BadInput as error:
            errors[error.path or "title"] = error.detail
    rows = form["rows"] + [dict.fromkeys(ROW, "") for _ in range(SPARE if form["rows"] else FIRST_ROWS)]
    numbered = [{**row, "n": place, "wrong": errors.get(f"q{place}", "")} for place, row in enumerate(rows, 1)]
    context = {
        "form": form,
        "rows": numbered[: questions.MOST_QUESTIONS],
        "errors": errors,
        "kinds": CAMPAIGN_KINDS.items(),
        "once": ONCE_PER.items(),
        "question_kinds": questions.QUESTION_KINDS.items(),
        "campaign": campaign,
        "back": f"{HOME}{campaign.pk}/" if campaign else HOME,
    }
    return shell.page(request, "web/campaign_edit.html", context, 422 if errors else 200)


def _built(form: dict[str, Any], errors: dict[str, str]) -> Sequence[Question]:
    """The questions; what is wrong with them is told together with what is wrong with the rest."""
    try:
        return questions.built(form["rows"])
    except Wrong as wrong:
        errors |= wrong.errors
        checked = dict(wrong.errors)
        try:
            actions.check(_fields(form))
        except Wrong as more:
            checked |= more.errors
        raise Wrong(checked) from None


@require_http_methods(["GET", "POST"])
@needs(KEEP_CAMPAIGNS)
def show(request: StaffRequest, campaign_id: int) -> HttpResponse:
    """One campaign: its questions, results and answers; opening, closing and publishing it."""
    campaign = queries.one(request.user, campaign_id)
    problem, status = "", 200
    if request.method == "POST":
        to = request.POST.get("to", "")
        summary, adopted = request.POST.get("summary", ""), request.POST.get("adopted", "")
        try:
            actions.move(request.actor, campaign, to, summary=summary, adopted=adopted)
            return HttpResponseRedirect(f"{HOME}{campaign.pk}/")
        except BadInput as error:
            problem, status = error.detail, 422
            campaign.summary, campaign.adopted = summary, adopted
    cursor = request.GET.get("cursor", "")
    rows, following = queries.opinions(campaign, cursor)
    context = {
        "c": _line(campaign, queries.counted([campaign.pk]).get(campaign.pk, 0)),
        "text": campaign.text,
        "summary": campaign.summary,
        "adopted": campaign.adopted,
        "results": [_result(item) for item in queries.results(campaign)],
        "answers": [_answer(campaign, row) for row in rows],
        "districts": bool(campaign.districts),
        "problem": problem,
        "may_open": campaign.status == DRAFT,
        "may_close": campaign.status == OPEN,
        "may_publish": campaign.status in (CLOSED, PUBLISHED) or (campaign.status == OPEN and _over(campaign)),
        "published": campaign.status == PUBLISHED,
        "first_page": f"{HOME}{campaign.pk}/" if cursor else "",
        "next_page": f"{HOME}{campaign.pk}/?cursor={following}#answers" if following else "",
        "may_register": "register" in shell.commands_of(request.actor),
    }
    return shell.page(request, "web/campaign.html", context, status)


@sent(HOME)
@needs(KEEP_CAMPAIGNS)
def to_order(request: StaffRequest, campaign_id: int, response_id: int) -> HttpResponse:
    """Make an order of what somebody wrote."""
    campaign = queries.one(request.user, campaign_id)
    row = queries.response(campaign, response_id)
    try:
        number = actions.make_order(request.actor, request.user, row, f"campaign-{campaign.pk}")
    except (BadInput, Refused, Denied) as error:
        messages.error(request, error.detail)
        return HttpResponseRedirect(f"{HOME}{campaign.pk}/#answers")
    messages.success(request, f"已登记为工单 {number}。")
    return HttpResponseRedirect(f"{HOME}{campaign.pk}/#answers")


@require_safe
@needs(KEEP_CAMPAIGNS)
def export(request: StaffRequest, campaign_id: int) -> HttpResponse:
    """All answers as a table for a spreadsheet."""
    campaign = queries.one(request.user, campaign_id)
    rows = chain(queries.table(campaign), [[mark(request.actor, clock.now())]])
    answer = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="campaign-{campaign.pk}.csv"'
    answer["Cache-Control"] = "no-store, private"
    journal.audit(
        request.actor, "导出征集", campaign.title, after={"campaign": campaign.pk}, address=address_of(request)
    )
    return cast(HttpResponse, answer)


def _csv(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "\ufeff"
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([guarded(cell) for cell in row])
        yield line.getvalue()


# ---- forms and lines ----------------------------------------------------------------------------------------------


def _typed(request: StaffRequest) -> dict[str, Any]:
    given = {key: request.POST.get(key, "")[:20000] for key in (
        "kind", "title", "text", "opens_at", "closes_at", "once_per", "districts", "revision")}  # fmt: skip
    rows = [
        {key: request.POST.get(f"{key}{place}", "")[:4000] for key in ROW}
        for place in range(1, questions.MOST_QUESTIONS + SPARE + 1)
    ]
    while rows and not (rows[-1]["title"].strip() or rows[-1]["options"].strip()):
        rows.pop()
    return {**given, "rows": rows}


def _kept(campaign: Campaign | None) -> dict[str, Any]:
    if campaign is None:
        now = moments.local(int(dt.datetime.now(dt.UTC).timestamp())).replace(minute=0)
        later = (now + dt.timedelta(days=14)).replace(hour=18)
        return {"kind": "collection", "once_per": "browser", "opens_at": f"{now:%Y-%m-%dT%H:%M}",
                "closes_at": f"{later:%Y-%m-%dT%H:%M}", "rows": []}  # fmt: skip
    asked = questions.read(campaign.questions)
    return {
        "kind": campaign.kind,
        "title": campaign.title,
        "text": campaign.text,
        "opens_at": f"{campaign.opens_at.astimezone(moments.ZONE):%Y-%m-%dT%H:%M}",
        "closes_at": f"{campaign.closes_at.astimezone(moments.ZONE):%Y-%m-%dT%H:%M}",
        "once_per": campaign.once_per,
        "districts": "\n".join(campaign.districts),
        "revision": campaign.revision,
        "rows": [
            {"title": q.title, "kind": q.kind, "options": "\n".join(q.options), "required": "yes" if q.required else ""}
            for q in asked
        ],
    }


def _fields(form: dict[str, Any]) -> dict[str, Any]:
    districts = [line.strip() for line in form.get("districts", "").splitlines()]
    times = {key: _moment(form.get(key, "")) for key in ("opens_at", "closes_at")}
    revision = str(form.get("revision", ""))
    seen = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    return {**form, **times, "districts": districts, "revision": seen}


def _moment(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=moments.ZONE) if 2000 <= found.year <= 2200 else None


def _over(campaign: Campaign) -> bool:
    return not queries.is_open(campaign) and campaign.opens_at < campaign.closes_at <= dt.datetime.now(dt.UTC)


def _line(row: Campaign, count: int) -> dict[str, Any]:
    opens, closes = int(row.opens_at.timestamp()), int(row.closes_at.timestamp())
    over = row.status == OPEN and _over(row)
    waits = row.status == OPEN and row.opens_at > dt.datetime.now(dt.UTC)
    return {
        "id": row.pk,
        "url": f"{HOME}{row.pk}/",
        "public": f"/consult/{row.pk}/",
        "kind": CAMPAIGN_KINDS[row.kind],
        "title": row.title,
        "status": "已截止" if over else "待开始" if waits else STATUSES[row.status],
        "tone": "amber" if over else "" if waits else TONES[row.status],
        "span": f"{moments.local(opens):%Y-%m-%d %H:%M} 至 {moments.local(closes):%Y-%m-%d %H:%M}",
        "once": ONCE_PER[row.once_per],
        "count": count,
        "by": row.created_by,
    }


def _result(item: queries.Result) -> dict[str, Any]:
    return {
        "title": item.question.title,
        "kind": questions.QUESTION_KINDS[item.question.kind],
        "required": item.question.required,
        "ends": item.question.options if item.question.kind == questions.SCALE else (),
        "answered": item.answered,
        "mean": item.mean,
        "shares": item.shares,
    }


def _answer(campaign: Campaign, row: Any) -> dict[str, Any]:
    asked = questions.read(campaign.questions)
    at = int(row.at.timestamp())
    texts = [item for item in asked if item.kind == questions.TEXT]
    said = [(item.title, row.answers[item.key]) for item in texts if row.answers.get(item.key)]
    return {
        "id": row.pk,
        "when": f"{moments.local(at):%Y-%m-%d %H:%M}",
        "district": row.district,
        "said": said,
        "several": len(texts) > 1,
        "order": row.order_no,
        "written": bool(actions.opinion(campaign, row)),
        "url": f"{HOME}{campaign.pk}/answers/{row.pk}/order/",
    }
