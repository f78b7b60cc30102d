"""Public submission: one question per step, works without script; answers wait encrypted in the visitor's session."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from yixian.lifecycle.commands import PayloadError, Register, Requester
from yixian.lifecycle.commands import parse as parse_command
from yixian.orders import actions
from yixian.orders.errors import BadInput, Refused
from yixian.parties import access as parties_access
from yixian.parties import limits
from yixian.parties import queries as parties
from yixian.parties.errors import InvalidPerson, TooOften
from yixian.parties.person import normal_phone
from yixian.web import books, drafts, keeping
from yixian.web.access import PUBLIC, needs
from yixian.web.present import portal
from yixian.web.present.portal import Question

KEPT, DONE = "submission", "submitted"
MINUTES = 60
TEXT_MOST, SHORT_MOST = 5000, 200
SHORTEST_PHONE = 7  # shorter ones are numbers of services, where nobody can be called back
PLACE_HELP = "写到街道、小区、路口或门牌, 方便尽快找到。"
Answers = dict[str, str]


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def begin(request: HttpRequest) -> HttpResponse:
    """Start anew."""
    keeping.drop(request.session, KEPT)
    return HttpResponseRedirect(f"/submit/{_questions({})[0].name}/")


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def step(request: HttpRequest, name: str) -> HttpResponse:
    """One question: show it, take its answer, go on to the next or back to the check page."""
    answers = _answers(request)
    questions = _questions(answers)
    names = [question.name for question in questions]
    if name not in names:
        return HttpResponseRedirect(f"/submit/{names[0]}/")
    place = names.index(name)
    missing = _first_missing(questions[:place], answers)
    if missing:
        return HttpResponseRedirect(f"/submit/{missing}/")
    errors: dict[str, str] = {}
    if request.method == "POST":
        given = {key: str(value).strip() for key, value in request.POST.items() if key in _names(questions[place])}
        errors = _wrong(questions[place], given)
        answers = {**{key: value for key, value in answers.items() if key not in _names(questions[place])}, **given}
        if not errors:
            _keep(request, answers)
            onward = names[place + 1] if place + 1 < len(names) and not _complete(questions, answers) else "check"
            return HttpResponseRedirect(f"/submit/{onward}/")
    context = {
        "q": questions[place],
        "number": place + 1,
        "total": len(questions),
        "answers": answers,
        "errors": errors,
        "back": f"/submit/{names[place - 1]}/" if place else "/",
    }
    return render(request, "web/submit_step.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def check(request: HttpRequest) -> HttpResponse:
    """Show all answers once more; sending them registers the order."""
    answers = _answers(request)
    questions = _questions(answers)
    missing = _first_missing(questions, answers)
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
        except (Refused, BadInput) as error:
            problem = error.detail
        except PayloadError as error:
            problem = error.message
    context = {
        "rows": _rows(questions, answers),
        "problem": problem,
        "key": request.POST.get(drafts.FIELD) or drafts.new_key(request),
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
    key = drafts.key_of(request)
    hidden = answers.get("who") == "confidential"
    anonymous = answers.get("who") == "anonymous"
    payload = Register(
        category=answers["category"],
        text=answers["text"],
        channel="web",
        place=answers.get("place") or None,
        confidential=hidden,
        requester=Requester(anonymous=True)
        if anonymous
        else Requester(name=answers.get("name") or None, phone=answers.get("phone") or None),
    )
    command = parse_command("register", _plain(payload), "requester")
    actor = parties_access.actor_for("requester", answers["platform"])
    outcome = actions.handle(None, command, actor, platform=answers["platform"], key=key)
    code = outcome.query_code or ""
    told = {
        "number": outcome.order_no,
        "code": code,
        "phone": answers.get("phone", ""),
        "hotline": _called(answers["platform"]),
    }
    keeping.put(request.session, DONE, told | {"form": request.POST.get(drafts.FIELD)})
    keeping.drop(request.session, KEPT)
    request.session.set_expiry(MINUTES * 60)
    return HttpResponseRedirect("/submit/done/")


def _called(code: str) -> str:
    """The full name of the hotline that took it."""
    return next((row.formal for row in parties.open_to_the_public() if row.code == code), "")


def _plain(payload: Register) -> dict[str, Any]:
    import msgspec

    built: dict[str, Any] = msgspec.to_builtins(payload)
    return built


# --- questions ----------------------------------------------------------------------------------------------------


def _questions(answers: Answers) -> list[Question]:
    """The questions in order; where there is only one platform, it is not asked."""
    platforms = parties.open_to_the_public()
    found: list[Question] = []
    if len(platforms) > 1 or not platforms:
        options = [(row.code, row.formal, "") for row in platforms]
        found.append(Question("platform", "事情发生在哪里", "请选择当地的热线平台。", "choice", options=options))
    else:
        answers.setdefault("platform", platforms[0].code)
    book = next((row.book for row in platforms if row.code == answers.get("platform")), "")
    rules = books.newest(book) if book else None
    categories = rules.categories.value if rules and rules.categories else ()
    found += [
        Question(
            "category",
            "您要反映的是哪一类事",
            "拿不准时选最接近的一项, 工作人员会核对。",
            "choice",
            options=[(item, item, portal.CATEGORY_HELP.get(item, "")) for item in categories],
        ),
        Question(
            "text",
            "请说说是什么事",
            "写明时间、地点、事情经过和您的要求。不用写姓名和电话, 后面会单独问。",
            "area",
            TEXT_MOST,
        ),
        Question("place", "具体在什么地方", PLACE_HELP, "line", SHORT_MOST, optional=True),
        Question("who", "怎样与您联系", "姓名和电话加密保存, 只用于联系您和核实情况。", "contact"),
    ]
    return found


def _names(question: Question) -> tuple[str, ...]:
    return ("who", "name", "phone") if question.kind == "contact" else (question.name,)


def _wrong(question: Question, given: Answers) -> dict[str, str]:
    """What is wrong with an answer, by field; empty where nothing is."""
    value = given.get(question.name, "")
    if question.kind == "choice" and value not in {code for code, _, _ in question.options}:
        return {question.name: "请选择一项"}
    if question.kind in ("area", "line"):
        if not value and not question.optional:
            return {question.name: "请写下您要反映的事"}
        if len(value) > question.most:
            return {question.name: f"最多 {question.most} 字, 现在有 {len(value)} 字, 请缩短一些"}
    if question.kind == "contact":
        return _wrong_contact(given)
    return {}


def _wrong_contact(given: Answers) -> dict[str, str]:
    if given.get("who") not in ("open", "confidential", "anonymous"):
        return {"who": "请选择一项"}
    if given["who"] == "anonymous":
        given["name"] = given["phone"] = ""
        return {}
    wrong = {}
    if not given.get("phone"):
        wrong["phone"] = "请填写电话; 不想留电话请选“不留联系方式”"
    else:
        try:
            if len(normal_phone(given["phone"])) < SHORTEST_PHONE:
                wrong["phone"] = "请填写能联系到您的电话: 11 位手机号, 或带区号的座机 (如 0756-1234567)"
        except InvalidPerson as error:
            wrong["phone"] = error.message
    if len(given.get("name", "")) > SHORT_MOST:
        wrong["name"] = f"最多 {SHORT_MOST} 字"
    return wrong


def _first_missing(questions: list[Question], answers: Answers) -> str:
    return next((question.name for question in questions if _wrong(question, dict(answers))), "")


def _complete(questions: list[Question], answers: Answers) -> bool:
    return not _first_missing(questions, answers)


def _rows(questions: list[Question], answers: Answers) -> list[tuple[str, str, str]]:
    titles = {"platform": "地区", "category": "类别", "text": "内容", "place": "地点", "who": "联系方式"}
    rows = []
    for question in questions:
        value = answers.get(question.name, "")
        if question.kind == "choice":
            value = next((title for code, title, _ in question.options if code == value), value)
        elif question.kind == "contact":
            stated = {"confidential": " (请求保密)", "open": ""}.get(value)
            person = " ".join(filter(None, (answers.get("name"), answers.get("phone"))))
            value = "不留联系方式" if stated is None else person + stated
        rows.append((titles[question.name], value or "未填写", f"/submit/{question.name}/"))
    return rows


def _answers(request: HttpRequest) -> Answers:
    kept = keeping.get(request.session, KEPT)
    return {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}


def _keep(request: HttpRequest, answers: Answers) -> None:
    keeping.put(request.session, KEPT, answers)
    if not request.user.is_authenticated:
        request.session.set_expiry(MINUTES * 60)
