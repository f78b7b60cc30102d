"""Administrative divisions (行政区划): loaded from a table, walked, found by name or pinyin, read out of text.

A code begins with its parent's, so everything within 珠海市 is everything that begins with 4404.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from yixian.parties.errors import PartyError
from yixian.parties.models_places import Division

HEAD = ("code", "name", "parent")
LENGTHS = {2: 1, 4: 2, 6: 3, 9: 4, 12: 5}
MOST_FOUND = 8
MOST_CHILDREN = 500
MOST_ERRORS = 10
_ENDINGS = {
    1: ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区", "省", "市"),
    2: ("自治州", "地区", "盟", "市"),
    3: ("自治县", "林区", "矿区", "区", "县", "市", "旗"),
    4: ("街道办事处", "民族乡", "街道", "苏木", "镇", "乡"),
    5: ("社区居委会", "社区", "嘎查", "居委会", "村委会", "村"),
}
_NO_DIVISION = re.compile(
    r"[东西南北中前后]?[一二三四五六七八九十]?(大道|大街|公路|路|街(?!道)|巷|弄|桥|广场|花园|小区|新村|苑|医院|学校)"
)
_GAP = re.compile(r"[\s,，、·/－-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """A division with the names above it: what it is called in full, from the city down."""

    code: str
    name: str
    level: int
    full: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of its place: the divisions it may mean, the surest first, and what follows their names."""

    places: tuple[Place, ...]
    rest: str


# --- loading ------------------------------------------------------------------------------------------------------


def load(text: str) -> int:
    """Take in a table with the columns code,name,parent: new divisions are added, known ones renamed; all or none.

    Codes may be written with the zeros of the official lists (440400, 440402004000). Returns how many rows it has.
    Raises PartyError naming every wrong line, up to ten.
    """
    rows = _checked(_lines(text))
    known = dict(Division.objects.filter(code__in=[parent for _, _, _, parent in rows]).values_list("code", "level"))
    told = {code for _, code, _, _ in rows}
    lost = [row for row in rows if row[3] and row[3] not in told and row[3] not in known]
    _raise(f"第 {line} 行: 上级 {parent} 不在表里, 也没有导入过; 请把它一并导入" for line, _, _, parent in lost)
    made = [
        Division(code=code, name=name, short=short(name, LENGTHS[len(code)]), level=LENGTHS[len(code)], parent=parent)
        for _, code, name, parent in rows
    ]
    for one in made:
        one.search = _search(one.name)
    fields = ["name", "short", "level", "parent", "search"]
    with transaction.atomic():
        Division.objects.bulk_create(
            made, update_conflicts=True, unique_fields=["code"], update_fields=fields, batch_size=2000
        )
    return len(made)


def _lines(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    if not lines or tuple(lines[0][1]) != HEAD:
        found = ",".join(lines[0][1])[:60] if lines else "空"
        raise PartyError(f"第一行应是 {','.join(HEAD)}, 现为 {found}; 请用 UTF-8 的 CSV 文件", "file")
    return [line for line in lines[1:] if any(line[1])]


def _checked(lines: Sequence[tuple[int, list[str]]]) -> list[tuple[int, str, str, str]]:
    rows: list[tuple[int, str, str, str]] = []
    seen: dict[str, int] = {}
    wrong: list[str] = []
    for line, cells in lines:
        problem = ""
        code, name, parent = [*cells, "", "", ""][:3]
        plain, above = normal(code), normal(parent)
        if len(cells) != len(HEAD):
            problem = f"应有 3 栏, 现有 {len(cells)} 栏"
        elif not plain:
            problem = f"代码 {code[:20]!r} 不对, 应为 2、4、6、9 或 12 位数字"
        elif not name or len(name) > 60:
            problem = "名称应为 1 至 60 个字"
        elif plain in seen:
            problem = f"代码 {code} 与第 {seen[plain]} 行重复"
        elif parent and not above:
            problem = f"上级代码 {parent[:20]!r} 不对, 应为 2、4、6 或 9 位数字"
        elif above and (not plain.startswith(above) or plain == above):
            problem = f"代码 {code} 不以上级 {parent} 开头"
        elif not above and LENGTHS[len(plain)] > 1:
            problem = f"{name}缺少上级代码; 只有省级可以没有"
        seen.setdefault(plain, line)
        if problem:
            wrong.append(f"第 {line} 行: {problem}")
        rows.append((line, plain, name, above))
    _raise(wrong)
    if not rows:
        raise PartyError("表里没有一行区划", "file")
    return rows


def _raise(problems: Iterable[str]) -> None:
    wrong = list(problems)
    if wrong:
        more = f"\n…… 共 {len(wrong)} 处" if len(wrong) > MOST_ERRORS else ""
        raise PartyError("区划表有错, 没有导入:\n" + "\n".join(wrong[:MOST_ERRORS]) + more, "file")


def normal(code: str) -> str:
    """A code without the zeros that fill it up: 440400 is 4404. "" where it is none."""
    if not re.fullmatch(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}", code):
        return ""
    for longer, shorter in ((12, 9), (9, 6), (6, 4), (4, 2)):
        if len(code) == longer and not code[shorter:].strip("0"):
            code = code[:shorter]
    return code


def short(name: str, level: int) -> str:
    """What people say: 香洲 for 香洲区, 吉大 for 吉大街道; "" where less than two characters are left."""
    for ending in _ENDINGS[level]:
        if name.endswith(ending):
            plain = name.removesuffix(ending)
            return plain if len(plain) > 1 else ""
    return ""


def _search(name: str) -> str:
    from pypinyin import Style, lazy_pinyin  # its dictionaries are large and only loading a table needs them

    full = "".join(lazy_pinyin(name))
    return " ".join((name, full, "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)))).lower()


# --- walking and finding ------------------------------------------------------------------------------------------


def root_of(platform_code: str) -> str:
    """Where a platform's divisions begin, by its own division code; "" where it has none: all of them."""
    return normal(platform_code)


def children(parent: str, root: str = "") -> list[Place]:
    """The divisions directly below one; below `root` or at the top where `parent` is empty."""
    above = normal(parent) or root
    if above and not above.startswith(root):
        return []
    return _places(list(Division.objects.filter(parent=above).order_by("code")[:MOST_CHILDREN]), root)


def one(code: str, root: str = "") -> Place | None:
    """A division within `root`, with its full name; None where there is none."""
    plain = normal(code)
    row = Division.objects.filter(code=plain).first() if plain and plain.startswith(root) else None
    return _places([row], root)[0] if row else None


def found(words: str, root: str = "", limit: int = MOST_FOUND) -> list[Place]:
    """Divisions within `root` whose name, pinyin or initials hold the words, the highest level first."""
    plain = "".join(words.replace("\0", "").lower().split())[:40]
    if not plain:
        return []
    rows = Division.objects.filter(code__startswith=root, search__contains=plain).order_by("level", "code")
    return _places(list(rows[:limit]), root)


def _places(rows: Sequence[Division], root: str) -> list[Place]:
    """With full names, from the city down (from the county where the platform is a county's)."""
    above = {row.code[:size] for row in rows for size in LENGTHS if size < len(row.code)}
    names = dict(Division.objects.filter(code__in=above).values_list("code", "name"))
    start = max(len(root), 4)
    made = []
    for row in rows:
        chain = [names.get(row.code[:size], "") for size in LENGTHS if start <= size < len(row.code)]
        full = "".join(name for name in (*chain, row.name) if name != "市辖区")
        made.append(Place(row.code, row.name, row.level, full))
    return made


# --- reading a text -----------------------------------------------------------------------------------------------


def read(text: str, root: str = "") -> Reading:
    """Which division a text begins with: "香洲区银桦路12号" is 珠海市香洲区 and 银桦路12号.

    The longest name that fits counts, names without 区, 县, 街道 too unless a road goes on from them; levels may be
    left out. Several places are given where the name is not one's alone.
    """
    plain = " ".join(text.replace("\0", "").split())[:200]
    if len(plain) < 2:
        return Reading((), plain)
    rows = _named_in(plain, root)
    ways: list[tuple[Division | None, int]] = [(None, 0)]
    settled: list[tuple[Division, int]] = []
    while ways:
        following: list[tuple[Division | None, int]] = []
        for here, at in ways:
            steps = _steps(rows, here, plain, at)
            following += steps
            if not steps and here is not None:
                settled.append((here, at))
        ways = following[:50]
    if not settled:
        return Reading((), plain)
    furthest = max(at for _, at in settled)
    best = {row.code: row for row, at in settled if at == furthest}
    own = [row for row in best.values() if row.code.startswith(root)]
    places = _places(sorted(own, key=lambda row: (row.level, row.code))[:MOST_FOUND], root)
    return Reading(tuple(places), _GAP.sub("", plain[furthest:], count=1) if places else plain)


def _named_in(text: str, root: str) -> list[Division]:
    """The divisions of the root, and those above it, whose name or short name stands in the text."""
    within = "code like %s" if root else "code like %s or true"
    return list(
        Division.objects.raw(
            f"select * from parties_division where (({within}) or code = any (%s)) "
            "and (strpos(%s, name) > 0 or (short <> '' and strpos(%s, short) > 0)) limit 500",
            [f"{root}%", [root[:size] for size in LENGTHS if size < len(root)], text, text],
        )
    )


def _steps(rows: Sequence[Division], here: Division | None, text: str, at: int) -> list[tuple[Division | None, int]]:
    """The longest names below `here` that begin at this place of the text."""
    gap = _GAP.match(text, at)
    start = gap.end() if gap else at
    longest = 0
    steps: list[tuple[Division | None, int]] = []
    for row in rows:
        if here is not None and (row.code == here.code or not row.code.startswith(here.code)):
            continue
        size = _fits(row, text, start, alone=here is None)
        if size > longest:
            longest, steps = size, []
        if size and size == longest:
            steps.append((row, start + size))
    return steps


def _fits(row: Division, text: str, start: int, *, alone: bool) -> int:
    """How many characters of the text name the division; a community's short name counts only after one above it."""
    if text.startswith(row.name, start):
        return len(row.name)
    if row.short and text.startswith(row.short, start) and not (alone and row.level == LENGTHS[12]):
        end = start + len(row.short)
        return 0 if _NO_DIVISION.match(text, end) else len(row.short)
    return 0
