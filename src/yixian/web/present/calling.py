"""What stands beside an order at the call-back desk: whom to call and what to ask, by the order's own rulebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yixian.lifecycle.state import OrderState
from yixian.orders.queries import Entry
from yixian.rulebook import Rulebook
from yixian.web.present import moments
from yixian.web.present.reviewing import rule

WHO = {"all": "每一件都回访", "dissatisfied": "评价不满意的回访", "none": "本平台不另行回访"}
BY = {"human": "只有人工回访作数", "robot": "智能外呼", "any": "人工或智能外呼都可以"}
QUESTIONS = {"满意": "对办理结果是否满意", "解决": "问题是否已经解决"}


def script(state: OrderState, book: Rulebook) -> list[dict[str, Any]]:
    """The rules of the call as lines: who is called, what is asked, by whom, how often, what silence means."""
    found: list[dict[str, Any]] = []
    law, survey = book.call_back, book.survey
    if law is not None:
        found.append(rule("回访谁", WHO.get(law.who.value, law.who.value), law.who))
        if law.questions is not None:
            asked = "、".join(QUESTIONS.get(word, word) for word in law.questions.value)
            found.append(rule("问什么", asked, law.questions))
        if law.by is not None:
            found.append(rule("谁来问", BY.get(law.by.value, law.by.value), law.by))
        if law.attempts is not None:
            said = f"拨打 {law.attempts.value} 次仍未接通的办结"
            found.append(rule("未接通", said, law.attempts))
    if survey is not None and survey.silence is not None:
        found.append(rule("不评价", f"到期没有评价的, 视为{survey.silence.value}", survey.silence))
    return found


def follows(state: OrderState, book: Rulebook) -> list[dict[str, Any]]:
    """What comes of each outcome of the call, with the articles."""
    found: list[dict[str, Any]] = []
    law, redo, survey = book.call_back, book.redo, book.survey
    bad = "、".join(survey.dissatisfied.value) if survey and survey.dissatisfied else "不满意"
    found.append(rule("满意, 或不要求重办", "记下评价, 工单办结", law.who if law else None))
    if redo is not None:
        most = redo.max_times.value if redo.max_times is not None else None
        left = f", 重办以 {most} 次为限, 已重办 {state.counts.redos} 次" if most is not None else ""
        found.append(rule("不满意, 要求重办", f"转入“不满意待处理”, 由热线责成重办或不同意重办{left}", redo.asks))
    if law is not None and law.trigger is not None:
        found.append(rule("首次人工回访不满意", "即转入“不满意待处理”", law.trigger))
    if book.appeal is not None:
        found.append(rule(bad, "承办单位可以提交证据申诉", book.appeal.clock))
    if law is not None and law.attempts is not None:
        further = max(0, law.attempts.value - state.counts.calls - 1)
        said = f"还可再拨 {further} 次" if further else "这次再未接通, 工单办结"
        found.append(rule("没有接通", said, law.attempts))
    else:
        found.append(rule("没有接通", "记一次未接通, 之后再拨; 条文没有规定次数", None))
    return found


def attempts(events: Sequence[Entry], now: int) -> list[dict[str, Any]]:
    """The calls made since the order was last to be called back, newest first."""
    begun = max((place for place, event in enumerate(events) if event.kind == "redo_ordered"), default=-1)
    made = [event for event in events[begun + 1 :] if event.kind == "called_back"]
    return [
        {
            "number": number,
            "reached": "接通" if event.data.get("reached") else "未接通",
            "good": bool(event.data.get("reached")),
            "by": event.person or event.by_name,
            "when": moments.short(event.at, now),
            "title": moments.absolute(event.at),
            "note": event.data.get("note") or "",
        }
        for number, event in reversed(list(enumerate(made, 1)))
    ]


def next_attempt(state: OrderState, book: Rulebook) -> dict[str, Any] | None:
    """Which call comes next, where the book says how many there are."""
    law = book.call_back
    if state.state != "calling_back" or law is None:
        return None
    most = law.attempts
    number = state.counts.calls + 1
    if most is None:
        return rule(f"第 {number} 次", "条文没有规定拨打次数和间隔", None)
    return rule(f"第 {number} 次, 共 {most.value} 次", "间隔多久由本中心自定, 条文没有规定", most)


def rating(state: OrderState, book: Rulebook, now: int) -> dict[str, Any] | None:
    """The rating that counts, in words."""
    found = state.evaluation
    if found is None:
        return None
    bad = book.survey.dissatisfied.value if book.survey and book.survey.dissatisfied else ()
    solved = {True: "已解决", False: "未解决", None: ""}[found.resolved]
    how = {"sms": "短信", "web": "网上", "robot": "智能外呼", "human": "人工回访"}.get(found.by or "", "")
    return {
        "level": found.level,
        "bad": found.level in bad,
        "how": "到期未评价, 按规定视为" if found.deemed else how,
        "when": moments.short(found.at, now),
        "title": moments.absolute(found.at),
        "resolved": solved,
    }
