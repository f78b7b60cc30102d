"""The kinds of registers (台账): what each is for, which fields it has, who files and who may see. Data only.

Which of them a platform must keep, what an entry must hold and by when, says its rulebook (`asked`), not this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

UNIT, DESK, KEEPER = "unit", "desk", "keeper"  # who files: the unit itself, any hotline staff, who keeps registers
ALL, CONCERNED, INSIDE = "all", "concerned", "inside"  # who sees: the whole platform; hotline and units; hotline
GROUPS = ("值守与联络", "协调与会商", "监督与问责", "队伍与交流", "研判与知识", "机构与线路")
LINE, LONG = 200, 2000

_WORDS = "line area date phone choice many number unit units orders tick"
TYPES = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entry. `by_book`: its options are the cases that the book lists, where it lists any."""

    code: str
    label: str
    type: str = "line"
    required: bool = False
    options: tuple[str, ...] = ()
    help: str = ""
    by_book: bool = False
    also: tuple[str, ...] = ()  # other words by which a book may name the field

    @property
    def most(self) -> int:
        """How many characters it may hold."""
        return LONG if self.type == "area" else LINE


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of register.

    `event`: the field with the day that its limit counts from; `starts`, `ends`: from when to when an entry holds;
    `remind`: the field with the day on which its keeper is reminded; `head`: what makes its title; `duties`: choice of
    the first field -> the book's duty whose limit applies, where that is not the kind's own.
    """

    code: str
    title: str
    group: str
    purpose: str
    fields: tuple[Field, ...]
    files: frozenset[str]
    sees: str
    head: tuple[str, ...]
    columns: tuple[str, ...]
    event: str = ""
    starts: str = ""
    ends: str = ""
    remind: str = ""
    protects: bool = False
    duties: Mapping[str, str] = field(default_factory=dict)

    def field(self, code: str) -> Field | None:
        """The field of this code."""
        return next((item for item in self.fields if item.code == code), None)

    def with_fields(self, *more: Field, required: frozenset[str] = frozenset()) -> Kind:
        """The kind with further fields, and with some of its own made obligatory."""
        own = tuple(replace(item, required=True) if item.code in required else item for item in self.fields)
        return replace(self, fields=own + more)


def F(
    code: str,
    label: str,
    type: str = "line",
    *options: str,
    must: bool = False,
    help: str = "",
    by_book: bool = False,
    also: tuple[str, ...] = (),
) -> Field:
    """A field in one line of the tables below."""
    return Field(code, label, type, must, tuple(options), help, by_book, also)


ORDERS = F("orders", "关联工单", "orders", help="工单编号, 多个用逗号或换行分开")


def generic(code: str, title: str, labels: tuple[str, ...]) -> Kind:
    """A register of a book's own: its fields are the words that the book lists, all of them to be filled."""
    found = tuple(Field(label, label, "area", True) for label in labels) or (Field("content", "内容", "area", True),)
    return Kind(
        code, title, GROUPS[-1], "本平台规则要求登记的事项。", (*found, ORDERS), frozenset({UNIT, DESK}), CONCERNED,
        (found[0].code,), tuple(item.code for item in found[:3]),
    )  # fmt: skip
