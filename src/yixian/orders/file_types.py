"""What a file is, by its first bytes and never by its name, and a name that is safe to show and to save. Pure."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable

import msgspec

from yixian.orders.errors import BadInput
from yixian.parties.masking import mask_text

MOST_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 100
MOST_PARTS = 10_000
"""Of an Office file: its list of parts is read whole."""
LISTED = "PDF、Word (docx)、Excel (xlsx)、图片 (jpg、png、webp)、录音 (mp3、wav、m4a)、文本 (txt)"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FileKind(msgspec.Struct, frozen=True):
    """A kind of file that is taken: its Chinese word, media type and the endings its name may have."""

    title: str
    mime: str
    endings: tuple[str, ...]


PDF = FileKind("PDF", "application/pdf", ("pdf",))
JPEG = FileKind("JPEG 图片", "image/jpeg", ("jpg", "jpeg"))
PNG = FileKind("PNG 图片", "image/png", ("png",))
WEBP = FileKind("WebP 图片", "image/webp", ("webp",))
WORD = FileKind("Word 文档", _WORD, ("docx",))
SHEET = FileKind("Excel 表格", _SHEET, ("xlsx",))
MP3 = FileKind("MP3 录音", "audio/mpeg", ("mp3",))
WAV = FileKind("WAV 录音", "audio/wav", ("wav",))
M4A = FileKind("M4A 录音", "audio/mp4", ("m4a",))
TEXT = FileKind("文本", "text/plain", ("txt", "text", "log", "csv"))


def checked(name: str, content: bytes) -> tuple[str, FileKind]:
    """The name to keep and the kind of an uploaded file.

    Raises BadInput for one that is empty, too large, of no kind that is taken, or other than its name says.
    """
    shown = clean_name(name)
    if not content:
        raise BadInput(f"“{shown}”是空文件, 请重新选择", "file")
    if len(content) > MOST_BYTES:
        size = len(content) / 1024 / 1024
        raise BadInput(f"“{shown}”有 {size:.1f} MB, 每个附件最多 {MOST_BYTES // 1024 // 1024} MB", "file")
    kind = kind_of(content)
    if kind is None:
        raise BadInput(f"“{shown}”不是可以上传的文件。可以上传的有: {LISTED}", "file")
    stem, dot, ending = shown.rpartition(".")
    if not dot or not re.fullmatch(r"[0-9A-Za-z]{1,8}", ending):
        return f"{shown[: LONGEST_NAME - 6]}.{kind.endings[0]}", kind
    if ending.lower() not in kind.endings:
        raise BadInput(
            f"“{shown}”的名称写的是 {ending[:8]}, 内容却是{kind.title}。请确认文件没有改过后缀后重新上传", "file"
        )
    return f"{stem}.{ending.lower()}", kind


def clean_name(name: str) -> str:
    """The file's own name: no folders, no control or direction marks, numbers of people masked, not too long."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(" " if letter.isspace() else letter for letter in last if unicodedata.category(letter)[0] != "C")
    plain = re.sub(r'[<>:"|?*]', "_", mask_text(plain).replace("*", "x"))
    plain = re.sub(r"\s+", " ", plain).strip(" .")
    if len(plain) > LONGEST_NAME:
        stem, dot, ending = plain.rpartition(".")
        tail = dot + ending if stem and len(ending) <= 8 else ""
        plain = plain[: LONGEST_NAME - len(tail)] + tail
    return plain or "附件"


def kind_of(content: bytes) -> FileKind | None:
    """The kind that the content is, or None where it is none that is taken."""
    return next((kind for kind, fits in _SIGNS if fits(content)), None)


def _riff(word: bytes) -> Callable[[bytes], bool]:
    return lambda content: content[:4] == b"RIFF" and content[8:12] == word


def _office(part: str) -> Callable[[bytes], bool]:
    """An Office file of today: a zip with its parts, and without macros."""

    def fits(content: bytes) -> bool:
        if not content.startswith(b"PK\x03\x04") or content.count(b"PK\x01\x02") > MOST_PARTS:
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                names = packed.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
            return False
        macros = any(name.lower().endswith("vbaproject.bin") for name in names)
        return "[Content_Types].xml" in names and part in names and not macros

    return fits


def _mp3(content: bytes) -> bool:
    if content.startswith(b"ID3"):
        return True
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE0 != 0xE0:
        return False
    layer, rate, sampling = content[1] >> 1 & 3, content[2] >> 4, content[2] >> 2 & 3
    return layer in (1, 2, 3) and content[1] >> 3 & 3 != 1 and rate not in (0, 15) and sampling != 3


def _m4a(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in (b"M4A ", b"M4B ", b"mp42", b"isom", b"iso2")


_MARKUP = re.compile(r"\s*(?:<!doctype|<html|<\?xml|<svg|<script|#!|MZ)", re.IGNORECASE)


def _text(content: bytes) -> bool:
    for coding in ("utf-8-sig", "gb18030"):
        try:
            words = content.decode(coding)
        except UnicodeDecodeError:
            continue
        odd = sum(1 for letter in words if unicodedata.category(letter) in ("Cc", "Co", "Cn", "Cs"))
        lines = sum(words.count(mark) for mark in "\t\r\n")
        return odd == lines and not _MARKUP.match(words)
    return False


_SIGNS: tuple[tuple[FileKind, Callable[[bytes], bool]], ...] = (
    (PDF, lambda content: content.startswith(b"%PDF-")),
    (JPEG, lambda content: content.startswith(b"\xff\xd8\xff")),
    (PNG, lambda content: content.startswith(b"\x89PNG\r\n\x1a\n")),
    (WEBP, _riff(b"WEBP")),
    (WAV, _riff(b"WAVE")),
    (WORD, _office("word/document.xml")),
    (SHEET, _office("xl/workbook.xml")),
    (M4A, _m4a),
    (MP3, _mp3),
    (TEXT, _text),
)
