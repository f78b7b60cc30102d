"""What citizens see of an order: steps and records with dates, what comes next and by when; the questions of a form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yixian.lifecycle import OrderState
from yixian.web.present import moments

PHONE = "12345"
EMERGENCY = {"110": "报警求助", "119": "火灾和救援", "120": "医疗急救", "122": "交通事故"}
"""Numbers that hold in the whole country."""

STEPS = ("已受理", "已转办", "办理中", "已答复", "已办结")
# How far along the path each state is: the index of the step that is being worked on.
REACHED = {
    "registered": 0,
    "accepted": 0,
    "dispatched": 1,
    "handling": 2,
    "replied": 2,
    "surveying": 3,
    "calling_back": 3,
    "answered": 4,
    "closed": 4,
    "archived": 4,
    "declined": 0,
    "transferred": 1,
}
STEP_EVENTS: tuple[frozenset[str], ...] = (
    frozenset({"registered"}),
    frozenset({"dispatched", "transferred", "designated"}),
    frozenset({"signed"}),
    frozenset({"notified", "review_passed", "answered"}),
    frozenset({"closed", "answered"}),
)
NEXT = {
    "registered": "热线平台正在受理, 下一步转给承办单位",
    "accepted": "热线平台正在转办, 下一步由承办单位签收",
    "dispatched": "已转给承办单位, 下一步由承办单位签收办理",
    "handling": "承办单位正在办理, 下一步答复您",
    "replied": "承办单位已提交办理结果, 热线平台正在审核, 审核后答复您",
    "surveying": "等待您的评价, 不评价的按规定办结",
    "calling_back": "热线平台将与您联系, 了解办理情况",
}


OFF_PATH = frozenset({"declined", "transferred"})
HEADLINES = {
    "registered": "已收到, 正在受理",
    "accepted": "已受理, 正在转办",
    "declined": "这件事不在热线受理范围",
    "transferred": "已转给其他平台办理",
    "answered": "已答复",
    "dispatched": "已转办",
    "handling": "办理中",
    "replied": "办理结果审核中",
    "surveying": "已答复, 请您评价",
    "calling_back": "已答复, 等待回访",
    "closed": "已办结",
    "archived": "已办结",
}


def headline(state: str, flags: Iterable[str]) -> str:
    """The page's first sentence."""
    if "withdrawn" in flags:
        return "您已撤回"
    return HEADLINES.get(state, "办理中")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the path: done, now, or to come."""

    title: str
    stand: str
    date: str


def path(state: str, seen: Iterable[tuple[str, int]]) -> list[Step]:
    """The five steps with the dates on which they were reached. `seen`: (event kind, moment), oldest first."""
    dates: list[int | None] = [None] * len(STEPS)
    for kind, at in seen:
        for place, kinds in enumerate(STEP_EVENTS):
            if kind in kinds:
                dates[place] = at
    here = REACHED.get(state, 0)
    over = state in ("closed", "archived", "answered")
    steps = []
    for place, title in enumerate(STEPS):
        done = place < here or over
        stand = "done" if done else "now" if place == here else "todo"
        when = dates[place] if stand != "todo" else None
        steps.append(Step(title, stand, moments.day_words(when) if when else ""))
    return steps


CLOCKS = {
    "registered": "dispatch",
    "accepted": "dispatch",
    "dispatched": "reply",
    "handling": "reply",
    "replied": "reply",
    "surveying": "survey",
}
"""By which clock the next step falls due."""


def due_of(order: OrderState) -> int | None:
    """By when the next step falls due, None where the rules give no time."""
    name = CLOCKS.get(order.state)
    return next((clock.due for clock in order.clocks if clock.name == name and clock.status == "running"), None)


def next_words(state: str, due: int | None, now: int) -> str:
    """下一步, 最迟 X 月 X 日; empty once everything is done."""
    words = NEXT.get(state, "")
    if not words or not due:
        return words
    if due <= now:
        return f"{words}。原定最迟 {moments.due_day(due)}, 现在已经超过, 您可以在下面催办"
    return f"{words}, 最迟 {moments.due_day(due)}"


def day_and_time(at: int) -> str:
    """11 月 3 日 09:30."""
    return f"{moments.day_words(at)} {moments.local(at):%H:%M}"


STORY = {
    "registered": "收到您的诉求",
    "declined": "告知不予受理",
    "answered": "热线平台直接答复",
    "accepted": "热线平台受理",
    "dispatched": "转给承办单位",
    "transferred": "转给其他平台办理",
    "signed": "承办单位签收",
    "contacted": "承办单位与您联系",
    "responded": "承办单位到场处置",
    "progress_reported": "承办单位报告办理进展",
    "replied": "承办单位提交办理结果",
    "review_passed": "审核通过, 答复您",
    "supplemented": "收到补充的情况",
    "urged": "收到催办",
    "rated": "评价已记录",
    "redo_ordered": "要求承办单位重新办理",
    "interim_closed": "同意分阶段办理",
    "extension_approved": "办理时间经批准延长",
    "terminated": "终结办理",
    "withdrawn": "您已撤回",
    "merged": "与同一件事的诉求合并办理",
    "closed": "办结",
}


def story(seen: Iterable[tuple[str, int]]) -> list[tuple[str, str]]:
    """What happened, in the citizen's words with day and time, newest first. `seen`: (event kind, moment)."""
    told = [(day_and_time(at), STORY[kind]) for kind, at in seen if kind in STORY]
    return list(reversed(list(dict.fromkeys(told))))


_INSTEAD: tuple[tuple[tuple[str, ...], str], ...] = (
    (("诉讼", "涉诉"), "打官司找人民法院, 诉讼服务热线 12368"),
    (("仲裁",), "已约定或依法仲裁的, 找仲裁机构"),
    (("纪检监察",), "反映党员干部和公职人员违纪违法, 找纪检监察机关, 举报电话 12388"),
    (("行政复议",), "不服行政机关的决定, 向行政复议机关申请复议"),
    (("信息公开",), "申请政府信息公开, 向制作或保存信息的机关提出"),
    (("信访", "涉访"), "找正在办理的信访部门"),
    (("国家秘密", "国家机密"), "涉密的内容不要写在这里, 也不要上传, 当面向有关机关反映"),
    (("涉军",), "找军队的有关部门"),
)


def instead(text: str) -> tuple[str, ...]:
    """Where to go with what a ground of refusal names."""
    return tuple(where for words, where in _INSTEAD if any(word in text for word in words))


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the public form. `kind`: choice, area, place, files, contact."""

    name: str
    title: str
    help: str
    kind: str
    most: int = 200
    options: Sequence[tuple[str, str, str]] = ()
    optional: bool = False


CATEGORY_HELP = {
    "咨询": "想了解政策、流程、办事地点",
    "求助": "遇到困难, 希望政府帮助解决",
    "投诉": "对服务、管理、环境等不满意",
    "举报": "反映违法违规的行为",
    "建议": "对政府工作有想法和建议",
    "意见建议": "对政府工作有想法和建议",
    "表扬": "想表扬某个单位或某个人",
    "纠错": "发现公开的信息有错误",
}
