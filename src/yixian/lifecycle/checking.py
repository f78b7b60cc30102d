"""Checking a reply against the book's templates and notes: what is missing or wrong, where, and what would be right.

Every matching row is checked, not only the best one. A row's words may be the reply's own text or its fields: the
payload keys `contacted`, `signed_by`, `office`, `office_phone`; the last two may stand in the text instead.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from msgspec import structs

from yixian.lifecycle import commands
from yixian.lifecycle.draft import Draft
from yixian.rulebook.model import ReplyRow
from yixian.rulebook.patterns import open_repeats

Said = commands.Reply | commands.DraftReply

_OFFICE = re.compile(r"[\u4e00-\u9fff](?:科|室|股|大队|中队|窗口|服务中心|值班|业务部)")
_PHONE = re.compile(r"(?<!\d)(?:0\d{2,3}[ \-]?[1-9]\d{6,7}|1[3-9]\d{9}|(?:电话|致电|拨打)\D{0,6}[2-9]\d{6,7})(?!\d)")
_AROUND = 6
_TOLD = 3
"""How many places of one banned word are told."""
_HEAD, _WINDOW, _STEP = 2000, 1000, 500
"""What a pattern with several open repeats is tried on at once: its time grows with a power of the length."""
_READABLE = ((r"\s*", ""), (r".+", "…"), (".*", "…"))
_OWN_KEYS = {
    "contacted": "缺少沟通情况: 写明已与诉求人沟通, 或未沟通的原因",
    "office": "缺少承办科室: 写在科室一栏或正文里, 例如 供水管理科",
    "office_phone": "缺少科室电话: 写在电话一栏或正文里, 供诉求人来电, 例如 028-23300000",
    "signed_by": "须注明签批人",
}


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error:
        return re.compile(re.escape(text))


def check_reply(draft: Draft, payload: Said) -> tuple[list[str], list[str], tuple[str, ...]]:
    """What is wrong with a reply: what refuses it, what is only warned of, and the articles checked."""
    if draft.facts.unmasked is not None:
        payload = structs.replace(payload, text=draft.facts.unmasked)
    refusals: list[str] = []
    warnings: list[str] = []
    basis: list[str] = []
    refused_by: list[str] = []
    for row in draft.book.replies:
        if not row.when.matches(draft.attributes):
            continue
        found = _defects(draft, row, payload)
        basis.extend(row.basis)
        if found and row.severity == "refuse":
            refusals.extend(found)
            refused_by.extend(row.basis)
        else:
            warnings.extend(found)
    return list(dict.fromkeys(refusals)), list(dict.fromkeys(warnings)), tuple(dict.fromkeys(refused_by or basis))


def _defects(draft: Draft, row: ReplyRow, payload: Said) -> list[str]:
    text = payload.text or ""
    found = _missing(row, payload, text)
    if row.openings and not any(_opens(text.lstrip(), item) for item in row.openings):
        found.append(f"开头应为{_any_of(row.openings)}, 现为“{text.strip()[:20]}…”")
    if row.closings and not any(item in text or _hits(item, text, 1) for item in row.closings):
        found.append(f"结尾应为{_any_of(row.closings)}, 现为“…{text.strip()[-20:]}”")
    for banned in row.banned:
        found += [_at(text, hit, row.remedy) for hit in _hits(banned, text, _TOLD)]
    if row.max_chars is not None and len(text) > row.max_chars:
        over = len(text) - row.max_chars
        found.append(f"超过 {row.max_chars} 字, 现为 {len(text)} 字, 须删去 {over} 字")
    found += _wrong_kind(draft, row)
    return [f"{row.template}: {item}" for item in found] if row.template else found


def _hits(pattern: str, text: str, most: int) -> list[re.Match[str]]:
    """The first places of a pattern; one with several open repeats is looked for in pieces that overlap."""
    found = _pattern(pattern)
    if open_repeats(pattern) < 2 or len(text) <= _WINDOW:
        return list(islice(found.finditer(text), most))
    hits: dict[int, re.Match[str]] = {}
    for start in range(0, len(text), _STEP):
        for hit in islice(found.finditer(text, start, start + _WINDOW), most):
            hits.setdefault(hit.start(), hit)
        if len(hits) >= most:
            break
    return [hits[place] for place in sorted(hits)][:most]


def _missing(row: ReplyRow, payload: Said, text: str) -> list[str]:
    """The required parts that are not there, each with the part it belongs after."""
    found: list[str] = []
    before = ""
    for need in row.requires:
        if need in _OWN_KEYS:
            if not _given(need, payload, text):
                found.append(_OWN_KEYS[need])
        elif need not in text:
            where = f", 应写在“{before}”之后" if before else ""
            found.append(f"缺少“{need}”{where}")
        else:
            before = need
    return found


def _given(need: str, payload: Said, text: str) -> bool:
    if need == "signed_by":
        return not isinstance(payload, commands.Reply) or bool(payload.signed_by)
    if need == "contacted":
        return payload.contacted is not None
    if getattr(payload, need):
        return True
    return (_OFFICE if need == "office" else _PHONE).search(text) is not None


def _wrong_kind(draft: Draft, row: ReplyRow) -> list[str]:
    """The lead is not a body of the kind the book wants; what kind it is comes with the facts, unknown is let pass."""
    lead = draft.state.lead or ""
    kind = draft.facts.unit_kinds.get(lead)
    if not row.unit_kind or kind is None or kind in row.unit_kind:
        return []
    wanted = "、".join(_KINDS.get(item, item) for item in row.unit_kind)
    return [f"承办单位须为{wanted}, 现主办单位是{_KINDS.get(kind, kind)}; 请申请改由{wanted}主办后答复"]


_KINDS = {"government": "行政机关", "institution": "事业单位", "enterprise": "企业", "social": "社会团体"}


def _opens(text: str, opening: str) -> bool:
    head = text if open_repeats(opening) < 2 else text[:_HEAD]
    return text.startswith(opening) or _pattern(opening).match(head) is not None


def _any_of(patterns: tuple[str, ...]) -> str:
    """A template's fixed words as people read them."""
    if len(patterns) > 2:
        return f"规定的 {len(patterns)} 种格式之一"
    said = []
    for text in patterns:
        for mark, plain in _READABLE:
            text = text.replace(mark, plain)
        said.append(f"“{text}”")
    return "或".join(said)


def _at(text: str, hit: re.Match[str], remedy: str | None) -> str:
    start, end = hit.span()
    around = text[max(0, start - _AROUND) : end + _AROUND].replace("\n", " ")
    more = f", {remedy}" if remedy else ""
    return f"第 {start + 1} 字“{hit.group(0)}”不得出现 (…{around}…){more}"
