"""What the address of the list asks for: its words, checked, as filters of the orders room and as a title.

Several states, flags or requests at once are parted by commas. What cannot be understood is told, never left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from yixian.lifecycle.state import STATES
from yixian.orders.errors import BadInput
from yixian.orders.queries import Filters, unit_names
from yixian.parties import vault
from yixian.parties.masking import mask_text
from yixian.rulebook import words_zh
from yixian.web.present import words

Asked = dict[str, str]
DUE = {"today": "今天到期", "late": "已超期", "soon": "三天内到期", "none": "没有到期时间"}
CARDS = {"yellow": "黄牌", "red": "红牌"}
FLAGS = {
    key: words.FLAGS[key]
    for key in (
        *("unverified", "priority", "supervised", "interim_closed", "cross_region", "cross_level", "confidential"),
        *("drafted", "redone", "appealed", "anonymous"),
    )
}
SORTS = {
    "registered": "最新登记在前",
    "oldest": "最早登记在前",
    "due": "最急在前",
    "changed": "最近变动在前",
}
CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "state": ("状态", STATES),
    "due": ("期限", DUE),
    "card": ("亮牌", CARDS),
    "flag": ("标记", FLAGS),
    "pending": ("待定申请", words.PENDING),
    "clock": ("时限", words_zh.CLOCKS),
    "sort": ("排序", SORTS),
}
SEVERAL = ("state", "flag", "pending")
FREE = ("category", "source", "channel", "unit", "place", "emergency", "from", "to", "q", "view")
KNOWN = (*CHOICES, *FREE)
LONGEST = 200


def read(request: HttpRequest) -> Asked:
    """What the URL asks for, in a fixed order."""
    return of(request.GET)


def of(query: QueryDict) -> Asked:
    """What a query asks for: of a word that is given several times the last counts, but states and such add up."""
    given = {key: ",".join(query.getlist(key)) if key in SEVERAL else query.get(key, "") for key in KNOWN}
    return {key: text.strip()[:LONGEST] for key, text in given.items() if text.strip()}


def checked(asked: Mapping[str, str]) -> None:
    """Raises BadInput for a choice that is not offered, as in an old or mistyped link, and for a day that is none."""
    for key, (title, choices) in CHOICES.items():
        if any(word not in choices for word in several(asked, key)):
            raise BadInput(f"网址里的“{title}”无法识别, 请从上面重新选择。", key)
    first, last = _day(asked, "from"), _day(asked, "to")
    if first is not None and last is not None and last < first:
        raise BadInput("登记日期的止日早于起日, 请核对。", "to")


def several(asked: Mapping[str, str], key: str) -> tuple[str, ...]:
    """The words that are asked for under a key."""
    given = asked.get(key, "")
    found = given.split(",") if key in SEVERAL else [given]
    return tuple(dict.fromkeys(word.strip() for word in found if word.strip()))


def _day(asked: Mapping[str, str], key: str) -> int | None:
    """The first second of a local day."""
    given = asked.get(key)
    if not given:
        return None
    try:
        return int(dt.datetime.fromisoformat(f"{dt.date.fromisoformat(given)}T00:00:00+08:00").timestamp())
    except (ValueError, OverflowError):
        raise BadInput(f"日期“{given}”无法识别, 请写成 2026-03-01 这样。", key) from None


def filters_of(asked: Mapping[str, str], now: int) -> Filters:
    """The URL as the filters of the orders room. Raises BadInput for what cannot be searched."""
    today = (now + 8 * 3600) // 86400 * 86400 - 8 * 3600
    span = {"today": (now, today + 86400), "late": (None, now), "soon": (now, today + 3 * 86400)}
    after, before = span.get(asked.get("due", ""), (None, None))
    number, requester, text = _typed(asked.get("q", ""))
    last = _day(asked, "to")
    return Filters(
        states=several(asked, "state"),
        category=asked.get("category"),
        channel=asked.get("channel"),
        source=asked.get("source"),
        unit=asked.get("unit"),
        flags=several(asked, "flag"),
        pending=several(asked, "pending"),
        clock=asked.get("clock"),
        place=asked.get("place"),
        card=asked.get("card"),
        emergency=True if asked.get("emergency") else None,
        due_after=after,
        due_before=before,
        undated=asked.get("due") == "none",
        registered_from=_day(asked, "from"),
        registered_to=None if last is None else last + 86400,
        text=text,
        number=number,
        requester=requester,
    )


def _typed(typed: str) -> tuple[str | None, str | None, str | None]:
    """What stands in the search box: the beginning of a number, a requester's phone, or words."""
    if typed.isascii() and typed.isdigit() and len(typed) > 4:
        requester = vault.find_by_phone(typed) if len(typed) in (8, 10, 11, 12) else None
        return (None, requester, None) if requester else (typed, None, None)
    return None, None, typed or None


def sort_of(asked: Mapping[str, str]) -> str:
    """The order of the list: as asked, else the most urgent first where it is about due times."""
    urgent = asked.get("due") in ("today", "late", "soon")
    return asked.get("sort") or ("due" if urgent or "clock" in asked else "registered")


def title_of(asked: Mapping[str, str]) -> str:
    """The list's name."""
    if "q" in asked:
        return f"查找“{mask_text(asked['q'])}”"  # it names files and stands in journals
    said = [asked.get("category", ""), asked.get("source", ""), said_of(asked, "channel")]
    said += [said_of(asked, key) for key in ("due", "state", "card", "flag", "pending", "clock", "unit", "place")]
    said += ["紧急" if asked.get("emergency") else "", said_of(asked, "from")]
    return "、".join(filter(None, said)) or "全部工单"


def said_of(asked: Mapping[str, str], key: str) -> str:
    """One filter in words, "" where it is open."""
    if key in ("from", "to"):
        first, last = asked.get("from"), asked.get("to")
        return f"{first or ''} 至 {last or ''} 登记".replace("  ", " ").strip() if first or last else ""
    if key == "channel":
        return words.value(asked.get("channel", ""))
    if key == "clock":
        return f"{words_zh.CLOCKS.get(asked['clock'], '')}时限内" if asked.get("clock") else ""
    if key == "unit" and asked.get("unit"):
        return unit_names([asked["unit"]]).get(asked["unit"], asked["unit"])
    if key not in CHOICES:
        return asked.get(key, "")
    choices = CHOICES[key][1]
    return "、".join(choices.get(word, "") for word in several(asked, key))


def url(asked: Mapping[str, str], **more: str | None) -> str:
    """The address of the list."""
    told = {key: text for key, text in {**asked, **more}.items() if text}
    return "/orders/" + ("?" + urlencode(told) if told else "")
