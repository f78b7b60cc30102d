"""A small tree of platforms with units and users, made by the actions themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from yixian.parties import actions
from yixian.parties.access import SYSTEM, forget_cached
from yixian.parties.models import Platform, Unit, User

PASSWORD = "清晨的河边有三只白鹭"


@dataclass
class Tree:
    """A province, two cities, a station, a county; a unit and its sub-unit in the first city, one in the county."""

    province: Platform
    city: Platform
    other_city: Platform
    station: Platform
    county: Platform
    water: Unit
    water_north: Unit
    roads: Unit


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """No actor made by one test is met by the next."""
    forget_cached()
    yield
    forget_cached()


@pytest.fixture
def tree(db: None) -> Tree:
    """The platforms and units."""
    return make_tree()


def make_tree() -> Tree:
    """Make them; for tests that need real transactions too."""

    def platform(code: str, name: str, level: str, parent: Platform | None) -> Platform:
        return actions.create_platform(actor=SYSTEM, code=code, name=name, level=level, parent=parent)

    def unit(at: Platform, code: str, name: str, **more: object) -> Unit:
        return actions.create_unit(actor=SYSTEM, platform=at, code=code, name=name, **more)  # type: ignore[arg-type]

    province = platform("qingshan", "青山省热线", "province", None)
    city = platform("linhe", "临河市热线", "city", province)
    county = platform("dongqiao", "东桥县热线", "county", city)
    water = unit(city, "市水务局", "临河市水务局", short_name="水务局")
    return Tree(
        province=province,
        city=city,
        other_city=platform("nanpu", "南浦市热线", "city", province),
        station=platform("xiling", "西岭县工作站", "station", city),
        county=county,
        water=water,
        water_north=unit(city, "市水务局北区所", "北区供水管理所", parent=water),
        roads=unit(county, "县交通局", "东桥县交通运输局", kind="government", in_assessment=False),
    )


MakeUser = Callable[..., User]


@pytest.fixture
def make_user(tree: Tree) -> MakeUser:
    """Make a user with roles over a platform; `over` defaults to their own."""

    def make(username: str, *roles: str, at: Platform | None = None, unit: Unit | None = None) -> User:
        return actions.create_user(
            actor=SYSTEM,
            platform=at or (unit.platform if unit else tree.city),
            username=username,
            name="某工作人员",
            password=PASSWORD,
            unit=unit,
            roles=roles,
            must_change_password=False,
        )

    return make
