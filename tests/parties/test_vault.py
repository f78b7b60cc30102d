"""The vault: what goes in comes out only masked or journaled, and no table holds it in the clear."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections
from django.db.utils import DatabaseError

from yixian.parties import access, vault
from yixian.parties.access import SYSTEM, About
from yixian.parties.errors import InvalidPerson, NotAllowed, PartyError
from yixian.parties.keys import KeyMissing, fingerprint, keyring
from yixian.parties.masking import id_number_ok
from yixian.parties.models import AuditEntry, Requester, SealedText, UnmaskLog

from .conftest import MakeUser, Tree

REASON = "电话核实漏水的楼栋门牌"
WANG = {
    "name": "王晓梅",
    "phone": "138 0013 8000",
    "id_number": "11010519491231002X",
    "address": "临河市东桥县柳树街道7号院3单元",
}
PLAIN = {**WANG, "phone": "13800138000", "type": "person"}
TEXT = "我叫王晓梅,电话13800138000,身份证11010519491231002X,卡号6222021234567890123,楼下水管漏了"

pytestmark = pytest.mark.django_db


def test_round_trip() -> None:
    ref = vault.remember(**WANG)
    assert ref is not None
    assert vault.reveal(ref, actor=SYSTEM, reason=REASON) == PLAIN
    assert vault.masked([ref])[ref] == {
        "name": "王**",
        "phone": "138****8000",
        "id_number": "110*************2X",
        "address": "临河市东桥县****",
        "type": "person",
    }


@pytest.mark.parametrize("same", ["13800138000", "+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００"])
def test_the_same_phone_is_the_same_person_however_it_is_written(same: str) -> None:
    ref = vault.remember(**WANG)
    assert vault.remember(phone=same) == ref == vault.find_by_phone(same)
    assert vault.find_by_phone("13900139000") is None
    assert vault.find_by_phone("不是电话") is None
    assert Requester.objects.count() == 1


def test_without_a_phone_the_identity_number_finds_and_without_both_nothing_does() -> None:
    by_id = vault.remember(name="王晓梅", id_number="11010519491231002x")
    assert vault.remember(id_number="11010519491231002X", address="某处") == by_id
    assert vault.remember(name="王晓梅") != vault.remember(name="王晓梅")
    with_phone = vault.remember(**WANG)
    assert with_phone != by_id
    assert set(vault.find_by_id_number("11010519491231002X")) == {by_id, with_phone}
    assert vault.remember(name=" ", phone="") is None


def test_gaps_are_filled_and_a_contradiction_does_not_overwrite() -> None:
    ref = vault.remember(phone="13800138000", name="王晓梅")
    assert ref is not None
    vault.remember(phone="13800138000", name="冒名者", address="临河市东桥县柳树街道7号院")
    seen = vault.reveal(ref, actor=SYSTEM, reason=REASON)
    assert seen["name"] == "王晓梅"
    assert seen["address"] == "临河市东桥县柳树街道7号院"
    vault.remember(phone="13800138000", name="王小梅", replace=True)
    assert vault.reveal(ref, actor=SYSTEM, reason=REASON)["name"] == "王小梅"


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("phone", "1380013800", "电话号码无法识别"),
        ("phone", "打我电话", "电话号码无法识别"),
        ("id_number", "110105194912310021", "校验位"),
        ("id_number", "某某", "证件号码"),
        ("name", "长" * 201, "姓名过长"),
        ("type", "robot", "诉求人类型"),
    ],
)
def test_bad_values_are_refused_in_chinese_and_nothing_is_kept(field: str, value: str, word: str) -> None:
    with pytest.raises(InvalidPerson, match=word) as caught:
        vault.remember(**{"name": "某人", field: value})
    assert caught.value.field == field
    assert not Requester.objects.exists()


@pytest.mark.parametrize(
    "phone", ["0756-1234567", "(010)62345678", "0756-1234567转801", "+85291234567", "4001234567", "12345", "2123456"]
)
def test_other_numbers_that_people_call_from_are_taken(phone: str) -> None:
    ref = vault.remember(phone=phone)
    assert ref is not None
    assert vault.find_by_phone(phone) == ref


def test_odd_characters_survive() -> None:
    ref = vault.remember(name="𠮷野\0家😀", phone="13800138001")
    assert ref is not None
    assert vault.reveal(ref, actor=SYSTEM, reason=REASON)["name"] == "𠮷野家😀"


# --- at rest ------------------------------------------------------------------------------------------------------


def every_cell() -> Iterator[tuple[str, bytes]]:
    """Every value of every table of the database, as bytes: text as UTF-8, binary as it is."""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'select * from "{table}"')
            columns = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    data = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    yield f"{table}.{column}", data


def test_no_table_holds_personal_data_in_the_clear(tree: Tree, make_user: MakeUser) -> None:
    ref = vault.remember(**WANG)
    assert ref is not None
    masked, sealed = vault.redact(TEXT, requester=ref)
    own = vault.redact(TEXT)[1]
    agent = access.actor_of(make_user("hua", "agent"))
    vault.reveal(ref, actor=agent, reason="回拨 13800138000 核实门牌", about=About(platform_path=tree.city.path))
    vault.remember(phone="13800138000", name="冒名者李四")
    assert own is not None
    assert sealed is not None
    vault.forget(vault.remember(phone="13911139111") or "", actor=SYSTEM, reason="本人书面要求注销 13911139111")
    for secret in (
        "王晓梅",
        "李四",
        "13800138000",
        "13911139111",
        "11010519491231002",
        "柳树街道",
        "6222021234567890123",
    ):
        places = [place for place, data in every_cell() if secret.encode() in data]
        assert places == [], f"{secret} 明文出现在 {places}"
    assert any(b"138****8000" in data for _, data in every_cell())  # the scan does see what is there
    assert "王晓梅" in masked  # a name in running text stays: what keeps it off the pages is the order's own visibility


def test_each_row_has_its_own_key_and_cannot_be_moved_to_another() -> None:
    one = Requester.objects.get(id=vault.remember(phone="13800138000", name="甲"))
    two = Requester.objects.get(id=vault.remember(phone="13800138001", name="乙"))
    assert bytes(one.sealed) != bytes(two.sealed)
    two.sealed, two.wrapped_key = one.sealed, one.wrapped_key
    two.save()
    with pytest.raises(KeyMissing):
        vault.reveal(str(two.id), actor=SYSTEM, reason=REASON)
    assert vault.masked([str(two.id)])[str(two.id)]["name"] == vault.BROKEN


# --- looking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reason", ["", "   ", "测试", "查看", "aaaaaa", "123456", "。。。。。。", "工作需要", "查看查看", "x" * 501]
)
def test_a_look_needs_a_real_reason(reason: str) -> None:
    ref = vault.remember(**WANG)
    with pytest.raises(PartyError, match="原因"):
        vault.reveal(ref or "", actor=SYSTEM, reason=reason)
    assert not UnmaskLog.objects.exists()


def test_each_look_is_journaled_and_the_journal_cannot_be_changed(tree: Tree, make_user: MakeUser) -> None:
    ref = vault.remember(**WANG) or ""
    agent = access.actor_of(make_user("hua", "agent"))
    about = About(order_no="2025010100001", platform_path=tree.city.path)
    vault.reveal(ref, actor=agent, reason=REASON, about=about, address="10.1.2.3")
    row = UnmaskLog.objects.get()
    assert (row.username, str(row.ref), row.order_no, row.reason, row.address, row.what) == (
        *("hua", ref, "2025010100001", REASON, "10.1.2.3", "person"),
    )
    for change in (lambda: UnmaskLog.objects.update(reason="改"), lambda: UnmaskLog.objects.all().delete()):
        from django.db import transaction

        with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic():
            change()


def test_who_may_not_look_leaves_no_trace_of_the_data(tree: Tree, make_user: MakeUser) -> None:
    ref = vault.remember(**WANG) or ""
    about = About(order_no="1", platform_path=tree.city.path, units=frozenset({"市水务局"}), confidential=True)
    for actor in (
        access.actor_of(make_user("shen", "auditor")),
        access.actor_of(make_user("kao", "assessor")),
        access.actor_of(make_user("shui", "unit_clerk", unit=tree.water)),
        access.actor_of(make_user("nan", "agent", at=tree.other_city)),
        access.actor_for("requester", tree.city, requester_ref=ref),
    ):
        with pytest.raises(NotAllowed):
            vault.reveal(ref, actor=actor, reason=REASON, about=about)
    assert not UnmaskLog.objects.exists()


def test_masked_is_one_query_for_any_number(django_assert_num_queries: object) -> None:
    people = [{"name": f"张{number}", "phone": f"138{number:08d}"} for number in range(200)]
    refs = [str(ref) for ref in vault.remember_many(people)]
    with django_assert_num_queries(1):  # type: ignore[operator]
        shown = vault.masked([*refs, None, "00000000-0000-0000-0000-000000000000", "not a ref"])
    assert shown[refs[7]]["phone"] == "138****0007"
    assert shown["not a ref"]["name"] == "查无记录"
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert vault.masked([None]) == {}


# --- texts --------------------------------------------------------------------------------------------------------


def test_a_text_is_masked_and_its_original_sealed() -> None:
    ref = vault.remember(**WANG)
    masked, sealed = vault.redact(TEXT, requester=ref)
    assert masked == "我叫王晓梅,电话138****8000,身份证110*************2X,卡号6222****0123,楼下水管漏了"
    assert sealed is not None
    assert vault.reveal_text(sealed, actor=SYSTEM, reason=REASON) == TEXT
    assert UnmaskLog.objects.get().what == "text"
    row = SealedText.objects.get()
    assert str(row.requester_id) == ref
    assert bytes(row.wrapped_key) == b""


def test_a_text_without_personal_data_asks_no_database(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert vault.redact("柳树街道路灯不亮,已有3天") == ("柳树街道路灯不亮,已有3天", None)


def test_many_texts_are_sealed_at_once(django_assert_num_queries: object) -> None:
    ref = vault.remember(**WANG)
    texts = [(f"{number}号,电话13800138{number:03d}", ref if number % 2 else None) for number in range(50)]
    with django_assert_num_queries(2):  # type: ignore[operator]
        answers = vault.redact_many([*texts, ("路灯不亮", ref)])
    assert answers[-1] == ("路灯不亮", None)
    for (text, _), (_, sealed) in zip(texts, answers[:-1], strict=True):
        assert vault.reveal_text(sealed or "", actor=SYSTEM, reason=REASON) == text


# --- forgetting and rotating --------------------------------------------------------------------------------------


def test_a_forgotten_person_is_gone_for_good(tree: Tree, make_user: MakeUser) -> None:
    ref = vault.remember(**WANG) or ""
    sealed = vault.redact(TEXT, requester=ref)[1] or ""
    agent = access.actor_of(make_user("hua", "agent"))
    with pytest.raises(NotAllowed):
        vault.forget(ref, actor=agent, reason="本人书面要求注销")
    vault.forget(ref, actor=SYSTEM, reason="本人书面要求注销")
    vault.forget(ref, actor=SYSTEM, reason="本人书面要求注销")
    assert vault.masked([ref])[ref]["name"] == "已注销"
    for look in (vault.reveal, vault.reveal_text):
        with pytest.raises(PartyError, match="注销"):
            look(sealed if look is vault.reveal_text else ref, actor=SYSTEM, reason=REASON)
    row = Requester.objects.get(id=ref)
    assert (bytes(row.wrapped_key), bytes(row.sealed), row.phone_hash, row.id_hash) == (b"", b"", None, None)
    assert bytes(SealedText.objects.get().sealed) == b""
    assert vault.find_by_phone("13800138000") is None
    assert vault.remember(**WANG) != ref
    assert AuditEntry.objects.filter(verb="forget_requester").count() == 1
    assert vault.redact(TEXT, requester=ref)[1] is not None  # a late text lies under a key of its own


def test_master_keys_rotate_and_the_old_one_may_then_go(settings: object) -> None:
    people = [{"name": f"张{number}", "phone": f"138{number:08d}"} for number in range(30)]
    refs = [str(ref) for ref in vault.remember_many(people)]
    sealed = vault.redact(TEXT)[1] or ""
    bound = vault.redact(TEXT, requester=refs[0])[1] or ""
    old, new = settings.VAULT_KEY, os.urandom(32)  # type: ignore[attr-defined]
    settings.VAULT_KEY, settings.VAULT_OLD_KEYS = new, [old]  # type: ignore[attr-defined]
    added = vault.remember(phone="13911139111", name="新人") or ""
    assert keyring().current == fingerprint(new)
    assert vault.masked(refs)[refs[3]]["name"] == "张*"
    done = []
    while done[-1:] != [0]:
        done.append(vault.rotate(limit=12))
    assert sum(done) == 31
    assert max(done) <= 12
    settings.VAULT_OLD_KEYS = []  # type: ignore[attr-defined]
    assert vault.reveal(refs[3], actor=SYSTEM, reason=REASON)["name"] == "张3"
    assert vault.reveal(added, actor=SYSTEM, reason=REASON)["name"] == "新人"
    for ref in (sealed, bound):
        assert vault.reveal_text(ref, actor=SYSTEM, reason=REASON) == TEXT
    settings.VAULT_KEY = old  # type: ignore[attr-defined]
    with pytest.raises(KeyMissing, match="YIXIAN_VAULT_OLD_KEYS"):
        vault.reveal(refs[3], actor=SYSTEM, reason=REASON)


# --- many and at once ---------------------------------------------------------------------------------------------


def test_many_are_remembered_at_once_each_with_its_own_answer(django_assert_max_num_queries: object) -> None:
    people: list[dict[str, str | None]] = [
        {"name": "甲", "phone": "13800138000"},
        {"phone": "1380013800"},
        {"name": " "},
        {"phone": "138-0013-8000", "address": "临河市"},
        {"name": "乙", "id_number": "11010519491231002X"},
        {"name": "丙"},
        {"name": "丙"},
    ]
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        refs = vault.remember_many(people)
    assert isinstance(refs[1], InvalidPerson)
    assert refs[2] is None
    assert refs[0] == refs[3]
    assert len({refs[0], refs[4], refs[5], refs[6]}) == 4
    assert vault.reveal(str(refs[0]), actor=SYSTEM, reason=REASON)["address"] == "临河市"
    again = vault.remember_many(people)
    assert (again[0], again[4]) == (refs[0], refs[4])


def test_ten_thousand_people_take_seconds() -> None:
    people = [{"name": f"张{number}", "phone": f"137{number:08d}", "address": "临河市"} for number in range(10_000)]
    start = time.perf_counter()
    refs = vault.remember_many(people)
    spent = time.perf_counter() - start
    assert len(set(refs)) == 10_000
    assert spent < 15, f"{spent:.1f} s"


def in_threads(work: Callable[[int], None], count: int) -> None:
    """Run `work(0..count-1)` at once, each on a connection of its own that really commits; raises what one raised."""
    errors: list[BaseException] = []

    def run(turn: int) -> None:
        try:
            work(turn)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(turn,)) for turn in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


def test_the_same_phone_heard_by_many_at_once_is_one_person() -> None:
    phones = [f"1390013{number:04d}" for number in range(20)]
    found: list[list[str]] = []
    gate = threading.Barrier(8)

    def work(turn: int) -> None:
        gate.wait(10)
        order = phones if turn % 2 else phones[::-1]
        people = [{"phone": phone, "name": f"第{turn}人"} for phone in order]
        refs = vault.remember_many(people) if turn < 4 else [vault.remember(**person) for person in people]
        found.append([str(ref) for _, ref in sorted(zip(order, refs, strict=True))])

    def clear(_: int) -> None:
        Requester.objects.filter(id__in={ref for refs in found for ref in refs}).delete()

    try:
        in_threads(work, 8)
        assert len(found) == 8
        assert all(refs == found[0] for refs in found)
        assert len(set(found[0])) == len(phones) == Requester.objects.filter(id__in=found[0]).count()
    finally:
        in_threads(clear, 1)


def test_the_sample_number_is_a_valid_one() -> None:
    assert id_number_ok(WANG["id_number"])
