"""The table of roles against the lifecycle's commands, and each role against each command."""

from __future__ import annotations

import pytest

from yixian.lifecycle.commands import COMMANDS
from yixian.parties.permission import Actor, Denied, may, permissions_of, voice
from yixian.parties.roles import COMMAND_NAMES, PERMISSIONS, ROLES, who_may

CITY = "qingshan/linhe/"
UNIT = "市水务局"


def actor(role: str, path: str = CITY) -> Actor:
    kind = ROLES[role].kind
    return Actor(
        kind=kind,
        username=role,
        roles=frozenset({role}),
        grants=((role, path),),
        platform_path=path,
        unit_code=UNIT if kind == "unit" else None,
        unit_codes=frozenset({UNIT}) if kind == "unit" else frozenset(),
        requester_ref="r1" if kind == "requester" else None,
        permissions=permissions_of([role]),
    )


def test_every_command_has_a_role_and_every_role_only_known_commands() -> None:
    assert set(COMMANDS) == COMMAND_NAMES
    for name, spec in COMMANDS.items():
        people = [role for role in ROLES.values() if role.granted and name in role.commands]
        assert people or spec.who == {"system"}, f"没有任何角色可以 {name}"


def test_no_role_holds_a_command_that_the_lifecycle_does_not_take_from_its_kind() -> None:
    wrong = [
        f"{role.code}: {name}"
        for role in ROLES.values()
        for name in role.commands
        if role.kind not in COMMANDS[name].who
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", ["unit", "upstream", "requester", "system"])
def test_what_the_lifecycle_takes_from_a_kind_some_role_of_it_holds(kind: str) -> None:
    held = {name for role in ROLES.values() if role.kind == kind for name in role.commands}
    assert {name for name, spec in COMMANDS.items() if kind in spec.who} - held == set()


def test_what_a_desk_may_do_a_supervisor_or_another_desk_role_holds() -> None:
    held = {name for role in ROLES.values() if role.kind in ("hotline", "manager") for name in role.commands}
    assert {name for name, spec in COMMANDS.items() if "hotline" in spec.who} - held == set()


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_role_may_exactly_its_commands(role: str, command: str) -> None:
    answer = may(actor(role), command, platform_path=CITY, units={UNIT}, requester_ref="r1")
    assert (answer is None) == (command in ROLES[role].commands)
    if isinstance(answer, Denied):
        assert answer.roles == who_may(command)
        assert all(title in answer.reason for title in answer.roles)
    else:
        by = voice(actor(role), command, platform_path=CITY, units={UNIT})
        assert ("unit" if by == UNIT else by) in COMMANDS[command].who


@pytest.mark.parametrize(
    "role", [role.code for role in ROLES.values() if role.kind in ("hotline", "manager", "upstream")]
)
def test_a_role_over_one_platform_gives_no_command_on_another(role: str) -> None:
    for command in COMMANDS:
        for elsewhere in ("qingshan/nanpu/", "qingshan/", "qingshan/linhe2/"):
            assert isinstance(may(actor(role), command, platform_path=elsewhere), Denied)


def test_titles_and_permissions_are_chinese_words() -> None:
    words = [role.title for role in ROLES.values()] + list(PERMISSIONS.values())
    assert all(word and not word.isascii() for word in words)
    assert len(set(words)) == len(words)
