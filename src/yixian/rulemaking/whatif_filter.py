"""Which orders a what-if looks at: the filters of the list and of the API, written as `key=value&key=value`."""

from __future__ import annotations

import datetime as dt
import difflib
from urllib.parse import parse_qsl, urlencode

from yixian.lifecycle import STATES
from yixian.orders import platforms
from yixian.orders.errors import BadInput
from yixian.orders.queries import Filters

KEYS = {
    "platform": "平台代码, 含其下级",
    "unit": "承办单位代码",
    "category": "诉求类别",
    "channel": "来源渠道",
    "source": "交办来源",
    "state": "状态, 可用逗号分隔多个",
    "card": "亮牌: yellow 或 red",
    "emergency": "是否紧急: true 或 false",
    "flags": "标记, 可用逗号分隔多个",
    "q": "在内容、主题、地点中查找",
    "number": "编号的开头",
    "since": "登记日期不早于, 如 2025-01-01",
    "until": "登记日期不晚于",
    "due_until": "到期日期不晚于",
}
_ZONE = dt.timezone(dt.timedelta(hours=8))
_STATE_CODES = {title: code for code, title in STATES.items()}


def parse(text: str) -> Filters:
    """The filters that a text means; `all` or nothing: every order.

    Raises BadInput for an unknown key (naming the nearest), a value that cannot be, or a range of dates turned round.
    """
    given = _pairs("" if text.strip() == "all" else text.strip())
    since, until = _day(given, "since"), _day(given, "until")
    if since is not None and until is not None and since > until:
        raise BadInput(f"登记日期的范围写反了: {since} 晚于 {until}", "orders")
    if "platform" in given:
        platforms.of_code(given["platform"])
    return Filters(
        platform=given.get("platform"),
        states=_states(given),
        unit=given.get("unit"),
        category=given.get("category"),
        channel=given.get("channel"),
        source=given.get("source"),
        card=_one_of(given, "card", ("yellow", "red")),
        emergency={"true": True, "false": False, None: None}[_one_of(given, "emergency", ("true", "false"))],
        flags=_parts(given, "flags"),
        text=given.get("q"),
        number=given.get("number"),
        registered_from=_midnight(since, 0),
        registered_to=_midnight(until, 1),
        due_before=_midnight(_day(given, "due_until"), 1),
    )


def spoken(wanted: Filters) -> str:
    """The filters in a few words."""
    said = [
        f"{KEYS[key].partition(',')[0]} {value}"
        for key, value in (
            ("platform", wanted.platform), ("unit", wanted.unit), ("category", wanted.category),
            ("channel", wanted.channel), ("source", wanted.source), ("number", wanted.number), ("q", wanted.text),
            ("state", "、".join(STATES[state] for state in wanted.states)), ("flags", "、".join(wanted.flags)),
        )
        if value
    ]  # fmt: skip
    if wanted.registered_from is not None:
        said.append(f"{_shown(wanted.registered_from)} 起")
    if wanted.registered_to is not None:
        said.append(f"到 {_shown(wanted.registered_to - 1)} 止")
    if wanted.card:
        said.append({"yellow": "有黄牌", "red": "有红牌"}[wanted.card])
    if wanted.emergency is not None:
        said.append("紧急" if wanted.emergency else "非紧急")
    return ", ".join(said) or "全部工单"


def _pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if text and "=" not in text:
        raise BadInput(f"筛选条件应写作 名称=值, 用 & 连接, 如 category=投诉&since=2025-01-01; 现为 {text!r}", "orders")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=40)
    except ValueError:
        raise BadInput("筛选条件太多, 最多 40 个", "orders") from None
    for key, value in pairs:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            known = "、".join(f"{name} ({words})" for name, words in KEYS.items())
            raise BadInput(
                f"没有筛选条件 {key!r}, " + (f"是不是 {near[0]!r}?" if near else f"可用的有: {known}"), "orders"
            )
        if key in found:
            raise BadInput(f"筛选条件 {key!r} 写了两次", "orders")
        if value.strip():
            found[key] = value.strip()[:200]
    return found


def _parts(given: dict[str, str], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in given.get(key, "").split(",") if part.strip()))


def _states(given: dict[str, str]) -> tuple[str, ...]:
    states = tuple(_STATE_CODES.get(word, word) for word in _parts(given, "state"))
    for state in states:
        if state not in STATES:
            near = difflib.get_close_matches(state, [*STATES, *_STATE_CODES], 1)
            known = "、".join(f"{code} ({title})" for code, title in STATES.items())
            raise BadInput(
                f"没有状态 {state!r}, " + (f"是不是 {near[0]!r}?" if near else f"可用的有: {known}"), "orders"
            )
    return states


def _one_of(given: dict[str, str], key: str, known: tuple[str, ...]) -> str | None:
    value = given.get(key)
    if value is not None and value not in known:
        raise BadInput(f"{key} 应为 {' 或 '.join(known)}, 现为 {value!r}", "orders")
    return value


def _day(given: dict[str, str], key: str) -> dt.date | None:
    value = given.get(key)
    if value is None:
        return None
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        raise BadInput(f"{key} 应为日期, 如 2025-01-01, 现为 {value!r}", "orders") from None
    if not 1900 <= day.year <= 2200:
        raise BadInput(f"{key} 的年份应在 1900 至 2200 之间", "orders")
    return day


def _midnight(day: dt.date | None, later: int) -> int | None:
    if day is None:
        return None
    return int((dt.datetime.combine(day, dt.time(), _ZONE) + dt.timedelta(days=later)).timestamp())


def _shown(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment, _ZONE).date().isoformat()


def written(given: dict[str, str]) -> str:
    """Filters as a text that `parse` reads."""
    return urlencode({key: value for key, value in given.items() if value})
