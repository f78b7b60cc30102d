"""Questions of a campaign and answers to them, checked: single and multiple choice, scale, text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from yixian.parties.masking import mask_text

SINGLE, MULTIPLE, SCALE, TEXT = "single", "multiple", "scale", "text"
QUESTION_KINDS = {SINGLE: "单选", MULTIPLE: "多选", SCALE: "一到五分", TEXT: "文字"}
SCALE_STEPS = ("1", "2", "3", "4", "5")
MOST_QUESTIONS, MOST_OPTIONS, LONGEST_OPTION, LONGEST_TITLE, LONGEST_TEXT = 30, 20, 60, 200, 1000
FEWEST_OPTIONS = 2


class Question(msgspec.Struct, frozen=True):
    """One question. `options` of a choice; of a scale the words at its two ends, where there are any."""

    key: str
    title: str
    kind: str
    options: tuple[str, ...] = ()
    required: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        """What may be chosen."""
        return SCALE_STEPS if self.kind == SCALE else self.options


class Wrong(ValueError):
    """What is wrong with a form: field -> what would be right."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def stored(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Questions as plain data."""
    return [msgspec.to_builtins(question) for question in questions]


def read(plain: Any) -> tuple[Question, ...]:
    """Questions out of plain data."""
    return tuple(msgspec.convert(plain, list[Question]))


def built(rows: Sequence[Mapping[str, str]]) -> tuple[Question, ...]:
    """The questions of a form's rows (title, kind, options one a line, required); empty rows are left out.

    Raises Wrong, naming the row.
    """
    errors: dict[str, str] = {}
    made: list[Question] = []
    for place, row in enumerate(rows, 1):
        title = _clean(row.get("title", ""))
        options = tuple(dict.fromkeys(filter(None, map(_clean, row.get("options", "").splitlines()))))
        if not title and not options:
            continue
        kind = row.get("kind", "")
        wrong = _wrong(title, kind, options)
        if wrong:
            errors[f"q{place}"] = f"第 {place} 题: {wrong}"
            continue
        kept = () if kind == TEXT else options
        made.append(Question(f"q{len(made) + 1}", title, kind, kept, row.get("required") == "yes"))
    if len(made) > MOST_QUESTIONS:
        errors["questions"] = f"最多 {MOST_QUESTIONS} 题, 现有 {len(made)} 题"
    if not made and not errors:
        errors["questions"] = "至少要有一道题"
    if errors:
        raise Wrong(errors)
    return tuple(made)


def _wrong(title: str, kind: str, options: Sequence[str]) -> str:
    if kind not in QUESTION_KINDS:
        return "请选择题型"
    if not title:
        return "缺少题目"
    if len(title) > LONGEST_TITLE:
        return f"题目最多 {LONGEST_TITLE} 字"
    if kind in (SINGLE, MULTIPLE) and len(options) < FEWEST_OPTIONS:
        return "选择题至少写两个选项, 每行一个"
    if kind == SCALE and len(options) not in (0, 2):
        return "打分题的选项写两行: 最低分和最高分的说法, 也可以不写"
    if len(options) > MOST_OPTIONS:
        return f"选项最多 {MOST_OPTIONS} 个"
    if any(len(option) > LONGEST_OPTION for option in options):
        return f"每个选项最多 {LONGEST_OPTION} 字"
    return ""


def answered(questions: Sequence[Question], given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The answers of one person, words masked of personal data. Raises Wrong, by question."""
    errors: dict[str, str] = {}
    answers: dict[str, Any] = {}
    for question in questions:
        values = [value for item in given.get(question.key, ()) if (value := _clean(item, lines=True))]
        wrong = _not_answer(question, values)
        if wrong:
            errors[question.key] = wrong
        elif values:
            answers[question.key] = _value(question, values)
    if not errors and not answers:
        errors["form"] = "还没有回答任何一题"
    if errors:
        raise Wrong(errors)
    return answers


def _not_answer(question: Question, values: Sequence[str]) -> str:
    if not values:
        return ("请写下您的意见" if question.kind == TEXT else "请选择一项") if question.required else ""
    if question.kind == TEXT:
        long = sum(map(len, values))
        return f"最多 {LONGEST_TEXT} 字, 现在有 {long} 字, 请缩短一些" if long > LONGEST_TEXT else ""
    if question.kind != MULTIPLE and len(values) > 1:
        return "只能选一项"
    if len(values) != len(set(values)) or not set(values) <= set(question.steps):
        return "请从列出的选项里选"
    return ""


def _value(question: Question, values: Sequence[str]) -> Any:
    if question.kind == TEXT:
        return mask_text(values[0])
    return [step for step in question.steps if step in values] if question.kind == MULTIPLE else values[0]


def _clean(text: str, *, lines: bool = False) -> str:
    """Text without what cannot be stored or seen: NUL, lone surrogates, control characters."""
    kept = "".join(char for char in text if char.isprintable() or (lines and char == "\n"))
    return kept.encode("utf-8", "ignore").decode().strip()
