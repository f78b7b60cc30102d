"""Opinion collection and surveys for the public: what is open, answering without login or script, what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from yixian.intake import actions, queries, questions
from yixian.intake.models import CAMPAIGN_KINDS, PHONE, Campaign
from yixian.intake.questions import Wrong
from yixian.orders.errors import BadInput
from yixian.parties.errors import TooOften
from yixian.web.access import PUBLIC, needs
from yixian.web.present import moments

HOME = "/consult/"
COOKIE = "yx_consult"
YEAR = 366 * 86400


@require_safe
@needs(PUBLIC)
def listed(request: HttpRequest) -> HttpResponse:
    """What people can take part in, and what has ended."""
    context = {
        "running": [_line(row) for row in queries.public(ended=False)],
        "ended": [_line(row) for row in queries.public(ended=True)],
    }
    return render(request, "web/consult.html", context)


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def show(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The form while it is open; afterwards the results, once they are published."""
    campaign = queries.visible(campaign_id)
    if not queries.is_open(campaign):
        return _ended(request, campaign)
    asked = questions.read(campaign.questions)
    token = request.COOKIES.get(COOKIE, "")
    token = token if 20 <= len(token) <= 100 else actions.new_token()
    errors: dict[str, str] = {}
    problem, status = "", 200
    given = {item.key: request.POST.getlist(item.key) for item in asked} if request.method == "POST" else {}
    phone, district = request.POST.get("phone", "")[:40], request.POST.get("district", "")[:100]
    if request.method == "POST":
        status = 422
        try:
            actions.answer(campaign, given, token=token, phone=phone, district=district, meta=request.META)
            return _with_token(HttpResponseRedirect(f"{HOME}{campaign.pk}/done/"), token, request)
        except Wrong as wrong:
            errors = wrong.errors
        except TooOften as error:
            problem, status = f"{error.message}。您填写的内容都还在。", 429
        except BadInput as error:
            problem, status = error.detail, error.status
    context = {
        "c": _line(campaign),
        "text": campaign.text,
        "questions": [_question(item, place, given, errors) for place, item in enumerate(asked, 1)],
        "districts": campaign.districts,
        "district": district,
        "needs_phone": campaign.once_per == PHONE,
        "phone": phone,
        "errors": errors,
        "problem": problem,
    }
    return _with_token(render(request, "web/consult_form.html", context, status=status), token, request)


@require_safe
@needs(PUBLIC)
def done(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Thanks."""
    return render(request, "web/consult_done.html", {"c": _line(queries.visible(campaign_id))})


def _ended(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    published = queries.is_published(campaign)
    results = queries.results(campaign) if published else []
    shown: list[dict[str, Any]] = [
        {"title": item.question.title, "answered": item.answered, "shares": item.shares, "mean": item.mean,
         "ends": item.question.options if item.question.kind == questions.SCALE else ()}
        for item in results
    ]  # fmt: skip
    context = {
        "c": _line(campaign),
        "text": campaign.text,
        "published": published,
        "summary": campaign.summary,
        "adopted": campaign.adopted,
        "results": shown,
        "count": queries.counted([campaign.pk]).get(campaign.pk, 0) if published else None,
    }
    return render(request, "web/consult_result.html", context)


def _with_token(answer: HttpResponse, token: str, request: HttpRequest) -> HttpResponse:
    """Let the browser remember that it is the same one; the mark says nothing about anybody."""
    answer.set_cookie(COOKIE, token, max_age=YEAR, path=HOME, httponly=True, samesite="Lax", secure=request.is_secure())
    return answer


def _question(
    item: questions.Question, place: int, given: dict[str, list[str]], errors: dict[str, str]
) -> dict[str, Any]:
    values = given.get(item.key, [])
    return {
        "key": item.key,
        "n": place,
        "title": item.title,
        "kind": item.kind,
        "required": item.required,
        "options": [(step, step in values) for step in item.steps],
        "ends": item.options if item.kind == questions.SCALE else (),
        "value": values[0] if values else "",
        "most": questions.LONGEST_TEXT,
        "wrong": errors.get(item.key, ""),
    }


def _line(row: Campaign) -> dict[str, Any]:
    closes = int(row.closes_at.timestamp())
    return {
        "url": f"{HOME}{row.pk}/",
        "kind": CAMPAIGN_KINDS[row.kind],
        "title": row.title,
        "place": row.platform.name,
        "until": moments.until(closes),
        "day": moments.due_day(closes),
        "published": queries.is_published(row),
    }
