"""A rulebook as people read it: each parameter's name, its value in Chinese, its article, and where it comes from."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yixian.rulebook import model, words_zh
from yixian.rulebook.articles import chinese_article
from yixian.rulebook.durations import Duration
from yixian.rulebook.model import Leaf, Rulebook, Selector

UNSTATED = "未规定"
_NAMES = {"clocks": words_zh.CLOCKS, "knowledge": words_zh.REGISTERS, "registers": words_zh.REGISTERS}


@dataclass(frozen=True, slots=True)
class Line:
    """One parameter of a book as shown: `origin` is 条文, 解释, 本地, 未规定 or empty; `book` the one that says so."""

    section: str
    path: str
    name: str
    value: str
    articles: str
    origin: str
    book: str
    reading: str


def lines(book: Rulebook, numbering: Mapping[str, str] | None = None) -> list[Line]:
    """Every parameter of a book in the order of the language.

    Args: the book; `numbering` of each book in its lineage, for those whose text has no 条.
    """
    order = list(words_zh.SECTIONS)
    paths = sorted(book.leaves, key=lambda path: order.index(head) if (head := _head(path)) in order else len(order))
    known = numbering or {}
    return [_line(path, book.leaves[path], known, book) for path in paths] + list(_stages(book, known))


def _line(path: str, leaf: Leaf[Any], numbering: Mapping[str, str], book: Rulebook) -> Line:
    return Line(
        section=words_zh.SECTIONS.get(_head(path), _head(path)),
        path=path,
        name=parameter(path),
        value=_said(path, leaf.value) + ("（负责人可破例）" if leaf.waiver else ""),
        articles=cited(leaf.basis, numbering, book),
        origin=_origin(leaf),
        book=leaf.book,
        reading=leaf.reading or "",
    )


def _stages(book: Rulebook, numbering: Mapping[str, str]) -> Iterator[Line]:
    for command, basis in book.stages.items():
        name = words_zh.SECTIONS["stages"]
        yield Line(name, f"stages.{command}", command, "", cited(basis, numbering, book), "条文", book.name, "")


def cited(basis: Iterable[str], numbering: Mapping[str, str], book: Rulebook) -> str:
    """Articles in words, those of a parent book with its name."""
    said = []
    for one in basis:
        owner = one.partition(":")[0]
        usual = book.document.numbering if owner == book.name else "articles"
        words = chinese_article(one, numbering.get(owner, usual))
        said.append(words if owner == book.name else f"{owner} {words}")
    return "、".join(said)


def parameter(path: str) -> str:
    """A dotted path in words: clocks.reply.limits[1] -> 办理 时限 2."""
    words: list[str] = []
    if path in words_zh.PATHS:
        return words_zh.PATHS[path]
    parts = path.split(".")
    for index, part in enumerate(parts):
        name, _, number = part.partition("[")
        if index == 0 and len(parts) > 1:
            continue
        names = _NAMES.get(parts[0], words_zh.PARAMETERS) if index == 1 else words_zh.PARAMETERS
        known = names.get(name, None if names is words_zh.PARAMETERS else name)
        shown = known or words_zh.SECTIONS.get(name, name)
        words.append(f"{shown} {int(number.rstrip(']')) + 1}" if number else shown)
    return " ".join(words)


def value(raw: Any) -> str:
    """Any value of a leaf in Chinese: 2 个工作日, 咨询、求助, 到期当天黄牌."""
    if raw is None:
        return "不限"
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, Duration):
        return raw.chinese()
    if isinstance(raw, str):
        return words_zh.WORDS.get(raw) or words_zh.EVENTS.get(raw, raw)
    if isinstance(raw, dt.date):
        return raw.isoformat()
    shown = _STRUCTURES.get(type(raw))
    if shown is not None:
        return str(shown(raw))
    if isinstance(raw, Mapping):
        parts = [(words_zh.PARAMETERS.get(key, key), value(one)) for key, one in raw.items() if key != "basis"]
        return "，".join(f"{name} {said}" for name, said in parts)
    if isinstance(raw, (list, tuple, set, frozenset)):
        return _listed(raw)
    return str(raw)


def selector(when: Selector) -> str:
    """A `when` in words: 类别 咨询、求助; 其余情形 where it matches all."""
    said = []
    for key, values in zip(when.keys, when.values, strict=True):
        said.append(f"{words_zh.SELECTORS.get(key, key)} {'、'.join(sorted(map(value, values)))}")
    return "，".join(said) or "其余情形"


def _listed(raw: Iterable[Any]) -> str:
    items = list(raw)
    if items and all(isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], int) for one in items):
        return "、".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in items)
    return "、".join(selector(one) if isinstance(one, Selector) else value(one) for one in items) or "无"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _limit(row: model.LimitRow) -> str:
    return f"{selector(row.when)}: {row.limit.chinese()}" if row.when.keys else row.limit.chinese()


def _card(rule: model.CardRule) -> str:
    moment = value(rule.at)
    if rule.offset is not None:
        moment = f"到期{'前' if rule.sign < 0 else '后'} {rule.offset.chinese()}"
    told = f"，告知{_listed(rule.tell)}" if rule.tell else ""
    return f"{moment}{value(rule.card)}{told}"


def _length(length: model.ExtensionLength) -> str:
    if length.cap is not None:
        return f"至多 {length.cap.chinese()}"
    return "；".join(map(_limit, length.limits)) if length.limits is not None else value(length.mode)


def _refused(rule: model.Refused) -> str:
    return f"计 {rule.count} 次，审核期间{'不计入时限' if rule.exclude_review_time else '照常计时'}"


def _reply(row: model.ReplyRow) -> str:
    parts = [
        row.template,
        f"须有{_listed(row.requires)}" if row.requires else None,
        f"起句 {len(row.openings)} 种" if row.openings else None,
        f"结句 {len(row.closings)} 种" if row.closings else None,
        "有固定样式" if row.form else None,
        f"不得出现 {'、'.join(dict.fromkeys(map(_banned, row.banned)))}" if row.banned else None,
        f"至多 {row.max_chars} 字" if row.max_chars else None,
        row.remedy if row.banned else None,
        "只能答复一次" if row.once else None,
        f"承办单位须为{_listed(row.unit_kind)}" if row.unit_kind else None,
    ]
    said = "，".join(part for part in parts if part)
    whose = selector(row.when) if row.when.keys else "全部来件"
    return f"{whose}: {said}（{'不符合的退回' if row.severity == 'refuse' else '提醒'}）"


def _banned(pattern: str) -> str:
    """Plain words as they are; a pattern that only a machine reads is not shown."""
    words = pattern.split("|")
    return "、".join(words) if all(re.fullmatch(r"[\u4e00-\u9fff]+", word) for word in words) else "代替文字的符号"


def _supervision(row: model.SupervisionRow) -> str:
    parts = [
        value(row.trigger),
        selector(row.when) if row.when.keys else None,
        f"{'连续 ' if row.consecutive else ''}{row.at_least} 次（人）以上" if row.at_least else None,
        f"{row.within.chinese()}内" if row.within else None,
        f"由{row.by}督办" if row.by else None,
        _listed(row.means) if row.means else None,
        "待确认" if row.mode == "propose" else None,
    ]
    return "，".join(part for part in parts if part)


def _legal_basis(paper: model.LegalBasis) -> str:
    return f"《{paper.title}》" + (f"（{paper.number}）" if paper.number else "")


def _source(source: model.Source) -> str:
    flags = _listed(sorted(source.flags)) if source.flags else ""
    return source.name + (f"（{flags}）" if flags else "")


def _emergency(row: model.EmergencyRow) -> str:
    return value(row.tier) + (f": {_listed(row.topics)}" if row.topics else "")


def _further(rule: model.Further) -> str:
    return f"由{value(rule.by)}批准" + (f"，{_length(rule.length)}" if rule.length else "")


_STRUCTURES: dict[type, Any] = {
    Selector: selector,
    model.LimitRow: _limit,
    model.CardRule: _card,
    model.ExtensionLength: _length,
    model.Refused: _refused,
    model.ReplyRow: _reply,
    model.SupervisionRow: _supervision,
    model.LegalBasis: _legal_basis,
    model.Source: _source,
    model.EmergencyRow: _emergency,
    model.Further: _further,
    model.Ground: lambda ground: ground.text,
    model.RegisterGround: lambda ground: ground.text + ("（保护举报人）" if ground.protected else ""),
    model.DuplicateRule: lambda rule: f"{value(rule.when)}: {value(rule.do)}",
    model.LevelRow: lambda row: f"{selector(row.when)}: {row.to}",
    model.NotCountedRow: lambda row: f"{selector(row.when)}: 不计入{value(row.rate)}",
}


def _said(path: str, raw: Any) -> str:
    """A value where its path gives it a meaning of its own."""
    if path == "document.effective" and raw is None:
        return "未载明"
    if path == "extension.apply_by":
        return "到期之前" if raw is None else f"到期前 {raw.chinese()}"
    if path.startswith("names.below."):
        return str(raw).replace("{name}", "（地名）")
    if path == "intake.requires":
        return "、".join("联系方式" if one == "contact" else value(one) for one in raw)
    if path in ("review.result_notice", "appeal.clock"):
        return f"时限“{words_zh.CLOCKS.get(raw, raw)}”"
    if path.rpartition(".")[2] in ("starts", "stops", "resets_on"):
        return "、".join(words_zh.EVENTS.get(event, event) for event in raw)
    return value(raw)


def _origin(leaf: Leaf[Any]) -> str:
    """条文, 解释, 本地 or 未规定; empty for a part of a rule whose article stands at its other parts."""
    if _is_unset(leaf.value):
        return UNSTATED
    return leaf.origin if leaf.basis or leaf.reading or leaf.local else ""


def _is_unset(raw: Any) -> bool:
    limit = raw if isinstance(raw, Duration) else getattr(raw, "limit", None)
    return isinstance(limit, Duration) and limit.unit == "unset"


def _head(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
