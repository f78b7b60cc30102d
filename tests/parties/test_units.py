"""The register of handling units and their staff: kind, duty to take part, assessment, lines, named people."""

from __future__ import annotations

import pytest

from tests.parties.conftest import MakeUser, Tree
from yixian.parties import actions
from yixian.parties.access import SYSTEM
from yixian.parties.errors import PartyError
from yixian.parties.models import UNIT_KINDS, Unit, User


@pytest.mark.parametrize("kind", UNIT_KINDS)
def test_offices_enterprises_institutions_and_societies_are_units(tree: Tree, kind: str) -> None:
    actions.create_unit(actor=SYSTEM, platform=tree.city, code=f"某{kind}", name="某单位", kind=kind)
    assert Unit.objects.get(code=f"某{kind}").kind == kind


def test_an_unknown_kind_is_refused(tree: Tree) -> None:
    with pytest.raises(PartyError, match="单位性质"):
        actions.create_unit(actor=SYSTEM, platform=tree.city, code="某处", name="某处", kind="club")
    assert not Unit.objects.filter(code="某处").exists()


def test_a_unit_must_take_part_unless_it_is_entered_as_voluntary(tree: Tree) -> None:
    assert tree.water.mandatory
    power = actions.create_unit(
        actor=SYSTEM, platform=tree.city, code="供电局", name="供电局", kind="enterprise", mandatory=False
    )
    assert not Unit.objects.get(pk=power.pk).mandatory
    actions.change_unit(actor=SYSTEM, unit=power, mandatory=True)
    assert Unit.objects.get(pk=power.pk).mandatory


def test_a_unit_may_stand_outside_assessment(tree: Tree) -> None:
    assert Unit.objects.get(pk=tree.water.pk).in_assessment
    assert not Unit.objects.get(pk=tree.roads.pk).in_assessment


def test_a_unit_has_a_line_that_is_open_day_and_night(tree: Tree) -> None:
    actions.change_unit(actor=SYSTEM, unit=tree.water, line_24h="0000-0000900")
    assert Unit.objects.get(pk=tree.water.pk).line_24h == "0000-0000900"


def test_each_unit_has_its_own_named_staff(tree: Tree, make_user: MakeUser) -> None:
    make_user("clerk", "unit_clerk", unit=tree.water)
    make_user("leader", "unit_leader", unit=tree.water)
    make_user("other", "unit_clerk", unit=tree.roads)
    assert list(User.objects.filter(unit=tree.water).order_by("username").values_list("username", "name")) == [
        ("clerk", "某工作人员"),
        ("leader", "某工作人员"),
    ]
