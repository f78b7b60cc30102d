"""Files that come with a form: stopped while they come in where they are too large, then read whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from yixian.orders import attachments
from yixian.orders.errors import BadInput
from yixian.orders.file_types import MOST_BYTES, clean_name
from yixian.orders.models import Attachment

_TOO_LARGE = "yixian.too_large"
MOST_AT_ONCE = 5 * MOST_BYTES


class Bounded(FileUploadHandler):
    """Drops what exceeds the limit of one file or request, so that it fills neither memory nor disk.

    The name of what was dropped is remembered. Who has no session sends no files: no public page takes any.
    """

    _total = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one file."""
        super().new_file(*args, **kwargs)
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the chunk on, or skip the rest of the file."""
        self._size += len(raw_data)
        self._total += len(raw_data)
        if self.request is None or settings.SESSION_COOKIE_NAME not in self.request.COOKIES:
            raise SkipFile
        if self._size > MOST_BYTES or self._total > MOST_AT_ONCE:
            self.request.META[_TOO_LARGE] = self.file_name or "附件"
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps the file."""
        return


def uploads_of(request: HttpRequest, field: str = "file") -> list[attachments.Upload]:
    """The files sent under a field. Raises BadInput where one was too large, or there were too many."""
    found = request.FILES.getlist(field)  # reading them is what lets `Bounded` count
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
