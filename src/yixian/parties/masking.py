"""Masks (脱敏) and the finding of personal data in free text. Pure.

Found: mobile phones, landlines, identity numbers and bank cards. Names and addresses in running text are not: no rule
tells them apart without hurting what the person wants to say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

FORGOTTEN = "已注销"
_WIDE = str.maketrans("０１２３４５６７８９－＋（）Ｘｘ　", "0123456789-+()Xx ")
_DOUBLE = (
    "欧阳太史端木上官司马东方独孤南宫夏侯诸葛尉迟皇甫澹台公冶宗政濮阳"
    + "太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘令狐百里呼延"
)
_DOUBLE_SURNAMES = frozenset(_DOUBLE[at : at + 2] for at in range(0, len(_DOUBLE), 2))
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_AREA = re.compile(r".*?[市州盟](?:.*?[区县市旗])?|.*?[区县旗]")


def narrow(text: str) -> str:
    """The text with full-width digits and signs made narrow, character by character."""
    return text.translate(_WIDE)


def id_number_ok(number: str) -> bool:
    """Whether an 18-character citizen identity number has the right check character (GB 11643)."""
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", number):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest] == number[17].upper()


def looks_like_id(number: str) -> bool:
    """Whether 18 or 15 characters read as an identity number: a right check character, or region and birthday."""
    if len(number) == 18 and id_number_ok(number):
        return True
    birthday = number[6:14] if len(number) == 18 else "19" + number[6:12]
    if not _PROVINCE.match(number):
        return False
    try:
        return 1900 <= dt.date(int(birthday[:4]), int(birthday[4:6]), int(birthday[6:])).year <= 2099
    except ValueError:
        return False


def looks_like_card(number: str) -> bool:
    """Whether 16 to 19 digits read as a bank card: a UnionPay card, or another issuer's with the right check digit."""
    if not 16 <= len(number) <= 19:
        return False
    if number.startswith("62"):
        return True
    if number[0] not in "3459":
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


# --- masks of single values ---------------------------------------------------------------------------------------


def mask_name(name: str, kind: str = "person") -> str:
    """王** for 王小明; an enterprise keeps its first two and last two characters."""
    if not name:
        return ""
    if kind != "person":
        return name[:2] + "****" + (name[-2:] if len(name) > 6 else "")
    kept = 2 if name[:2] in _DOUBLE_SURNAMES and len(name) > 2 else 1
    return name[:kept] + "*" * min(max(len(name) - kept, 1), 4)


def mask_phone(phone: str) -> str:
    """138****1234 for a mobile, 0756-****567 for a landline."""
    digits = re.sub(r"\D", "", phone)
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    if digits.startswith("0") and len(digits) > 9:
        area = digits[: 3 if digits[1] in "12" else 4]
        return f"{area}-****{digits[-3:]}"
    return f"{digits[:1]}****{digits[-2:]}" if len(digits) > 5 else "****" if phone else ""


def mask_id(number: str) -> str:
    """First three and last two characters of an identity number or another document's."""
    if len(number) < 8:
        return "****" if number else ""
    return number[:3] + "*" * (len(number) - 5) + number[-2:]


def mask_address(address: str) -> str:
    """The address down to the county or district; then nothing."""
    if not address:
        return ""
    found = _AREA.match(address)
    return (found.group() if found and found.end() < len(address) else address[:2]) + "****"


# --- personal data in free text -----------------------------------------------------------------------------------

_MAYBE = re.compile(r"[0-9](?:[ \-]?[0-9]){6}")
_EDGE = r"(?<![0-9A-Za-z])"
_END = r"(?![0-9A-Za-z])"
_LONG = re.compile(rf"{_EDGE}[0-9](?:[ \-]?[0-9]){{13,17}}(?:[ \-]?[0-9Xx])?{_END}")
_MOBILE = re.compile(r"(?<![0-9])(?:\+?0{0,2}86[ \-]?)?1[3-9][0-9](?:[ \-]?[0-9]{4}){2}(?![0-9])")
_LANDLINE = re.compile(r"(?<![0-9])\(?0(?:10|2[0-9]|[3-9][0-9]{2})\)?[ \-]{0,2}[1-9][0-9]{6,7}(?![0-9])")
_NAMED = re.compile(r"(?:电话|座机|手机|联系方式|致电|拨打|[Tt][Ee][Ll])\D{0,8}?(?<![0-9])([2-8][0-9]{6,7})(?![0-9])")


def personal_spans(text: str) -> list[tuple[int, int, str]]:
    """Where personal data stands in a text: (start, end, mask), in order, none overlapping another."""
    plain = narrow(text)
    if not _MAYBE.search(plain):
        return []
    taken: list[tuple[int, int, str]] = []
    for start, end, mask in _found(plain):
        if all(end <= other[0] or start >= other[1] for other in taken):
            taken.append((start, end, mask))
    return sorted(taken)


def mask_text(text: str) -> str:
    """The text with every piece of personal data masked."""
    parts: list[str] = []
    last = 0
    for start, end, mask in personal_spans(text):
        parts += [text[last:start], mask]
        last = end
    return "".join(parts) + text[last:]


def _found(plain: str) -> Iterator[tuple[int, int, str]]:
    """Candidates, the longest kinds first, so that a phone inside an identity number is not cut out of it."""
    for match in _LONG.finditer(plain):
        digits = re.sub(r"[ \-]", "", match.group())
        if len(digits) in (15, 18) and looks_like_id(digits):
            yield match.start(), match.end(), mask_id(digits)
        elif digits.isdigit() and looks_like_card(digits):
            yield match.start(), match.end(), f"{digits[:4]}****{digits[-4:]}"
    for pattern in (_MOBILE, _LANDLINE):
        for match in pattern.finditer(plain):
            yield match.start(), match.end(), mask_phone(_without_country(match.group()))
    for match in _NAMED.finditer(plain):
        yield match.start(1), match.end(1), mask_phone(match.group(1))


def _without_country(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return digits[-11:] if len(digits) > 12 else digits
