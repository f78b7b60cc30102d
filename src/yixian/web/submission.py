"""The questions of a public submission: which come when, what is wrong with an answer, how answers become a command.

Answers wait encrypted in the visitor's session (`keeping`), files under a number of theirs in `intake.staging`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest

from yixian.intake import staging
from yixian.lifecycle.commands import Command, Register, Requester
from yixian.lifecycle.commands import parse as parse_command
from yixian.orders.models import Attachment
from yixian.parties import queries as parties
from yixian.parties.errors import InvalidPerson
from yixian.parties.models import Platform
from yixian.parties.person import normal_phone
from yixian.web import books, keeping
from yixian.web.present import portal
from yixian.web.present.portal import Question

KEPT, DONE = "submission", "submitted"
MINUTES = 60
TEXT_MOST, SHORT_MOST = 5000, 200
SHORTEST_PHONE = 7  # shorter ones are numbers of services, where nobody can be called back
ANONYMOUS = "anonymous"
WAYS = (
    ("open", "留姓名和电话", "承办单位可以直接联系您核实, 办得最快"),
    ("confidential", "留电话, 但请保密", "只有热线平台知道您是谁, 不告诉承办单位"),
    (ANONYMOUS, "不留联系方式", "无法向您核实和回访, 凭查询码查看结果"),
)
Answers = dict[str, str]

_TEXT_HELP = "写明时间、事情经过和您的要求。不用写姓名和电话, 后面会单独问。"
_PLACE_HELP = "写到街道、小区、路口或门牌, 方便尽快找到。"
_FILES_HELP = f"可以传{staging.LISTED}, 每个最多 20 MB, 最多 {staging.MOST} 个。没有就直接点继续。"
_WHO_HELP = "姓名和电话加密保存, 只用于联系您和核实情况。"


def questions(answers: Answers) -> list[Question]:
    """The questions in order; where there is only one platform, it is not asked. Who stays unknown gives no phone."""
    platforms = parties.open_to_the_public()
    found: list[Question] = []
    if len(platforms) > 1 or not platforms:
        options = [(row.code, row.formal, "") for row in platforms]
        found.append(Question("platform", "事情发生在哪里", "请选择当地的热线平台。", "choice", options=options))
    else:
        answers.setdefault("platform", platforms[0].code)
    found += [
        Question(
            "category",
            "您要反映的是哪一类事",
            "拿不准时选最接近的一项, 工作人员会核对。",
            "choice",
            options=[(item, item, portal.CATEGORY_HELP.get(item, "")) for item in _categories(platforms, answers)],
        ),
        Question("text", "请说说是什么事", _TEXT_HELP, "area", TEXT_MOST),
        Question("place", "具体在什么地方", _PLACE_HELP, "place", SHORT_MOST, optional=True),
        Question("files", "有照片或录音吗", _FILES_HELP, "files", optional=True),
        Question("who", "怎样与您联系", _WHO_HELP, "choice", options=WAYS),
    ]
    if answers.get("who") != ANONYMOUS:
        found.append(Question("contact", "您的联系方式", _WHO_HELP, "contact"))
    return found


def _categories(platforms: list[Platform], answers: Answers) -> tuple[str, ...]:
    book = next((row.book for row in platforms if row.code == answers.get("platform")), "")
    rules = books.newest(book) if book else None
    return tuple(rules.categories.value) if rules and rules.categories else ()


def fields_of(question: Question) -> tuple[str, ...]:
    """The names of the fields by which a question is answered."""
    return {"contact": ("name", "phone"), "files": ()}.get(question.kind, (question.name,))


def wrong(question: Question, given: Answers) -> dict[str, str]:
    """What is wrong with an answer, by field; empty where nothing is."""
    value = given.get(question.name, "")
    if question.kind == "choice" and value not in {code for code, _, _ in question.options}:
        return {question.name: "请选择一项"}
    if question.kind in ("area", "place"):
        if not value and not question.optional:
            return {question.name: "请写下您要反映的事"}
        if len(value) > question.most:
            return {question.name: f"最多 {question.most} 字, 现在有 {len(value)} 字, 请缩短一些"}
    return _wrong_contact(given) if question.kind == "contact" else {}


def _wrong_contact(given: Answers) -> dict[str, str]:
    found = {}
    if len(given.get("name", "")) > SHORT_MOST:
        found["name"] = f"最多 {SHORT_MOST} 字"
    if not given.get("phone"):
        found["phone"] = "请填写电话; 不想留电话请回上一步选“不留联系方式”"
        return found
    try:
        if len(normal_phone(given["phone"])) < SHORTEST_PHONE:
            found["phone"] = "请填写能联系到您的电话: 11 位手机号, 或带区号的座机 (如 0756-1234567)"
    except InvalidPerson as error:
        found["phone"] = error.message
    return found


def first_missing(asked: list[Question], answers: Answers) -> str:
    """The first question that is not answered yet, "" where all are."""
    return next((question.name for question in asked if wrong(question, answers)), "")


def command(answers: Answers) -> Command:
    """The answers as the command that registers them. Raises PayloadError."""
    known = answers.get("who") != ANONYMOUS
    payload = Register(
        category=answers["category"],
        text=answers["text"],
        channel="web",
        place=answers.get("place") or None,
        confidential=answers.get("who") == "confidential",
        requester=Requester(name=answers.get("name") or None, phone=answers.get("phone") or None)
        if known
        else Requester(anonymous=True),
    )
    told: dict[str, Any] = msgspec.to_builtins(payload)
    return parse_command("register", told, "requester")


_TITLES = {
    "platform": "地区",
    "category": "类别",
    "text": "内容",
    "place": "地点",
    "files": "附件",
    "who": "怎样联系",
    "contact": "联系方式",
}


def rows(asked: list[Question], answers: Answers) -> list[tuple[str, str, str]]:
    """The answers as the last page lists them: title, words, where to change them."""
    found = []
    for question in asked:
        value = answers.get(question.name, "")
        if question.kind == "choice":
            value = next((title for code, title, _ in question.options if code == value), value)
        elif question.kind == "contact":
            value = " ".join(filter(None, (answers.get("name"), answers.get("phone"))))
        elif question.kind == "files":
            value = "、".join(row.name for row in files(answers))
        found.append((_TITLES[question.name], value or "未填写", f"/submit/{question.name}/"))
    return found


# --- what is kept ---------------------------------------------------------------------------------------------------


def answers_of(request: HttpRequest) -> Answers:
    """The answers of this visitor so far."""
    kept = keeping.get(request.session, KEPT)
    return {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}


def keep(request: HttpRequest, answers: Answers) -> None:
    """Keep them for a while."""
    keeping.put(request.session, KEPT, answers)
    if not request.user.is_authenticated:
        request.session.set_expiry(MINUTES * 60)


def files_owner(answers: Answers) -> int:
    """The number under which this visitor's files wait; 0 where there are none."""
    number = answers.get("files", "")
    return int(number) if number.isdigit() else 0


def files(answers: Answers) -> list[Attachment]:
    """The files that wait to go along."""
    return staging.listed(files_owner(answers))
