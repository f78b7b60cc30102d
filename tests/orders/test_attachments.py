"""Files of orders: known by their bytes, sealed outside the database, seen by who sees the order, each step told."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from yixian.orders import attachments, file_types, files
from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.parties.access import SYSTEM
from yixian.parties.models import AuditEntry

from .conftest import WATER, World

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def packed(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in ("[Content_Types].xml", *names):
            target.writestr(name, "<x/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("说明.pdf", PDF, "PDF"),
        ("现场.JPG", b"\xff\xd8\xff\xe0" + b"\0" * 30, "JPEG 图片"),
        ("a.png", PNG, "PNG 图片"),
        ("a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", "WebP 图片"),
        ("情况.docx", packed("word/document.xml"), "Word 文档"),
        ("台账.xlsx", packed("xl/workbook.xml"), "Excel 表格"),
        ("录音.wav", b"RIFF\x10\0\0\0WAVEfmt ", "WAV 录音"),
        ("录音.mp3", b"ID3\x03\0\0\0\0\0\0", "MP3 录音"),
        ("录音.mp3", b"\xff\xfb\x90\x44" + b"\0" * 20, "MP3 录音"),
        ("录音.m4a", b"\0\0\0\x20ftypM4A \0\0\0\0", "M4A 录音"),
        ("记录.txt", "已于九月四日上门查看".encode(), "文本"),
        ("旧记录.txt", "已于九月四日上门查看".encode("gb18030"), "文本"),
    ],
)
def test_a_file_is_what_its_bytes_say(name: str, content: bytes, title: str) -> None:
    assert file_types.checked(name, content)[1].title == title


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("说明.pdf", b"MZ\x90\0\x03\0\0\0" + b"\0" * 40, "不是可以上传的文件"),
        ("说明.pdf", PNG, "内容却是PNG 图片"),
        ("照片.png.exe", PNG, "写的是 exe"),
        ("页面.txt", b"<!DOCTYPE html><script>1</script>", "不是可以上传的文件"),
        ("图.txt", b"<svg xmlns='x'/>", "不是可以上传的文件"),
        ("宏.docx", packed("word/document.xml", "word/vbaProject.bin"), "不是可以上传的文件"),
        ("包.zip", packed("a.txt"), "不是可以上传的文件"),
        ("空.pdf", b"", "空文件"),
        ("坏.docx", b"PK\x03\x04" + b"\0" * 100, "不是可以上传的文件"),
    ],
)
def test_a_disguised_or_foreign_file_is_refused(name: str, content: bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        file_types.checked(name, content)
    assert said in caught.value.detail


def test_an_office_file_of_countless_parts_is_not_opened() -> None:
    many = packed("word/document.xml", *(f"word/{place}" for place in range(10_100)))
    with pytest.raises(BadInput, match="不是可以上传的文件"):
        file_types.checked("多.docx", many)


def test_a_file_above_twenty_megabytes_is_refused() -> None:
    with pytest.raises(BadInput, match="每个附件最多 20 MB"):
        file_types.checked("大.pdf", PDF + b"\0" * (20 * 1024 * 1024))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\用户\\说明.pdf", "说明.pdf"),
        ("a\u202egpj.exe", "agpj.exe"),
        ('他说"好"<b>.pdf', "他说_好__b_.pdf"),
        ("13912345678 的材料.pdf", "139xxxx5678 的材料.pdf"),
        ("   ", "附件"),
        ("..", "附件"),
        ("长" * 200 + ".pdf", "长" * 96 + ".pdf"),
    ],
)
def test_a_name_is_cleaned(given: str, kept: str) -> None:
    assert file_types.clean_name(given) == kept


def test_what_is_attached_is_sealed_on_disk_and_given_back_whole(world: World) -> None:
    number = world.handling()
    (row,) = attachments.attach(number, [("说明.pdf", PDF)], world.actor("water"), purpose="file_statement")
    assert (row.name, row.by, row.purpose, row.size) == ("说明.pdf", WATER, "file_statement", len(PDF))
    on_disk = (Path(settings.FILES_ROOT) / row.sha256[:2] / row.sha256).read_bytes()
    assert PDF not in on_disk
    found, content = attachments.download(number, row.id, world.actor("reviewer"), address="10.0.0.9")
    assert (found.id, content) == (row.id, PDF)
    told = list(AuditEntry.objects.filter(subject=number).order_by("id").values_list("verb", "username", "address"))
    assert told == [("上传附件", "water", ""), ("下载附件", "reviewer", "10.0.0.9")]


def test_a_file_changed_on_disk_is_not_handed_out(world: World) -> None:
    number = world.handling()
    (row,) = attachments.attach(number, [("说明.pdf", PDF + b" one of its own")], SYSTEM)
    path = Path(settings.FILES_ROOT) / row.sha256[:2] / row.sha256
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(Exception, match="从备份恢复"):
        files.get(row.sha256)


def test_who_does_not_see_the_order_sees_none_of_its_files(world: World) -> None:
    number = world.handling()
    other = world.register().order_no
    (row,) = attachments.attach(number, [("说明.pdf", PDF)], world.actor("water"))
    for name in ("roads", "county_dispatcher"):
        with pytest.raises(NotFound):
            attachments.of_order(number, world.actor(name))
        with pytest.raises(NotFound):
            attachments.download(number, row.id, world.actor(name))
        with pytest.raises(NotFound):
            attachments.attach(number, [("a.png", PNG)], world.actor(name))
    with pytest.raises(NotFound):
        attachments.download(other, row.id, world.actor("reviewer"))


def test_a_unit_sees_of_a_confidential_order_only_its_own_files(world: World) -> None:
    number = world.handling(confidential=True)
    (theirs,) = attachments.attach(number, [("来信.pdf", PDF)], world.actor("dispatcher"))
    (own,) = attachments.attach(number, [("现场.png", PNG)], world.actor("water"))
    assert [row.id for row in attachments.of_order(number, world.actor("water"))] == [own.id]
    assert len(attachments.of_order(number, world.actor("reviewer"))) == 2
    with pytest.raises(NotFound):
        attachments.download(number, theirs.id, world.actor("water"))


def test_twenty_files_an_order_and_the_same_one_only_once(world: World) -> None:
    number, clerk = world.handling(), world.actor("water")
    first = attachments.attach(number, [(f"{n}.txt", f"第{n}页".encode()) for n in range(20)], clerk)
    again = attachments.attach(number, [("另一个名字.txt", "第3页".encode())], clerk)
    assert [row.id for row in again] == [first[3].id]
    with pytest.raises(BadInput, match="最多 20 个"):
        attachments.attach(number, [("21.txt", "第21页".encode())], clerk)
    assert len(attachments.of_order(number, clerk)) == 20


def test_one_bad_file_of_several_and_none_is_kept(world: World) -> None:
    number = world.handling()
    with pytest.raises(BadInput):
        attachments.attach(number, [("说明.pdf", PDF), ("坏.pdf", b"MZ")], world.actor("water"))
    assert attachments.of_order(number, world.actor("water")) == []


def test_an_archived_order_takes_no_more_files_and_who_only_reads_adds_none(world: World) -> None:
    from tests.orders.conftest import _user

    number = world.register().order_no
    world.users["auditor"] = _user("auditor", world.city, "auditor")
    with pytest.raises(Denied):
        attachments.attach(number, [("说明.pdf", PDF)], world.actor("auditor"))
    world.give(number, "answer", text="请携带身份证和户口簿。")
    world.give(number, "archive")
    with pytest.raises(BadInput, match="已归档"):
        attachments.attach(number, [("说明.pdf", PDF)], SYSTEM)
