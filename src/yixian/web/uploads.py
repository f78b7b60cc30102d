"""Files that come with a form: stopped while they come in where they are too large, then read whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from yixian.intake import staging
from yixian.orders import attachments
from yixian.orders.errors import BadInput, TooMany
from yixian.orders.file_types import MOST_BYTES, clean_name
from yixian.orders.models import Attachment
from yixian.parties import limits
from yixian.parties.errors import TooOften
from yixian.web import submission

_TOO_LARGE, _TOO_OFTEN = "yixian.too_large", "yixian.too_often"
MOST_AT_ONCE = 5 * MOST_BYTES
PUBLIC_ADDRESSES = {"/submit/files/": submission.KEPT, "/progress/supplement/": "progress"}
"""Where visitors without a login send files, and what their session must hold by then."""
ACCEPT = "image/jpeg,image/png,image/webp,application/pdf,audio/mpeg,audio/wav,audio/mp4,audio/x-m4a,.mp3,.m4a,.wav"


class Bounded(FileUploadHandler):
    """Drops what exceeds the limit of one file or request, so that it fills neither memory nor disk.

    The name of what was dropped is remembered. Files come from people who are logged in; from others only at the
    addresses that ask for them, in a session that has come that far, counted by address and with a lower limit.
    """

    _total = 0
    _admitted: bool | None = None
    _most = MOST_AT_ONCE

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one file."""
        super().new_file(*args, **kwargs)
        self._size = 0
        if self._admitted is None:
            self._admitted = self.request is not None and self._admits(self.request)

    def _admits(self, request: HttpRequest) -> bool:
        """Whether this request may send files at all; asked once, before a byte is kept."""
        kept = getattr(request, "session", None)
        if kept is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return False
        if SESSION_KEY in kept:
            return True
        wanted = PUBLIC_ADDRESSES.get(request.path)
        if wanted is None or wanted not in kept:
            return False
        self._most = staging.MOST_BYTES
        try:
            limits.count("public-upload", request.META)
        except TooOften as error:
            request.META[_TOO_OFTEN] = error.message
            return False
        return True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the chunk on, or skip the rest of the file."""
        self._size += len(raw_data)
        self._total += len(raw_data)
        if self.request is None or not self._admitted:
            raise SkipFile
        if self._size > MOST_BYTES or self._total > self._most:
            self.request.META[_TOO_LARGE] = self.file_name or "附件"
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps the file."""
        return


def uploads_of(request: HttpRequest, field: str = "file") -> list[attachments.Upload]:
    """The files sent under a field. Raises BadInput where one was too large, or there were too many; TooMany."""
    found = request.FILES.getlist(field)  # reading them is what lets `Bounded` count
    if _TOO_OFTEN in request.META:
        raise TooMany(f"上传{str(request.META[_TOO_OFTEN]).removeprefix('操作')}。您填写的内容都还在。")
    if _TOO_LARGE in request.META:
        name = clean_name(str(request.META[_TOO_LARGE]))
        raise BadInput(
            f"“{name}”过大: 每个附件最多 {MOST_BYTES // 1024 // 1024} MB, 一次共 {MOST_AT_ONCE // 1024 // 1024} MB",
            field,
        )
    if len(found) > attachments.MOST:
        raise BadInput(f"一次最多 {attachments.MOST} 个附件", field)
    return [(item.name or "附件", item.read()) for item in found]


def sent_as_file(row: Attachment, content: bytes) -> HttpResponse:
    """The file as a download: never shown inside a page, never guessed to be something else."""
    answer = HttpResponse(content, content_type=row.mime)
    answer["Content-Disposition"] = content_disposition_header(True, row.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def size_words(rows: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Attachments as pages list them."""
    return [
        {"id": row.id, "name": row.name, "size": _size(row.size), "by": row.user_name, "at": row.at, "sha": row.sha256}
        for row in rows
    ]


def _size(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(1, count // 1024)} KB"
