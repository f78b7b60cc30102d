"""Files of citizens: waiting sealed, sent with the order in one transaction, refused where not what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.reading import hidden, page, words
from tests.web.seed import Town
from tests.web.test_portal import answer_all, submitted
from yixian.intake import staging
from yixian.orders import attachments, clock, files
from yixian.orders.errors import BadInput
from yixian.orders.models import Attachment, Order
from yixian.parties.models import AuditEntry

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 200
JPEG = b"\xff\xd8\xff\xe1\x00\x18Exif\x00\x00GPS 22.27 113.54" + b"\0" * 50


def file(name: str, content: bytes) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = str(tmp_path / "files")


def begun() -> Client:
    """A visitor who has come to the step with the files."""
    client = Client()
    client.post("/submit/")
    for name, given in {"category": {"category": "投诉"}, "text": {"text": "路灯坏了"}, "place": {}}.items():
        client.post(f"/submit/{name}/", given)
    return client


def test_files_go_with_the_order_and_the_original_is_kept(town: Town) -> None:
    client = begun()
    assert client.post("/submit/files/", {"file": [file("灯.jpg", JPEG)], "do": "add"})["Location"] == "/submit/files/"
    assert "灯.jpg" in words(client.get("/submit/files/"))
    (waiting,) = Attachment.objects.all()
    assert waiting.owner_kind == "staging"
    stored = [path for path in Path(_root()).rglob("*") if path.is_file()]
    assert stored
    assert all(b"GPS" not in path.read_bytes() for path in stored), "what lies on the disk is sealed"
    client.post("/submit/files/", {"do": "on"})
    client.post("/submit/who/", {"who": "anonymous"})
    shown = client.get("/submit/check/")
    assert "灯.jpg" in words(shown)
    client.post("/submit/check/", {"form_key": hidden(shown, "form_key")})
    order = Order.objects.get()
    (kept,) = attachments.of_owner("order", order.pk)
    assert (kept.name, kept.by) == ("灯.jpg", "requester")
    assert files.get(kept.sha256) == JPEG, "the original as the citizen sent it"
    assert not Attachment.objects.filter(owner_kind="staging").exists()
    assert AuditEntry.objects.filter(verb="上传附件", subject=order.number).count() == 1


def _root() -> str:
    from django.conf import settings

    return str(settings.FILES_ROOT)


def test_a_file_can_be_taken_out_again(town: Town) -> None:
    client = begun()
    client.post("/submit/files/", {"file": [file("a.png", PNG), file("b.jpg", JPEG)], "do": "add"})
    number = page(client.get("/submit/files/")).split('value="remove-')[1].split('"')[0]
    client.post("/submit/files/", {"do": f"remove-{number}"})
    assert "a.png" not in words(client.get("/submit/files/"))
    assert "b.jpg" in words(client.get("/submit/files/"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("假.jpg", b"MZ\x90\x00" + b"\0" * 400, "不是可以上传的文件"),
        ("表.jpg", PNG, "内容却是PNG 图片"),
        ("空.jpg", b"", "空文件"),
        ("页.png", b"<script>alert(1)</script>", "不是可以上传的文件"),
        ("文.txt", "只是文字".encode(), "不是可以上传的文件"),
        ("大.png", PNG + b"\0" * (20 * 1024 * 1024), "过大"),
    ],
)
def test_what_is_not_what_it_says_is_refused(town: Town, name: str, content: bytes, said: str) -> None:
    client = begun()
    answer = client.post("/submit/files/", {"file": [file(name, content)], "do": "on"})
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'href="#file"' in page(answer), "the summary leads to the field"
    assert not Attachment.objects.exists()


def test_a_visitor_has_a_cap_and_an_address_a_rate(town: Town, settings: Any) -> None:
    client = begun()
    many = [file(f"{turn}.png", PNG + bytes([turn])) for turn in range(10)]
    assert "附件最多 9 个" in words(client.post("/submit/files/", {"file": many, "do": "on"}))
    settings.PUBLIC_RATES = {"public-upload": (0, 600)}
    often = client.post("/submit/files/", {"file": [file("a.png", PNG)], "do": "on"})
    assert often.status_code == 429
    assert "过于频繁" in words(often)
    assert not Attachment.objects.exists()


def test_who_has_not_come_that_far_sends_no_file(town: Town) -> None:
    for client in (Client(), Client(headers={"cookie": "sessionid=forged"})):
        assert client.post("/submit/files/", {"file": [file("a.png", PNG)], "do": "add"}).status_code == 302
        client.post("/progress/supplement/", {"file": [file("a.png", PNG)]})
        client.post("/", {"file": [file("a.png", PNG)]})
    assert not Attachment.objects.exists()


def test_forgotten_files_are_deleted_after_two_hours_and_kept_ones_stay(town: Town) -> None:
    owner, other = staging.new_owner(), staging.new_owner()
    staging.keep(owner, [("a.png", PNG), ("b.jpg", JPEG)])
    staging.keep(other, [("c.png", PNG)])
    Attachment.objects.filter(owner_id=other).update(owner_kind="order", owner_id=1)
    assert staging.clear() == 0
    assert staging.clear(clock.real() + 3 * 3600) == 1, "the same content of an order stays"
    assert files.get(Attachment.objects.get().sha256) == PNG


def test_where_the_files_cannot_go_along_nothing_is_registered(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    client = begun()
    client.post("/submit/files/", {"file": [file("a.png", PNG)], "do": "on"})
    client.post("/submit/who/", {"who": "anonymous"})

    def fails(*_: Any, **__: Any) -> int:
        raise BadInput("附件没有收好, 请再试一次", "file")

    monkeypatch.setattr(staging, "adopt", fails)
    refused = client.post("/submit/check/", {"form_key": hidden(client.get("/submit/check/"), "form_key")})
    assert "附件没有收好" in words(refused)
    assert not Order.objects.exists()
    monkeypatch.undo()
    assert client.post("/submit/check/", {"form_key": hidden(refused, "form_key")})["Location"] == "/submit/done/"


def test_supplementing_with_a_photo_alone(town: Town) -> None:
    number, code = submitted(Client())
    client = Client()
    client.post("/progress/", {"number": number, "code": code})
    key = page(client.get("/progress/")).split("/progress/supplement/")[1].split('name="form_key" value="')[1]
    sent = {"form_key": key.split('"')[0], "file": [file("夜里.jpg", JPEG)]}
    assert client.post("/progress/supplement/", sent).status_code == 302
    shown = words(client.get("/progress/"))
    assert "已收到您补充的情况" in shown
    assert "夜里.jpg" in shown, "one's own files are listed by name"


def test_a_refused_supplement_keeps_words_and_good_files(town: Town) -> None:
    number, code = submitted(Client())
    client = Client()
    client.post("/progress/", {"number": number, "code": code})
    key = hidden(client.get("/progress/"), "form_key")
    told = {"form_key": key, "text": "这里写的不能丢", "file": [file("a.jpg", b"MZ" + b"\0" * 99)]}
    refused = client.post("/progress/supplement/", told)
    assert refused.status_code == 422
    assert "这里写的不能丢" in page(refused)
    assert not Attachment.objects.exists()


def test_answers_and_files_of_another_session_are_not_reachable(town: Town) -> None:
    mine, other = begun(), begun()
    mine.post("/submit/files/", {"file": [file("a.png", PNG)], "do": "add"})
    row = Attachment.objects.get()
    other.post("/submit/files/", {"do": f"remove-{row.pk}"})
    assert Attachment.objects.filter(pk=row.pk, owner_id=row.owner_id).exists()
    assert "a.png" not in words(other.get("/submit/files/"))
    assert answer_all(Client()) == "/submit/check/"
