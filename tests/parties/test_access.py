"""Who may do what where: subtrees, units and their sub-units, requesters, platforms above, tokens."""

from __future__ import annotations

import pytest
from django.utils import timezone

from yixian.parties import access, actions, credentials, queries
from yixian.parties.access import About, Denied
from yixian.parties.errors import NotAllowed, PartyError
from yixian.parties.models import Platform
from yixian.parties.roles import READ_ORDERS

from .conftest import PASSWORD, MakeUser, Tree


def test_a_role_reaches_its_platform_and_all_below(tree: Tree, make_user: MakeUser) -> None:
    actor = access.actor_of(make_user("pai", "dispatcher"))
    below = {tree.city.pk, tree.county.pk, tree.station.pk}
    assert set(actor.platform_ids) == below == set(access.scope(actor).platform_ids)
    assert access.may(actor, "dispatch", platform_path=tree.city.path) is None
    assert access.may_read(actor, About(platform_path=tree.county.path))
    assert not access.may_read(actor, About(platform_path=tree.other_city.path))
    assert isinstance(access.may(actor, "dispatch", platform_path=tree.other_city.path), Denied)


def test_staff_of_a_platform_above_speak_as_upstream_and_only_what_upstream_may(
    tree: Tree, make_user: MakeUser
) -> None:
    actor = access.actor_of(make_user("sheng", "dispatcher", "reviewer", at=tree.province))
    assert access.may(actor, "urge", platform_path=tree.city.path) is None
    assert access.voice(actor, "urge", platform_path=tree.city.path) == "upstream"
    denied = access.may(actor, "dispatch", platform_path=tree.city.path)
    assert denied is not None
    assert "上级平台不能代办" in denied.reason
    assert access.voice(actor, "dispatch", platform_path=tree.province.path) == "hotline"


def test_a_station_is_part_of_the_hotline_above_it(tree: Tree, make_user: MakeUser) -> None:
    actor = access.actor_of(make_user("zhan", "dispatcher"))
    assert access.hotline_path(tree.station.path) == tree.city.path
    assert access.voice(actor, "dispatch", platform_path=tree.station.path) == "hotline"
    assert access.may(actor, "dispatch", platform_path=tree.county.path) is not None


def test_a_supervisor_speaks_as_manager(tree: Tree, make_user: MakeUser) -> None:
    actor = access.actor_of(make_user("du", "dispatcher", "supervisor"))
    assert actor.kind == "manager"
    assert access.voice(actor, "dispatch", platform_path=tree.city.path) == "manager"


def test_a_unit_acts_only_on_its_orders_and_those_of_its_sub_units(tree: Tree, make_user: MakeUser) -> None:
    actor = access.actor_of(make_user("shui", "unit_clerk", unit=tree.water))
    assert actor.unit_codes == {"市水务局", "市水务局北区所"}
    assert access.may(actor, "sign", platform_path=tree.city.path, units={"市水务局"}) is None
    below = {"市水务局北区所"}
    assert access.may(actor, "sign", platform_path=tree.city.path, units=below) is None
    assert access.voice(actor, "sign", platform_path=tree.city.path, units=below) == "市水务局北区所"
    assert access.may(actor, "sign", platform_path=tree.city.path, units={"县交通局"}) is not None
    assert access.may(actor, "sign", platform_path=tree.city.path) is not None
    sub = access.actor_of(make_user("bei", "unit_clerk", unit=tree.water_north))
    assert access.may(sub, "sign", platform_path=tree.city.path, units={"市水务局"}) is not None
    assert access.scope(sub).unit_codes == below


def test_a_unit_sees_no_contact_data_of_a_confidential_order(tree: Tree, make_user: MakeUser) -> None:
    unit = access.actor_of(make_user("shui", "unit_clerk", unit=tree.water))
    agent = access.actor_of(make_user("hua", "agent"))
    open_order = About(order_no="1", platform_path=tree.city.path, units=frozenset({"市水务局"}))
    secret = About(order_no="1", platform_path=tree.city.path, units=frozenset({"市水务局"}), confidential=True)
    assert access.may_see_contact(unit, open_order) is None
    denied = access.may_see_contact(unit, secret)
    assert denied is not None
    assert "保密" in denied.reason
    assert access.may_unmask(unit, secret) is not None
    assert access.may_unmask(unit, None) is not None
    assert access.may_see_contact(agent, secret) is None


def test_a_requester_acts_only_on_their_own_orders(tree: Tree) -> None:
    one = access.actor_for("requester", tree.city, requester_ref="ref-1")
    path = tree.city.path
    assert access.may(one, "register", platform_path=path) is None
    assert access.may(one, "urge", platform_path=path, requester_ref="ref-1") is None
    assert access.may(one, "urge", platform_path=path, requester_ref="ref-2") is not None
    assert access.may(one, "urge", platform_path=path) is not None
    assert access.may(one, "dispatch", platform_path=path, requester_ref="ref-1") is not None
    by_code = access.actor_for("requester", "linhe", order_no="202501011")
    assert access.may(by_code, "evaluate", platform_path=path, order_no="202501011") is None
    assert access.may(by_code, "evaluate", platform_path=path, order_no="202501012") is not None
    assert access.scope(access.actor_for("requester", tree.city)).kind == "nothing"


def test_an_auditor_reads_everything_in_the_subtree_and_changes_nothing(tree: Tree, make_user: MakeUser) -> None:
    auditor = access.actor_of(make_user("shen", "auditor"))
    assert access.scope(auditor).kind == "platforms"
    assert queries.audit_entries(auditor).rows
    assert access.may_unmask(auditor, None) is not None
    with pytest.raises(NotAllowed):
        actions.create_unit(actor=auditor, platform=tree.city, code="x", name="x")
    with pytest.raises(NotAllowed):
        queries.audit_entries(access.actor_of(make_user("hua", "agent")))


def test_an_auditor_of_a_city_sees_no_journal_of_the_province(tree: Tree, make_user: MakeUser) -> None:
    make_user("shengji", "agent", at=tree.province)
    seen = queries.audit_entries(access.actor_of(make_user("shen", "auditor")), size=100).rows
    assert seen
    assert all(entry.platform_path.startswith(tree.city.path) for entry in seen)


def test_a_user_who_must_change_the_password_may_nothing_yet(tree: Tree, make_user: MakeUser) -> None:
    user = make_user("xin", "agent")
    user.must_change_password = True
    user.save()
    actor = access.actor_of(user)
    denied = access.may(actor, "register", platform_path=tree.city.path)
    assert denied is not None
    assert "修改密码" in denied.reason
    assert access.scope(actor).kind == "nothing"
    assert access.may_unmask(actor, None) is not None
    assert not access.holds(actor, READ_ORDERS)


def test_actors_of_desks(tree: Tree) -> None:
    hotline = access.actor_for("hotline", tree.city)
    assert access.voice(hotline, "dispatch", platform_path=tree.city.path) == "hotline"
    manager = access.actor_for("manager", "linhe")
    assert access.voice(manager, "supervise", platform_path=tree.city.path) == "manager"
    upstream = access.actor_for("upstream", tree.city)
    assert access.may(upstream, "order_redo", platform_path=tree.city.path) is None
    assert access.voice(upstream, "order_redo", platform_path=tree.city.path) == "upstream"
    assert access.may(upstream, "dispatch", platform_path=tree.city.path) is not None
    unit = access.actor_for("unit", unit="市水务局")
    assert access.voice(unit, "reply", platform_path=tree.city.path, units={"市水务局"}) == "市水务局"
    assert access.may(access.SYSTEM, "expire", platform_path=tree.city.path) is None
    for wrong in ({"kind": "unit", "unit": "无此单位"}, {"kind": "hotline", "platform": "nowhere"}, {"kind": "ghost"}):
        with pytest.raises(PartyError):
            access.actor_for(**wrong)  # type: ignore[arg-type]


# --- caching ------------------------------------------------------------------------------------------------------


def test_an_actor_is_cached_until_the_rights_change(
    tree: Tree, make_user: MakeUser, django_assert_num_queries: object
) -> None:
    user = make_user("hua", "agent")
    access.actor_of(user)
    with django_assert_num_queries(0):  # type: ignore[operator]
        access.actor_of(user)
    actions.grant_role(actor=access.SYSTEM, user=user, role="dispatcher", platform=tree.city)
    assert "dispatcher" in access.actor_of(user).roles
    actions.revoke_role(actor=access.SYSTEM, user=user, role="dispatcher", platform=tree.city)
    assert "dispatcher" not in access.actor_of(user).roles


def token(user: object, *scopes: str, **more: object) -> credentials.IssuedToken:
    return credentials.issue_token(
        actor=access.SYSTEM,
        user=user,  # type: ignore[arg-type]
        name="自建系统对接",
        scopes=scopes,
        **more,  # type: ignore[arg-type]
    )


def test_a_token_speaks_for_its_user_within_its_scopes(
    tree: Tree, make_user: MakeUser, django_assert_num_queries: object
) -> None:
    issued = token(make_user("hua", "agent"), "register")
    actor = access.actor_of_token(issued.raw)
    assert actor is not None
    assert access.may(actor, "register", platform_path=tree.city.path) is None
    denied = access.may(actor, "urge", platform_path=tree.city.path)
    assert denied is not None
    assert "令牌" in denied.reason
    assert access.scope(actor).kind == "nothing"
    assert access.may_unmask(actor, None) is not None
    with django_assert_num_queries(0):  # type: ignore[operator]
        for _ in range(100):
            assert access.actor_of_token(issued.raw) is actor
    issued.token.refresh_from_db()
    assert issued.token.last_used is not None
    assert issued.raw.startswith(issued.token.prefix)
    assert issued.raw.encode() not in bytes(issued.token.digest)


def test_a_read_token_reads_and_a_whole_one_does_all(tree: Tree, make_user: MakeUser) -> None:
    user = make_user("pai", "dispatcher")
    reader = access.actor_of_token(token(user, "read").raw)
    whole = access.actor_of_token(token(user, "*").raw)
    assert reader is not None
    assert whole is not None
    assert access.scope(reader).kind == access.scope(whole).kind == "platforms"
    assert access.may(reader, "dispatch", platform_path=tree.city.path) is not None
    assert access.may(whole, "dispatch", platform_path=tree.city.path) is None


def test_a_revoked_token_dies_here_at_once_and_elsewhere_within_five_seconds(
    make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = token(make_user("hua", "agent"), "*")
    assert access.actor_of_token(issued.raw) is not None
    credentials.revoke_token(actor=access.SYSTEM, token=issued.token)
    assert access.actor_of_token(issued.raw) is None
    other = token(issued.token.user, "*")
    assert access.actor_of_token(other.raw) is not None
    other.token.revoked_at = timezone.now()
    other.token.save()  # as another process would: this one's cache knows nothing of it
    now = access.time.monotonic()
    monkeypatch.setattr(access.time, "monotonic", lambda: now + 5.0)
    assert access.actor_of_token(other.raw) is None


def test_expired_unknown_and_malformed_tokens_and_those_of_locked_users_are_nobody(make_user: MakeUser) -> None:
    user = make_user("hua", "agent")
    issued = token(user, "*", expires_at=timezone.now() + timezone.timedelta(hours=1))
    assert access.actor_of_token(issued.raw) is not None
    for raw in ("", "yx_", "yx_" + "x" * 60, "某令牌", issued.raw + "x", issued.raw[:-1], "x" * 10000, "yx_\0"):
        assert access.actor_of_token(raw) is None
    credentials.lock_user(actor=access.SYSTEM, user=user)
    assert access.actor_of_token(issued.raw) is None
    credentials.unlock_user(actor=access.SYSTEM, user=user)
    assert access.actor_of_token(issued.raw) is not None
    issued.token.expires_at = timezone.now()
    issued.token.save()
    access.forget_cached()
    assert access.actor_of_token(issued.raw) is None
    with pytest.raises(PartyError, match="范围"):
        token(user, "dispach")


# --- administering ------------------------------------------------------------------------------------------------


def test_an_administrator_rules_only_their_subtree(tree: Tree, make_user: MakeUser) -> None:
    admin = access.actor_of(make_user("guan", "administrator"))
    hand = actions.create_user(
        actor=admin, platform=tree.county, username="xian", name="某人", password=PASSWORD, roles=["agent"]
    )
    assert hand.must_change_password
    for forbidden in (tree.province, tree.other_city):
        with pytest.raises(NotAllowed, match="系统管理员"):
            actions.grant_role(actor=admin, user=hand, role="agent", platform=forbidden)
    high = make_user("gao", "agent")
    actions.grant_role(actor=access.SYSTEM, user=high, role="auditor", platform=tree.province)
    with pytest.raises(NotAllowed):
        credentials.set_password(actor=admin, user=high, password="另有一句很长的话在此")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"code": "Bad Code"}, "平台代码"),
        ({"code": "linhe"}, "已被使用"),
        ({"level": "village"}, "层级"),
        ({"level": "province"}, "不能设在"),
        ({"name": "  "}, "不能为空"),
    ],
)
def test_a_bad_platform_is_refused_in_chinese(tree: Tree, change: dict[str, str], word: str) -> None:
    good = {"code": "new", "name": "某区热线", "level": "county"}
    with pytest.raises(PartyError, match=word):
        actions.create_platform(actor=access.SYSTEM, parent=tree.city, **(good | change))


@pytest.mark.parametrize("code", ["hotline", "system", "a/b", "a b", "", "x" * 65, "a\0"])
def test_a_unit_code_that_would_be_mistaken_is_refused(tree: Tree, code: str) -> None:
    with pytest.raises(PartyError, match="单位代码"):
        actions.create_unit(actor=access.SYSTEM, platform=tree.city, code=code, name="某单位")


def test_roles_of_a_unit_are_for_users_of_a_unit(tree: Tree, make_user: MakeUser) -> None:
    with pytest.raises(PartyError, match="承办单位"):
        make_user("a1", "unit_clerk")
    with pytest.raises(PartyError, match="承办单位"):
        make_user("a2", "agent", unit=tree.water)
    with pytest.raises(PartyError, match="没有可授予的角色"):
        make_user("a3", "system")


def test_units_are_found_by_word_pinyin_and_initials(tree: Tree, django_assert_num_queries: object) -> None:
    for words in ("水务", "shuiwuju", "lhsswj", "SWJ", "市水务局"):
        found = [unit.code for unit in queries.units(tree.city, words=words)]
        assert "市水务局" in found, words
    assert [unit.code for unit in queries.units(tree.city, words="jiaotong")] == []
    assert [unit.code for unit in queries.units(tree.city, words="jiaotong", subtree=True)] == ["县交通局"]
    assert queries.units(tree.city, words="%") == []
    actions.change_unit(actor=access.SYSTEM, unit=tree.water, is_active=False, name="临河市水利和水务局")
    assert "市水务局" not in [unit.code for unit in queries.units(tree.city)]
    with django_assert_num_queries(1):  # type: ignore[operator]
        (root,) = queries.platform_tree()
    assert [branch.platform.code for branch in root.children] == ["linhe", "nanpu"]
    assert {branch.platform.code for branch in root.children[0].children} == {"dongqiao", "xiling"}


def test_users_and_journals_are_paged(tree: Tree, make_user: MakeUser, django_assert_max_num_queries: object) -> None:
    for number in range(7):
        make_user(f"user{number}", "agent")
    admin = access.actor_of(make_user("guan", "administrator", "auditor"))
    seen: list[str] = []
    cursor = None
    while True:
        with django_assert_max_num_queries(4):  # type: ignore[operator]
            page = queries.users(admin, cursor=cursor, size=3)
            seen += [user.username for user in page.rows for _ in user.grants.all()]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(set(seen)) == sorted(["guan", *(f"user{number}" for number in range(7))])
    first = queries.audit_entries(admin, size=4)
    second = queries.audit_entries(admin, size=4, cursor=first.next_cursor)
    assert {row.pk for row in first.rows}.isdisjoint({row.pk for row in second.rows})
    with pytest.raises(PartyError, match="翻页"):
        queries.audit_entries(admin, cursor="坏标记")


def test_a_confidentiality_requirement_is_filed_by_the_units_leader(tree: Tree, make_user: MakeUser) -> None:
    leader = access.actor_of(make_user("zhang", "unit_leader", unit=tree.water))
    actions.file_confidentiality(actor=leader, unit=tree.water, requirement="涉及水源地点位的工单由专人办理")
    assert [row.requirement for row in queries.confidentialities(tree.water)] == ["涉及水源地点位的工单由专人办理"]
    with pytest.raises(NotAllowed):
        actions.file_confidentiality(actor=leader, unit=tree.roads, requirement="不归他管")


def test_paths_do_not_mix_platforms_whose_codes_begin_alike(tree: Tree) -> None:
    twin = actions.create_platform(
        actor=access.SYSTEM, code="linhe-2", name="临河二市", level="city", parent=tree.province
    )
    ids = access.actor_for("hotline", tree.city).platform_ids
    assert twin.pk not in ids
    assert Platform.objects.filter(path__startswith=tree.city.path).count() == 3
