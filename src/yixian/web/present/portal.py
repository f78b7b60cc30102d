"""What citizens see of an order: the five steps with dates, what comes next and by when; the questions of a form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yixian.web.present import moments

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


def next_words(state: str, due: int | None) -> str:
    """下一步, 最迟 X 月 X 日; empty once everything is done."""
    words = NEXT.get(state, "")
    return f"{words}, 最迟 {moments.due_day(due)}" if words and due else words


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the public form. `kind`: choice, area, line, contact."""

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
