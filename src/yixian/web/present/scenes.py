"""A scenario in plain Chinese: each step with who did what when, what had to be so after it, and whether it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from yixian.lifecycle import COMMANDS, OrderState
from yixian.lifecycle.state import STATES
from yixian.rulebook import Rulebook, words_zh
from yixian.rulebook.articles import chinese_article
from yixian.scenario.compare import instant
from yixian.scenario.runner import Outcome, StepResult
from yixian.web.present import moments, words

ACTORS = {
    "hotline": "热线",
    "upstream": "上级平台",
    "requester": "诉求人",
    "manager": "热线负责人",
    "system": "系统",
}
_FLAGS = {"late": "逾期报送", "early": "报送过早", "coordinating": "协商中", "statement_filed": "已提交书面说明"}
_NAMES = {**words_zh.REGISTERS, **words_zh.CLOCKS}
TOLD = {"requester": "诉求人", "unit": "承办单位", "platform": "平台"}
_UNTOLD = frozenset({"phone", "name", "id_number", "address"})


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that had to be so: in words, whether it was, and what was found instead."""

    text: str
    ok: bool
    found: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One step as read."""

    when: str
    who: str
    what: str
    order: str
    details: str
    said: tuple[Said, ...]
    after: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole scenario as read."""

    title: str
    file: str
    ok: bool
    error: str
    steps: tuple[Line, ...]


def scene(outcome: Outcome, book: Rulebook, file: str) -> Scene:
    """A played scenario in words; `file` is its path in the project."""
    several = len({result.step.order for result in outcome.results}) > 1
    steps = tuple(_line(result, book, several) for result in outcome.results)
    return Scene(outcome.scenario.title, file, outcome.ok, outcome.error, steps)


def _line(result: StepResult, book: Rulebook, several: bool) -> Line:
    step = result.step
    spec = COMMANDS.get(step.do)
    what = spec.title if spec else {"look": "时间推移", "file": "报送"}.get(step.do, step.do)
    who = "" if step.do == "look" else ACTORS.get(step.by, step.by)
    return Line(
        when=moments.absolute(step.at),
        who=who,
        what=what,
        order=f"工单 {step.order}" if several else "",
        details="；".join(_details(step.do, step.payload, book)),
        said=tuple(_said(result, book)),
        after=_after(result.state) if result.refusal is None else "",
        ok=not result.differences,
    )


def _details(command: str, payload: dict[str, Any], book: Rulebook, above: str = "") -> Iterator[str]:
    """What was put down: label and value; who the person was is left out."""
    for key, value in payload.items():
        path = f"{above}.{key}" if above else key
        if key in _UNTOLD or value in (None, "", [], {}):
            continue
        if isinstance(value, dict):
            yield from _details(command, value, book, path)
        else:
            yield f"{_label(command, path)} {_named(key, value, book) or _value(value)}"


_MORE = {
    "received_from.platform": "来自",
    "received_from.no": "原编号",
    "received_from.dispatched_at": "上级派单时间",
    "received_from.level": "来源层级",
    "statutory_limit": "法定时限",
    "statutory_limit.limit": "法定时限",
    "statutory_limit.basis": "时限依据",
    "kind": "报送",
    "date": "日期",
    "fallback": "依法无法明确承办单位",
}


def _label(command: str, path: str) -> str:
    return _MORE.get(path) or words.label(command, path)


def _named(key: str, value: Any, book: Rulebook) -> str:
    """A ground, a way of supervision or an article, which the scenario writes by its code."""
    if key == "ground":
        grounds = {one.key: one.text for one in (*book.intake.refuse, *book.intake.guide)}
        listed = any(
            basis.endswith(f":{value}") for one in (*book.intake.refuse, *book.intake.guide) for basis in one.basis
        )
        return grounds.get(str(value)) or (chinese_article(str(value), book.document.numbering) if listed else "")
    if key in ("trigger", "case"):
        found = [row for row in book.supervision if row.key == value]
        return "、".join(chinese_article(one, book.document.numbering) for row in found for one in row.basis)
    return ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(_value, value))
    text = str(value)
    return _NAMES.get(text) or words.value(text)


def _after(state: OrderState | None) -> str:
    """Where the order stands: its state, who has it, which times run."""
    if state is None:
        return ""
    parts = [STATES.get(state.state, state.state)]
    if state.lead:
        parts.append(state.lead + (f"（协办 {'、'.join(state.co)}）" if state.co else ""))
    parts += [
        f"{_clock(clock.key)}至 {moments.until(clock.due)}" for clock in state.clocks if clock.running and clock.due
    ]
    parts += [words_zh.WORDS.get(card, card) for card in dict.fromkeys(card.card for card in state.visible_cards)]
    return "；".join(parts)


def _clock(key: str) -> str:
    unit, _, name = key.rpartition(".")
    return (f"{unit}的" if unit else "") + _NAMES.get(name, name) + "时限"


def _said(result: StepResult, book: Rulebook) -> Iterator[Said]:
    """Each expectation in words; a difference says what was found."""
    wrong: dict[str, list[str]] = {}
    for one in result.differences:
        wrong.setdefault(one.key, []).append(_found(one.actual))
    for key, wanted in result.step.expect.items():
        told = _TOLD.get(key)
        for path, text in told(wanted, book) if told else [(key, f"{key} {wanted}")]:
            found = wrong.pop(path, None)
            yield Said(text, found is None, "、".join(found or ()))
    for key, found in wrong.items():
        yield Said("应当准许" if key == "refused" else "与预期不符", False, "、".join(found))


def _found(actual: Any) -> str:
    if actual is None or actual == []:
        return "没有"
    if isinstance(actual, (list, tuple)):
        return "、".join(_found(one) for one in actual)
    if isinstance(actual, dict):
        return "、".join(f"{_found(one)}" for one in actual.values() if one)
    return STATES.get(str(actual)) or words.FLAGS.get(str(actual)) or _value(actual)


# ---- each key of `expect` in words: (key as differences name it, text) ----------------------------------------------

Pairs = Iterable[tuple[str, str]]


def _articles(found: Any, book: Rulebook) -> str:
    listed = found if isinstance(found, list) else [found]
    return "、".join(chinese_article(str(one), book.document.numbering) for one in listed)


def _refused(wanted: Any, book: Rulebook) -> Pairs:
    if not wanted:
        return [("refused", "准许")]
    return [("refused", "不准" if wanted is True else f"不准, 依据{_articles(wanted, book)}")]


def _due(wanted: Any, _book: Rulebook) -> Pairs:
    for key, value in wanted.items():
        name = _clock(str(key))
        if value is None:
            yield f"due.{key}", f"{name}不再计时"
        elif value in ("none", "unset"):
            yield f"due.{key}", f"{name}{'不限' if value == 'none' else '未规定多久'}"
        else:
            at = instant(str(value))
            yield f"due.{key}", f"{name}至 {moments.until(at) if at is not None else value}"


def _cards(wanted: Any, _book: Rulebook) -> Pairs:
    named = [words_zh.WORDS.get(str(card), str(card)) for card in wanted or ()]
    return [("cards", "显示" + "、".join(named) if named else "没有黄牌、红牌")]


def _counts(wanted: Any, _book: Rulebook) -> Pairs:
    for key, value in wanted.items():
        yield f"counts.{key}", f"计{words.COUNTS.get(key, key)} {value} 次"


def _supervised(wanted: Any, book: Rulebook) -> Pairs:
    if not wanted:
        return [("supervised", "没有督办")]
    if wanted is True:
        return [("supervised", "列入督办")]
    text = f"由{wanted['by']}督办" if wanted.get("by") else "列入督办"
    return [("supervised", text + (f", 依据{_articles(wanted['basis'], book)}" if wanted.get("basis") else ""))]


def _plain(key: str, say: Callable[[Any, Rulebook], str]) -> Callable[[Any, Rulebook], Pairs]:
    return lambda wanted, book: [(key, say(wanted, book))]


def _list(wanted: Any) -> list[str]:
    return [str(one) for one in (wanted if isinstance(wanted, list) else [wanted] if wanted else [])]


_TOLD: dict[str, Callable[[Any, Rulebook], Pairs]] = {
    "state": _plain("state", lambda wanted, _: "已报送" if wanted == "filed" else STATES.get(wanted, str(wanted))),
    "due": _due,
    "cards": _cards,
    "refused": _refused,
    "basis": _plain("basis", lambda wanted, book: f"依据{_articles(wanted, book)}"),
    "counts": _counts,
    "flags": _plain(
        "flags",
        lambda wanted, _: "标记" + "、".join(_FLAGS.get(one) or words.FLAGS.get(one, one) for one in _list(wanted)),
    ),
    "lead": _plain("lead", lambda wanted, _: f"主办 {wanted}" if wanted else "没有主办单位"),
    "co": _plain("co", lambda wanted, _: f"协办 {'、'.join(_list(wanted))}" if wanted else "没有协办单位"),
    "evaluation": _plain("evaluation", lambda wanted, _: f"评价为{wanted}" if wanted else "没有评价"),
    "counted": _plain("counted", lambda wanted, _: "计入满意率" if wanted else "不计入满意率"),
    "supervised": _supervised,
    "new_order": _plain("new_order", lambda wanted, _: "另立新单" if wanted else "不另立新单"),
    "notices": _plain(
        "notices",
        lambda wanted, _: "告知" + "、".join(TOLD.get(one, one) for one in _list(wanted)) if wanted else "不发告知",
    ),
}
