"""Beside an order: files, linked orders, the public copy; lists and batches as files; what the public sees."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.conftest import In
from tests.web.seed import Town
from yixian.lifecycle import parse
from yixian.orders import actions, attachments, platforms, public_copies
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.models import AuditEntry, Unit

PDF = b"%PDF-1.7\n%%EOF"
ASKED = "我叫王小明, 住翠微西路188号3栋501室, 楼下路灯不亮, 请致电13800138000"
ANSWER = "经核实, 路灯线路老化, 已更换并恢复照明, 时间、经过、结果和依据已告知。"


def give(number: str, name: str, by: str = "hotline", **payload: object) -> None:
    actions.handle(number, parse(name, payload, by), access.SYSTEM)


def register(town: Town, **fields: object) -> str:
    told = {
        "category": "投诉",
        "channel": "phone",
        "text": ASKED,
        "requester": {"phone": "13800138000", "name": "王小明"},
    }
    return actions.handle(None, parse("register", told | fields), access.SYSTEM, platform=town.platform).order_no


def handling(town: Town) -> str:
    number = register(town)
    give(number, "dispatch", lead="water")
    give(number, "sign", "water")
    return number


def answered(town: Town) -> str:
    number = handling(town)
    give(number, "reply", "water", text=ANSWER, contacted=True, signed_by="主要负责人")
    give(number, "pass_review")
    return number


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_file_goes_up_on_the_page_and_down_as_a_download_nobody_guesses_about(town: Town, enter: In) -> None:
    number = handling(town)
    client = enter("water-clerk")
    url = f"/orders/{number}/files/"
    answer = client.post(url, {"file": SimpleUploadedFile("现场 说明.pdf", PDF)}, follow=True)
    shown = answer.content.decode()
    assert "已上传 1 个附件" in shown
    assert "现场 说明.pdf" in shown
    (row,) = attachments.of_order(number, access.SYSTEM)
    got = enter("reviewer").get(f"{url}{row.id}/")
    assert got.content == PDF
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in got["Content-Security-Policy"]
    assert enter("housing-clerk").get(f"{url}{row.id}/").status_code == 404
    assert AuditEntry.objects.filter(verb="下载附件", username="reviewer").count() == 1


def test_a_disguised_or_oversized_file_is_refused_in_words(town: Town, enter: In) -> None:
    number = handling(town)
    client = enter("water-clerk")
    shown = client.post(f"/orders/{number}/files/", {"file": SimpleUploadedFile("a.pdf", b"MZ\x90")}, follow=True)
    assert "不是可以上传的文件" in shown.content.decode()
    big = SimpleUploadedFile("大.pdf", PDF + b"\0" * (20 * 1024 * 1024))
    shown = client.post(f"/orders/{number}/files/", {"file": big}, follow=True)
    assert "最多 20 MB" in shown.content.decode()
    assert attachments.of_order(number, access.SYSTEM) == []


def test_files_of_nobody_are_dropped_while_they_come_in(quick: None) -> None:
    answer = Client().post("/progress/", {"number": "1", "file": SimpleUploadedFile("a.pdf", PDF)})
    assert list(answer.wsgi_request.FILES) == []


def test_a_statement_is_filed_with_its_paper_and_not_without_a_good_one(town: Town, enter: In) -> None:
    number = handling(town)
    client = enter("water-clerk")
    url = f"/orders/{number}/act/file_statement/"
    form = client.get(url)
    assert 'enctype="multipart/form-data"' in form.content.decode()
    key = form.context["form"]["key"]
    sent = {"form_key": key, "text": "该事项依规定不属于受理范围, 已向诉求人解释。"}
    bad = client.post(url, {**sent, "file": SimpleUploadedFile("说明.pdf", b"MZ")})
    assert bad.status_code == 422
    assert "附件不能上传" in bad.content.decode()
    assert "已向诉求人解释" in bad.content.decode(), "填写的内容保留"
    assert "statement_filed" not in state_flags(number)
    good = client.post(url, {**sent, "file": SimpleUploadedFile("说明.pdf", PDF)})
    assert good.status_code == 302
    assert "statement_filed" in state_flags(number)
    (row,) = attachments.of_order(number, access.SYSTEM)
    assert (row.purpose, row.by) == ("file_statement", "water")


def state_flags(number: str) -> tuple[str, ...]:
    from yixian.orders import queries

    return queries.detail(number, access.SYSTEM).state.flags


# --- linked orders -------------------------------------------------------------------------------------------------


@pytest.fixture
def station(town: Town) -> Town:
    below = parties.create_platform(
        actor=access.SYSTEM,
        code="xz-station",
        name="香洲区工作站",
        level="station",
        parent=town.platform,
        book="zhuhai",
    )
    Unit.objects.filter(code="xz").update(represents=below)
    parties.create_unit(actor=access.SYSTEM, platform=below, code="xz-roads", name="香洲区市政所")
    town.users["xz"] = parties.create_user(
        actor=access.SYSTEM, platform=below, username="xz-desk", name="钟丽", password="seven-rivers-meet",
        roles=["dispatcher"], must_change_password=False,
    )  # fmt: skip
    town.users["xz-desk"] = town.users["xz"]
    platforms.forget()
    return town


def test_both_pages_show_each_other_and_the_station_asks_above(station: Town, enter: In) -> None:
    from yixian.orders import linked

    number = register(station)
    give(number, "dispatch", lead="xz")
    above = page(enter("dispatcher"), f"/orders/{number}/")
    (link,) = linked.linked(number, access.SYSTEM)
    assert "香洲区工作站" in above
    assert link.number in above
    client = enter("xz-desk")
    shown = page(client, f"/orders/{link.number}/")
    assert "来自" in shown
    assert f'href="/orders/{number}/"' not in shown, "上级工单不在其数据范围内"
    assert f"/orders/{link.number}/above/request_return/" in shown
    form = client.get(f"/orders/{link.number}/above/request_return/")
    sent = {"form_key": form.context["form"]["key"], "reason": "属市管道路", "basis": "三定方案", "suggestion": "water"}
    assert client.post(f"/orders/{link.number}/above/request_return/", sent).status_code == 302
    assert "退单申请" in page(enter("dispatcher"), f"/orders/{number}/")
    assert enter("housing-clerk").get(f"/orders/{link.number}/above/request_return/").status_code == 404


def test_the_transfer_form_offers_the_platforms_here_and_the_partners_of_the_register(town: Town, enter: In) -> None:
    from yixian.registers import actions as registers

    parties.create_platform(actor=access.SYSTEM, code="hill", name="山城12345热线", level="city", book="zhuhai")
    platforms.forget()
    values = {"name": "江城12345热线", "region": "江城", "way": "区域联动"}
    registers.file(access.actor_of(town.users["supervisor"]), "partner", values, platform=town.platform)
    number = register(town)
    shown = page(enter("dispatcher"), f"/orders/{number}/act/transfer/")
    assert '<option value="山城12345热线">' in shown
    assert '<option value="江城12345热线">' in shown
    assert f'<option value="{town.platform.name}">' not in shown


# --- the public copy -----------------------------------------------------------------------------------------------


def test_a_reviewer_sees_the_copy_releases_it_and_the_public_reads_no_person(town: Town, enter: In) -> None:
    number = answered(town)
    client = enter("reviewer")
    assert "预览公众看到的内容" in page(client, f"/orders/{number}/")
    assert "公开件" not in page(enter("water-clerk"), f"/orders/{number}/")
    assert "还没有公开的答复" in page(Client(), "/published/")
    client.post(f"/orders/{number}/copy/release/")
    slug = public_copies.page().rows[0].slug
    for url in ("/published/", "/published/?q=路灯", f"/published/{slug}/"):
        shown = page(Client(), url)
        assert "路灯" in shown
        for word in ("王小明", "小明", "8000", "188", "501", number):
            assert word not in shown
    assert "没有符合条件的公开答复" in page(Client(), "/published/?q=停水")
    assert Client().get("/published/?cursor=xx").status_code == 422
    client.post(f"/orders/{number}/copy/take-back/")
    assert Client().get(f"/published/{slug}/").status_code == 404


def test_who_may_not_release_does_not(town: Town, enter: In) -> None:
    number = answered(town)
    for name in ("agent", "water-clerk"):
        assert enter(name).post(f"/orders/{number}/copy/release/").status_code == 403
    assert public_copies.page().rows == ()


# --- exports -------------------------------------------------------------------------------------------------------


def test_the_list_goes_out_as_it_is_filtered(town: Town, enter: In) -> None:
    number = handling(town)
    register(town, category="咨询")
    client = enter("dispatcher")
    assert '<input type="hidden" name="query" value="state=handling">' in page(client, "/orders/?state=handling")
    answer = client.get("/orders/export.csv?state=handling")
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert number in content
    assert "共 1 件" in content
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(client.get("/orders/export.xlsx").streaming_content)[:2] == b"PK"
    assert client.get("/orders/export.exe").status_code == 422
    assert client.get("/orders/export.csv?state=nonsense").status_code == 422


def test_batches_are_made_by_supervisors_and_given_again(busy: Town, enter: In) -> None:
    client = enter("supervisor")
    shown = page(client, "/exports/")
    assert "逾期工单" in shown
    answer = client.post("/exports/", {"kind": "overdue", "platform": "harbour"}, follow=True)
    assert "第1批" in answer.content.decode()
    again = client.post("/exports/", {"kind": "overdue", "platform": "harbour"})
    assert again.status_code == 422
    assert "没有新的逾期工单" in again.content.decode()
    from yixian.orders.models import ExportBatch

    row = ExportBatch.objects.get()
    content = b"".join(client.get(f"/exports/{row.pk}.csv").streaming_content).decode("utf-8-sig")
    assert f"共 {row.count} 件" in content
    assert enter("agent").get(f"/exports/{row.pk}.csv").status_code == 404
    assert enter("agent").post("/exports/", {"kind": "overdue", "platform": "harbour"}).status_code == 422
