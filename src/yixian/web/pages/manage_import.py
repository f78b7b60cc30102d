"""Accounts from a table: the file is checked line by line, and only a file without mistakes makes accounts."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yixian.orders.errors import OrderError
from yixian.parties import importing
from yixian.parties.errors import PartyError
from yixian.parties.importing import COLUMNS, Line
from yixian.parties.roles import MANAGE
from yixian.web import drafts, managing
from yixian.web.access import StaffRequest, needs
from yixian.web.managing import managed

IMPORT = "/manage/users/import/"


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@needs(MANAGE)
@managed
def users(request: StaffRequest) -> HttpResponse:
    """Check a file, then make its accounts; their initial passwords are shown once, together."""
    shown = managing.reveal(request)
    lines: list[Line] = []
    problem, text = "", ""
    if request.method == "POST":
        try:
            rows = importing.read(_content(request))
            lines = importing.checked(request.actor, rows)
            text = "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in rows)
            if request.POST.get("step") == "apply":
                made: list[tuple[str, str, str]] = []

                def act() -> str:
                    made.extend(importing.make(request.actor, lines))
                    return IMPORT

                said = f"已建立 {len(lines)} 个账号"
                return managing.do(request, act, said=said, secret=lambda: "\n".join("\t".join(one) for one in made))
        except (PartyError, OrderError) as error:
            problem = error.message if isinstance(error, PartyError) else error.detail
    bad = sum(1 for line in lines if line.errors)
    context = {
        "columns": COLUMNS,
        "made": [line.split("\t") for line in shown.splitlines()],
        "lines": lines,
        "bad": bad,
        "good": len(lines) - bad,
        "text": text,
        "problem": problem,
        "most": importing.MOST,
        "form_key": drafts.new_key(request),
    }
    return managing.page(request, "users", "import.html", context, 422 if problem or bad else 200)


def _content(request: StaffRequest) -> bytes:
    """The file, or the table that was pasted or checked before."""
    file = request.FILES.get("file")
    if file is not None:
        return bytes(file.read(importing.LARGEST + 1))
    text = request.POST.get("table", "")
    if not text.strip():
        raise PartyError("请选择 csv 文件, 或把表格粘贴进来", "file")
    return text.encode()
