"""How a draft begins: from a version of a book, from nothing for a new place, or from a file somebody brings."""

from __future__ import annotations

import datetime as dt
import json
import re

from yixian.orders import books
from yixian.orders.errors import BadInput
from yixian.rulebook import Library, RulebookError
from yixian.rulebook.findings import choose
from yixian.rulebook.vocabulary import LEVELS
from yixian.rulemaking import texts

NAME = re.compile(r"[a-z][a-z0-9]{1,39}")
RESERVED = ("drafts", "compare", "whatif", "published")  # addresses of pages beside the books
_NEW = """# {title}
# 每个值写明出处: basis 是条款号; 条文没有写明、自己理解的写 reading; 本单位自定的写 local: true。
jurisdiction: {{code: {code}, name: {place}, level: {level}, parent: {parent}}}
document:
  title: {title}
  number:
  issued:
  effective: {effective}
extends: {extends}

# 这里没有写的, 都依照上级规则书 {extends}。要改哪一项就写哪一项, 例如:
# clocks:
#   dispatch:
#     limit: {{value: 1wd, basis: "8"}}
"""


def library_with(name: str) -> Library:
    """The library, where a book of this name stands. Raises BadInput naming what there is."""
    library = books.library()
    if name not in library.names():
        raise BadInput(f"没有名为 {name[:60]} 的规则书; {choose(name, library.names())}", "name")
    return library


def copied(name: str, version: str, effective: dt.date | None) -> str:
    """The text of a version, with another day in force where one is named. Raises BadInput."""
    library = library_with(name)
    try:
        text = library.source(name, version)
    except RulebookError as error:
        raise BadInput(str(error), "based_on") from None
    if effective is None:
        return text
    return texts.replaced(text, {("document", "effective"): effective.isoformat()})


def new_name(name: str) -> str:
    """A name for a new book. Raises BadInput where it cannot be one or is taken."""
    if not NAME.fullmatch(name) or name in RESERVED:
        raise BadInput("规则书的代号用小写拼音字母和数字, 以字母开头, 2 至 40 个字, 例如 nanshan。", "name")
    if name in books.library().names():
        raise BadInput(f"已有名为 {name} 的规则书; 要修订它, 请从它的现行版本起草。", "name")
    return name


def skeleton(
    *, title: str, place: str, code: str, level: str, parent: str, extends: str, effective: dt.date | None
) -> str:
    """The first text of a new place's book. Raises BadInput for a level or parent that cannot be."""
    library_with(extends)
    if level not in LEVELS:
        raise BadInput("请选择层级。", "level")
    if not re.fullmatch(r"\d{6,12}", code):
        raise BadInput("行政区划代码是 6 至 12 位数字。", "code")
    if parent and not re.fullmatch(r"\d{6,12}", parent):
        raise BadInput("上级的行政区划代码是 6 至 12 位数字。", "parent")
    if not place.strip():
        raise BadInput("请填写地名。", "place")
    flat = " ".join(title.split())
    return _NEW.format(
        title=_quoted(flat),
        code=_quoted(code),
        place=_quoted(" ".join(place.split())),
        level=level,
        parent=_quoted(parent or "000000"),
        extends=extends,
        effective=effective.isoformat() if effective else "unknown",
    )


def _quoted(words: str) -> str:
    """A text as a YAML scalar that holds whatever it holds."""
    return json.dumps(words, ensure_ascii=False)
