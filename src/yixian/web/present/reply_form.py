"""A reply in parts (答复模板): fixed words and blanks made from the book's rows, one text of the parts and back again.

Nothing is checked here. A line whose blanks are all empty is left out of the text, so that the book's own check
(`lifecycle.checking`) finds it missing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yixian.lifecycle.draft import attributes_of
from yixian.lifecycle.state import OrderState
from yixian.rulebook import Rulebook
from yixian.rulebook.model import ReplyRow

OWN = frozenset({"contacted", "office", "office_phone", "signed_by"})
"""What a row may require that is a field of its own beside the text."""
SHORT = frozenset(
    {
        "单位名称",
        "承办单位",
        "具体办理单位",
        "部门名称",
        "年月日",
        "称呼",
        "事项",
        "经办人",
        "联系电话",
        "经办人联系电话",
    }
)
"""Blanks that take one line, though they end one."""
_BLANK = re.compile(r"〔([^〕]+)〕")
_GAP = re.compile(r"\.[+*]\??|\\s\*")
_MAGIC = re.compile(r"[\\^$.|?*+()\[\]{}]")
_PLAIN_LINE = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Blank:
    """A white part: what belongs there, whether it may stay empty, whether it takes several lines."""

    index: int
    name: str
    optional: bool = False
    area: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form: fixed words and blanks in turn."""

    pieces: tuple[str | Blank, ...]

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """The blanks of the line."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Blank))

    @property
    def open_ended(self) -> bool:
        """Whether it goes on over several lines of the text."""
        return bool(self.pieces) and isinstance(self.pieces[-1], Blank) and self.pieces[-1].area

    @property
    def bare(self) -> bool:
        """Whether it has no fixed words by which it could be known."""
        return all(isinstance(piece, Blank) for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """The form of a reply: its lines, the template's name, the articles."""

    title: str
    lines: tuple[Line, ...]
    basis: tuple[str, ...] = ()

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """All blanks in order."""
        return tuple(blank for line in self.lines for blank in line.blanks)


# ---- the form of an order's reply -----------------------------------------------------------------------------------


def form_of(state: OrderState, book: Rulebook) -> ReplyForm | None:
    """The form that the book gives this order's reply, None where it wants no parts."""
    attributes = attributes_of(state, book)
    rows = [row for row in book.replies if row.when.matches(attributes)]
    framed = sorted((row for row in rows if row.form), key=lambda row: -len(row.when.keys))
    if framed:
        return made(framed[0].template or "", framed[0].form, framed[0].basis)
    lines = _derived(rows)
    basis = tuple(dict.fromkeys(article for row in rows if row.requires or row.closings for article in row.basis))
    return made(next((row.template for row in rows if row.template), "") or "", lines, basis) if lines else None


def _derived(rows: Sequence[ReplyRow]) -> tuple[str, ...]:
    """The lines that follow from what the rows want: the one opening, a heading for each part, the closing."""
    exact = sorted((row for row in rows if len(row.openings) == 1), key=lambda row: -len(row.when.keys))
    lines = [words for row in exact[:1] if (words := _literal(row.openings[0]))]
    needs = dict.fromkeys(need for row in rows for need in row.requires if need not in OWN)
    lines += [need if "：" in need else f"{need}：〔{need}〕" for need in needs]
    if not lines:
        return ()
    if not needs:
        lines.append("〔回复意见〕")
    closing = next((words for row in rows for item in row.closings if (words := _literal(item))), None)
    return (*lines, closing) if closing else tuple(lines)


def _literal(pattern: str) -> str:
    """A pattern as fixed words with blanks; "" where it is no plain one."""
    gaps = iter(range(1, 20))
    words = _GAP.sub(lambda gap: "" if gap[0].startswith("\\") else f"〔第 {next(gaps)} 处〕", pattern)
    return "" if _MAGIC.search(words) else words


def made(title: str, lines: Sequence[str], basis: tuple[str, ...] = ()) -> ReplyForm:
    """A form of lines in which 〔name〕 is a blank, 〔name?〕 one that may stay empty."""
    found: list[Line] = []
    index = 0
    for text in lines:
        pieces: list[str | Blank] = []
        parts = _BLANK.split(text)
        for place, part in enumerate(parts):
            if place % 2 == 0:
                if part:
                    pieces.append(part)
                continue
            optional = part.endswith(("?", "？"))
            name = part.rstrip("?？")
            last = place == len(parts) - 2 and not parts[-1]
            pieces.append(Blank(index, name, optional, last and not optional and name not in SHORT))
            index += 1
        found.append(Line(tuple(pieces)))
    return ReplyForm(title, tuple(found), basis)


# ---- parts to text and back -----------------------------------------------------------------------------------------


def compose(form: ReplyForm, values: Sequence[str]) -> str:
    """One text of the parts; `values` by the index of their blank."""
    given = [_cleaned(blank, values[blank.index]) for blank in form.blanks]
    return "\n".join(_written(line, given) for line in form.lines if _stands(line, given))


def _cleaned(blank: Blank, value: str) -> str:
    words = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return words if blank.area else _PLAIN_LINE.sub(" ", words)


def _stands(line: Line, given: Sequence[str]) -> bool:
    blanks = line.blanks
    return not blanks or any(given[blank.index] or blank.optional for blank in blanks)


def _written(line: Line, given: Sequence[str]) -> str:
    return "".join(piece if isinstance(piece, str) else given[piece.index] for piece in line.pieces)


def split(form: ReplyForm, text: str) -> list[str] | None:
    """The parts of a text that was written on this form, None for any other text. Composed again it is the same."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    values = [""] * len(form.blanks)
    at, tail, after = -1, None, -1  # the form's line just read, the blank that goes on, the text's line before
    for place, words in enumerate(whole.split("\n")):
        found = _next_line(form, at, words, after == place - 1)
        if found is None:
            if tail is None:
                return None
            values[tail] += f"\n{words}"
            after = place if form.lines[at].open_ended else after
            continue
        at, parts = found
        for index, value in parts.items():
            values[index] = value
        line = form.lines[at]
        tail = line.blanks[-1].index if line.open_ended else None
        after = place
    values = [value.strip() for value in values]
    return values if compose(form, values) == whole else None


def _next_line(form: ReplyForm, at: int, words: str, adjoining: bool) -> tuple[int, dict[int, str]] | None:
    """The next line of the form that these words are: one of fixed words, or a bare one that comes just now."""
    for place in range(at + 1, len(form.lines)):
        line = form.lines[place]
        if line.bare:
            onward = at >= 0 and form.lines[at].open_ended
            nearest = all(not form.lines[item].bare for item in range(at + 1, place))
            known = any(_matched(form.lines[item], words) for item in range(place + 1, len(form.lines))
                        if not form.lines[item].bare)  # fmt: skip
            if adjoining and not onward and nearest and not known:
                return place, {line.blanks[0].index: words}
        elif (parts := _matched(line, words)) is not None:
            return place, parts
    return None


def _matched(line: Line, words: str) -> dict[int, str] | None:
    """The blanks of one line, read from its words."""
    values: dict[int, str] = {}
    rest, waiting = words, None
    for number, piece in enumerate(line.pieces):
        if isinstance(piece, Blank):
            waiting = piece
            continue
        last = number == len(line.pieces) - 1
        place = len(rest) - len(piece) if last and waiting is not None and rest.endswith(piece) else rest.find(piece)
        if place < 0 or (waiting is None and place != 0):
            return None
        if waiting is not None:
            values[waiting.index] = rest[:place]
        rest, waiting = rest[place + len(piece) :], None
    if waiting is not None:
        values[waiting.index] = rest
    elif rest:
        return None
    return values


# ---- what a page sends ----------------------------------------------------------------------------------------------


def text_of(form: ReplyForm | None, path: str, data: Mapping[str, Sequence[str]]) -> str:
    """The text that a page sent: of its parts (`text.0`, `text.1`, …) where it shows parts, else whole.

    "" where a draft waits (`text.keep`) that the page does not change (`text.edit`).
    """
    if f"{path}.keep" in data and f"{path}.edit" not in data:
        return ""
    if form is None or f"{path}.parts" not in data:
        return (data.get(path) or [""])[0].replace("\r\n", "\n").strip()
    values = parts_of(form, path, data)
    return compose(form, values) if any(value.strip() for value in values) else ""


def parts_of(form: ReplyForm, path: str, data: Mapping[str, Sequence[str]]) -> list[str]:
    """The parts that a page sent, as they were typed."""
    return [(data.get(f"{path}.{blank.index}") or [""])[0] for blank in form.blanks]


def shown(
    form: ReplyForm | None, path: str, data: Mapping[str, Sequence[str]] | None, known: Mapping[str, str]
) -> tuple[ReplyForm | None, tuple[str, ...], str]:
    """How a page begins: the form with the words of its parts, or no form and the whole text.

    Args: what was typed before, None for a fresh form; what can be filled in beforehand, by a blank's name.
    """
    if form is None or data is None:
        return form, tuple(_beforehand(form, known)) if form else (), ""
    if f"{path}.parts" in data:
        return form, tuple(parts_of(form, path, data)), ""
    text = (data.get(path) or [""])[0].replace("\r\n", "\n").strip()
    parts = split(form, text) if text else None
    return (form, tuple(parts), "") if parts is not None else (None, (), text)


def _beforehand(form: ReplyForm, known: Mapping[str, str]) -> list[str]:
    """What is filled in beforehand; what the fixed words before a blank already say is not said twice."""
    found = []
    for line in form.lines:
        before = ""
        for piece in line.pieces:
            if isinstance(piece, str):
                before = piece
                continue
            value = known.get(piece.name, "")
            said = next((size for size in range(len(value), 1, -1) if before.endswith(value[:size])), 0)
            found.append(value[said:])
            before = ""
    return found
