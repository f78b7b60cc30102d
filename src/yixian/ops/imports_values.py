"""Values as people write them in tables: moments, phone numbers, categories; each kept inside a field's length."""

from __future__ import annotations

import datetime as dt
import re

from yixian.rulebook import Rulebook

_ZONE = dt.timezone(dt.timedelta(hours=8))
_FORMATS = (
    *("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"),
    *("%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"),
)
LONGEST_TEXT = 20000
LONGEST_WORD = 200


class BadValue(ValueError):
    """A value that cannot be used, in words that name it."""


def moment(text: str) -> int:
    """Unix seconds of a local time (Asia/Shanghai). Raises BadValue."""
    plain = re.sub(r"\.\d+$", "", text.strip())
    for form in _FORMATS:
        try:
            return int(dt.datetime.strptime(plain, form).replace(tzinfo=_ZONE).timestamp())
        except ValueError:
            continue
    raise BadValue(f"时间 {text.strip()[:30]!r} 不能识别, 应写作 2024-03-05 14:30")


def body(text: str) -> str:
    """The words of a request. Raises BadValue for none, or more than an order holds."""
    plain = text.replace("\0", "").strip(" \t\r\n\u3000\u00a0")
    if not plain:
        raise BadValue("诉求内容为空")
    if len(plain) > LONGEST_TEXT:
        raise BadValue(f"诉求内容过长: {len(plain)} 字, 最多 {LONGEST_TEXT} 字")
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise BadValue("诉求内容含有损坏的字符 (不成对的代理字符)") from None
    return plain


def word(text: str | None) -> str | None:
    """A short value: blanks made one, cut to what a field holds; None for nothing."""
    plain = " ".join((text or "").replace("\0", "").split())
    return plain[:LONGEST_WORD] or None


def category(text: str | None, book: Rulebook, guess: str) -> str:
    """The book's own word for a category given or guessed. Raises BadValue for one that the book does not know."""
    leaf = book.categories
    wanted = (text or "").strip() or guess
    if leaf is None or not leaf.value or wanted in leaf.value:
        return wanted
    near = [name for name in leaf.value if wanted in name or name in wanted]
    if len(near) == 1:
        return near[0]
    raise BadValue(f"诉求类别 {wanted!r} 不在规则书之列, 可用的有: {'、'.join(leaf.value)}")


def category_or_guess(text: str | None, book: Rulebook, guess: str) -> str:
    """As `category`; a word that the book does not know gives way to the guess."""
    try:
        return category(text, book, guess)
    except BadValue:
        return category(None, book, guess)
