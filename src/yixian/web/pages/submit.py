"""Public submission: what is accepted and what is not, then one question per step; works wholly without script."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from yixian.intake import staging
from yixian.lifecycle.commands import PayloadError
from yixian.orders import actions, clock, platforms
from yixian.orders.errors import BadInput, KeyClash, Refused, TooMany
from yixian.orders.outcome import Outcome
from yixian.parties import access as parties_access
from yixian.parties import limits
from yixian.parties import queries as parties
from yixian.parties.errors import TooOften
from yixian.parties.sessions import address_of
from yixian.web import drafts, guidance, keeping, submission, uploads
from yixian.web.access import PUBLIC, needs
from yixian.web.present import portal
from yixian.web.present.portal import Question
from yixian.web.submission import DONE, KEPT, MINUTES, Answers

NOTICE = "submission_notice"
_KEPT_ONE = f"之前的内容超过 {MINUTES} 分钟没有提交, 或已在另一个窗口提交, 已经清除; 您刚才填的这一项还在。"


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def begin(request: HttpRequest) -> HttpResponse:
    """What this hotline takes and what not; sending the form starts anew."""
    offered = parties.open_to_the_public()
    place = next((row for row in offered if row.code == request.GET.get("at", request.POST.get("platform"))), None)
    place = place or (offered[0] if len(offered) == 1 else None)
    if request.method == "POST":
        keeping.drop(request.session, KEPT)
        answers: Answers = {"platform": place.code} if place else {}
        submission.keep(request, answers)
        first = submission.first_missing(submission.questions(answers), answers)
        return HttpResponseRedirect(f"/submit/{first}/")
    context = {
        "guide": guidance.of(place) if place else None,
        "places": offered if len(offered) > 1 else (),
        "begun": bool(submission.answers_of(request).get("category")),
        "minutes": MINUTES,
    }
    return render(request, "web/submit_start.html", context)


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def step(request: HttpRequest, name: str) -> HttpResponse:
    """One question: show it, take its answer, go on to the next or back to the check page."""
    answers = submission.answers_of(request)
    questions = submission.questions(answers)
    names = [question.name for question in questions]
    if name not in names:
        return HttpResponseRedirect(f"/submit/{submission.first_missing(questions, answers) or 'check'}/")
    place = names.index(name)
    question = questions[place]
    missing = submission.first_missing(questions[:place], answers)
    if missing:
        return _back_to(request, missing, question, answers)
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        answers, errors, status, stay = _taken(request, question, answers)
        if not errors:
            submission.keep(request, answers)
            return HttpResponseRedirect(f"/submit/{question.name if stay else _onward(question, answers)}/")
    context = {
        "q": question,
        "number": place + 1,
        "total": len(questions),
        "answers": answers,
        "errors": errors,
        "files": uploads.size_words(submission.files(answers)) if question.kind == "files" else (),
        "accept": uploads.ACCEPT,
        "notice": request.session.pop(NOTICE, ""),
        "back": f"/submit/{names[place - 1]}/" if place else f"/submit/?at={answers.get('platform', '')}",
    }
    answer = render(request, "web/submit_step.html", context, status=status)
    if question.kind == "place":
        answer["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(self)"
    return answer


def _back_to(request: HttpRequest, missing: str, question: Question, answers: Answers) -> HttpResponse:
    """To the first question that has no answer; what was just typed further on is not thrown away."""
    if request.method == "POST":
        _, given = _given(request, question, answers)
        if given and not submission.wrong(question, given):
            submission.keep(request, {**answers, **given})
            request.session[NOTICE] = _KEPT_ONE
    return HttpResponseRedirect(f"/submit/{missing}/")


def _given(request: HttpRequest, question: Question, answers: Answers) -> tuple[Answers, Answers]:
    """The other answers, and this one as it was sent."""
    mine = submission.fields_of(question)
    given = {key: str(value).replace("\0", "").strip() for key, value in request.POST.items() if key in mine}
    return {key: value for key, value in answers.items() if key not in mine}, given


def _taken(request: HttpRequest, question: Question, answers: Answers) -> tuple[Answers, dict[str, str], int, bool]:
    """The answers with this one, what is wrong with it, the status that says so, whether to stay at the question."""
    if question.kind == "files":
        return _taken_files(request, answers)
    others, given = _given(request, question, answers)
    errors = submission.wrong(question, given)
    if given.get("who") == submission.ANONYMOUS:
        others = {key: value for key, value in others.items() if key not in ("name", "phone")}
    return {**others, **given}, errors, 422 if errors else 200, False


def _taken_files(request: HttpRequest, answers: Answers) -> tuple[Answers, dict[str, str], int, bool]:
    do = request.POST.get("do", "")
    owner = submission.files_owner(answers)
    if do.startswith("remove-") and do[7:].isdecimal():
        staging.remove(owner, int(do[7:][:18]))
        return answers, {}, 200, True
    try:
        chosen = uploads.uploads_of(request)
        if not chosen:
            return answers, {}, 200, do == "add"
        owner = owner or staging.new_owner()
        staging.keep(owner, chosen)
    except (BadInput, TooMany) as error:
        return answers, {"file": error.detail}, error.status, True
    return {**answers, "files": str(owner)}, {}, 200, do == "add"


def _onward(question: Question, answers: Answers) -> str:
    questions = submission.questions(answers)
    if not submission.first_missing(questions, answers):
        return "check"
    names = [item.name for item in questions]
    return names[names.index(question.name) + 1] if question.name in names[:-1] else "check"


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def check(request: HttpRequest) -> HttpResponse:
    """Show all answers once more; sending them registers the order."""
    answers = submission.answers_of(request)
    questions = submission.questions(answers)
    missing = submission.first_missing(questions, answers)
    if missing:
        return HttpResponseRedirect("/submit/done/" if _sent(request) else f"/submit/{missing}/")
    problem, status = "", 200
    if request.method == "POST":
        status = 422
        try:
            limits.count("public-submit", request.META)
            return _register(request, answers)
        except TooOften as error:
            problem, status = f"{error.message}。您填写的内容都还在; 事情紧急请直接拨打 12345。", 429
        except KeyClash:
            problem = "这一页已经提交过一次, 现在的内容和那次不同。核对后再点提交, 会作为另一件诉求登记。"
        except (Refused, BadInput) as error:
            problem = error.detail
        except PayloadError as error:
            problem = error.message
    context = {
        "rows": submission.rows(questions, answers),
        "problem": problem,
        "key": (not problem and request.POST.get(drafts.FIELD)) or drafts.new_key(request),
        "back": f"/submit/{questions[-1].name}/",
    }
    return render(request, "web/submit_check.html", context, status=status)


@require_http_methods(["GET"])
@needs(PUBLIC)
def done(request: HttpRequest) -> HttpResponse:
    """The number and the query code, shown to this visitor only."""
    kept = keeping.get(request.session, DONE)
    if not isinstance(kept, dict):
        return HttpResponseRedirect("/progress/")
    return render(request, "web/submit_done.html", {"o": kept})


def _sent(request: HttpRequest) -> bool:
    """Whether this form was sent already: a second click or a step back must lead to the number, not to a new form."""
    kept = keeping.get(request.session, DONE)
    if not isinstance(kept, dict):
        return False
    if request.method == "POST":
        return bool(kept.get("form")) and kept.get("form") == request.POST.get(drafts.FIELD)
    return keeping.get(request.session, KEPT) is None


def _register(request: HttpRequest, answers: Answers) -> HttpResponse:
    """Register with the files in one transaction, and remember what the visitor is told."""
    key = drafts.key_of(request)
    actor = parties_access.actor_for("requester", answers["platform"])
    known = platforms.of_code(answers["platform"])
    owner, address = submission.files_owner(answers), address_of(request)

    def with_files(outcome: Outcome) -> None:
        staging.adopt(owner, outcome.order_no, actor, purpose="register", path=known.path, address=address)

    names = [row.name for row in submission.files(answers)]
    told = submission.command(answers)
    outcome = actions.handle(None, told, actor, platform=answers["platform"], key=key, also=with_files)
    words: dict[str, Any] = {
        "number": outcome.order_no,
        "code": outcome.query_code or "",
        "phone": answers.get("phone", ""),
        "hotline": _called(answers["platform"]),
        "files": names,
        "next": portal.next_words(outcome.state.state, portal.due_of(outcome.state), clock.now()),
        "at": portal.day_and_time(outcome.state.registered),
        "form": request.POST.get(drafts.FIELD),
    }
    keeping.put(request.session, DONE, words)
    keeping.drop(request.session, KEPT)
    request.session.set_expiry(MINUTES * 60)
    return HttpResponseRedirect("/submit/done/")


def _called(code: str) -> str:
    """The full name of the hotline that took it."""
    return next((row.formal for row in parties.open_to_the_public() if row.code == code), "")
