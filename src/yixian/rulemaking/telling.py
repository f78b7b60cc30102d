"""What differed in a scenario, in words that need no knowledge of its format."""

from __future__ import annotations

from typing import Any

from yixian.lifecycle import COMMANDS
from yixian.lifecycle.state import STATES
from yixian.orders.clock import shown
from yixian.rulebook import words_zh
from yixian.scenario import Difference, Outcome
from yixian.scenario.runner import StepResult

LONGEST = 400
KEYS = {
    "state": "状态",
    "cards": "亮牌",
    "refused": "能否办理",
    "basis": "引用的条款",
    "flags": "标记",
    "lead": "主办单位",
    "co": "协办单位",
    "evaluation": "采用的评价",
    "counted": "计入满意率",
    "supervised": "督办",
    "new_order": "另立新单",
    "notices": "通知",
}
COUNTS = {
    "returns": "退单次数",
    "urges": "催办次数",
    "extensions": "延期次数",
    "redos": "重办次数",
    "supplements": "补充次数",
    "repeats": "重复反映次数",
}
BY = {"hotline": "热线", "upstream": "上级平台", "requester": "诉求人", "manager": "负责人", "system": "系统"}


def outcome(played: Outcome) -> list[dict[str, Any]]:
    """Every step that differed: which, when, what was done, and each difference with what was expected."""
    if played.error:
        return [{"step": 0, "line": 0, "what": "没有跑成", "differences": [played.error[:LONGEST]]}]
    return [_step(index, result) for index, result in enumerate(played.results, 1) if result.differences]


def _step(index: int, result: StepResult) -> dict[str, Any]:
    step = result.step
    spec = COMMANDS.get(step.do)
    done = spec.title if spec else "时间推移" if step.do == "look" else step.do
    by = BY.get(step.by, step.by)
    return {
        "step": index,
        "line": step.line,
        "what": f"{shown(step.at)} {by} {done}" + (f" (工单 {step.order})" if step.order != "A" else ""),
        "differences": [said(one) for one in result.differences],
    }


def said(one: Difference) -> str:
    """One difference: what it is about, what was expected, what happened."""
    head, _, rest = one.key.partition(".")
    if head == "due":
        name = words_zh.CLOCKS.get(rest, rest)
        return f"时限“{name}”到期: 应为{_due(one.expected)}, 实为{_due(one.actual)}"[:LONGEST]
    if head == "counts":
        return f"{COUNTS.get(rest, rest)}: 应为 {one.expected}, 实为 {one.actual}"
    if head == "refused":
        if one.expected is False:
            return f"应当可以办理, 实际被拒绝: {one.actual}"[:LONGEST]
        return f"应当被拒绝, 实际: {_value(head, one.actual)}"[:LONGEST]
    name = KEYS.get(head, head)
    return f"{name}: 应为{_value(head, one.expected)}, 实为{_value(head, one.actual)}"[:LONGEST]


def _due(value: Any) -> str:
    if value is None:
        return "不计时"
    if value in ("none", "unset"):
        return words_zh.WORDS[value] + "时限" if value == "none" else words_zh.WORDS[value]
    words = str(value).replace("T", " ")
    return f" {words} 24:00" if len(words) == 10 else f" {words}"


def _value(key: str, value: Any) -> str:
    if value is None or value == []:
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (list, tuple)):
        return "、".join(_value(key, one) for one in value)
    if isinstance(value, dict):
        return "、".join(f"{_value(key, one)}" for one in value.values())
    words = STATES if key == "state" else {**words_zh.WORDS, **BY} if key in ("cards", "notices", "supervised") else {}
    return str(words.get(str(value), value))
