"""A requester's particulars as plain data: checked, made uniform, merged. Pure."""

from __future__ import annotations

import re

import msgspec

from yixian.parties.errors import InvalidPerson
from yixian.parties.masking import id_number_ok, narrow

FIELDS = ("name", "phone", "id_number", "address")
LENGTHS = {"name": 200, "phone": 40, "id_number": 40, "address": 200}
TITLES = {"name": "姓名", "phone": "电话", "id_number": "证件号码", "address": "地址"}
TYPES = ("person", "enterprise", "organisation")
EARLIER_KEPT = 5


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who a requester is. `earlier` are values that newer ones replaced or that contradict them, as (field, value)."""

    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""
    type: str = "person"
    earlier: tuple[tuple[str, str], ...] = ()


def checked(
    name: str | None, phone: str | None, id_number: str | None, address: str | None, type: str | None
) -> Person | None:
    """The person these values describe, None when all are empty.

    Raises InvalidPerson for a phone or identity number that cannot be right, an unknown type or an over-long value.
    """
    given = {"name": name, "phone": phone, "id_number": id_number, "address": address}
    plain = {key: " ".join((value or "").replace("\0", "").split()) for key, value in given.items()}
    for key, value in plain.items():
        if len(value) > LENGTHS[key]:
            raise InvalidPerson(f"{TITLES[key]}过长: 最多 {LENGTHS[key]} 个字, 现为 {len(value)} 个字", key)
    if type is not None and type not in TYPES:
        raise InvalidPerson("诉求人类型应为 person (个人)、enterprise (企业) 或 organisation (其他组织)", "type")
    if not any(plain.values()):
        return None
    return Person(
        name=plain["name"],
        phone=normal_phone(plain["phone"]),
        id_number=normal_id(plain["id_number"]),
        address=plain["address"],
        type=type or "person",
    )


def normal_phone(phone: str) -> str:
    """A phone number in the one form in which it is compared: digits, with "+" before a foreign country code.

    Raises InvalidPerson when it is not a mobile, a landline, a service number or an international number.
    """
    digits = re.sub(r"[\s\-()./]", "", narrow(phone))
    if not digits:
        return ""
    digits = re.sub(r"^(?:\+86|0086|86(?=1[3-9][0-9]{9}$))", "", digits)
    digits = re.sub(r"^00(?=[1-9])", "+", digits)
    extension = re.fullmatch(r"(0[0-9]{9,11})(?:转|,|#|\*|x|ext)([0-9]{1,6})", digits, re.IGNORECASE)
    if extension:
        return f"{extension[1]}#{extension[2]}"
    if re.fullmatch(r"1[3-9][0-9]{9}|0[0-9]{9,11}|[2-9][0-9]{6,7}|[48]00[0-9]{7}|\+[1-9][0-9]{6,14}", digits):
        return digits
    if re.fullmatch(r"[0-9]{3,6}", digits):  # short numbers of services and of inner exchanges
        return digits
    raise InvalidPerson(
        "电话号码无法识别, 应为 11 位手机号、带区号的座机 (如 0756-1234567) 或以 + 开头的境外号码", "phone"
    )


def normal_id(number: str) -> str:
    """An identity number in capitals without spaces.

    Raises InvalidPerson when 18 digits have a wrong check character, or when it is no document number at all.
    """
    plain = re.sub(r"[\s\-]", "", narrow(number)).upper()
    if not plain:
        return ""
    if re.fullmatch(r"[0-9]{17}[0-9X]", plain) and not id_number_ok(plain):
        raise InvalidPerson("身份证号校验位不符, 请核对 18 位号码", "id_number")
    if not re.fullmatch(r"[0-9A-Z]{5,40}|[A-Z0-9()]{6,40}", plain):
        raise InvalidPerson("证件号码只应含数字和字母, 5 至 40 位", "id_number")
    return plain


def merged(known: Person, told: Person, *, replace: bool) -> Person:
    """What is known after someone with the same phone told this.

    Gaps are filled. A contradiction keeps the known value unless `replace`; the other one goes to `earlier`, so that
    a stranger who types someone's number on the portal cannot overwrite who that is.
    """
    values: dict[str, str] = {}
    earlier = list(known.earlier)
    for key in FIELDS:
        old, new = getattr(known, key), getattr(told, key)
        values[key] = (new or old) if replace else (old or new)
        other = old if values[key] == new else new
        if other and other != values[key] and (key, other) not in earlier:
            earlier.append((key, other))
    kind = told.type if replace and told.type != "person" else known.type
    return Person(**values, type=kind, earlier=tuple(earlier[-EARLIER_KEPT:]))
