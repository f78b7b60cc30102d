"""One draft beyond its text: what it changes, its scenarios, submitting and approving it, its record, its file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from yixian.orders import clock
from yixian.orders.errors import BadInput, OrderError
from yixian.parties.permission import holds
from yixian.parties.roles import APPROVE_RULES, EDIT_RULES
from yixian.rulebook import Rulebook, RulebookError
from yixian.rulemaking import actions, conditions, difference, proof, queries, running, texts
from yixian.rulemaking.models import DONE, EDITABLE, FAILED, PUBLISHED, RUN_STATUSES, SUBMITTED, Draft, DraftRun
from yixian.web import books, drafts, problems, shell
from yixian.web.access import SIGNED_IN, StaffRequest, needs, sent
from yixian.web.pages.rulemaking import HOME, frame, uploaded
from yixian.web.present import moments

CHANGES = {
    "worse": ("由符合变为不符", "red"),
    "better": ("由不符变为符合", "green"),
    "failing": ("仍然不符", "amber"),
    "same": ("符合", ""),
}


# -- what it changes --------------------------------------------------------------------------------------------------


@require_safe
@needs(EDIT_RULES)
def changes(request: StaffRequest, draft_id: int) -> HttpResponse:
    """What the draft changes: parameters, limits by category and source, the text itself."""
    draft = queries.seen(request.actor, draft_id)
    reading = texts.read(draft.name, draft.text, books.library())
    before, source = _before(draft)
    known = before is not None and reading.book is not None
    context = {
        **frame(request, draft, "changes/"),
        "errors": len(reading.errors),
        "against": _against(draft, before),
        "parameters": difference.parameters(before, reading.book) if known and before and reading.book else [],
        "limits": difference.limits(before, reading.book) if known and before and reading.book else [],
        "lines": difference.text(source, draft.text),
        "known": known,
    }
    return shell.page(request, "web/drafts/changes.html", context)


def _before(draft: Draft) -> tuple[Rulebook | None, str]:
    """What the draft is compared with: the version it began from, else the newest, else the book above a new one."""
    library = books.library()
    try:
        if draft.name in library.names():
            label = draft.based_on or library.flat(draft.name)[-1].version
            return library.checked(draft.name, label)[0], library.source(draft.name, label)
        parent = texts.read(draft.name, draft.text, library).flat.extends
        return (library.versions(parent)[-1], "") if parent in library.names() and parent else (None, "")
    except (RulebookError, StopIteration):
        return None, ""


def _against(draft: Draft, before: Rulebook | None) -> str:
    if before is None:
        return ""
    day = before.document.effective.value
    words = f"{day} 起施行的版本" if day else "现有的版本"
    return words if before.name == draft.name else f"上级规则书《{before.document.title}》"


# -- scenarios --------------------------------------------------------------------------------------------------------


@require_safe
@needs(EDIT_RULES)
def prove(request: StaffRequest, draft_id: int) -> HttpResponse:
    """The draft's scenarios and what came of the newest run; while it goes on, its progress alone for htmx."""
    draft = queries.seen(request.actor, draft_id)
    run = queries.latest_run(draft)
    context = {**frame(request, draft, "proof/"), **_run(draft, run)}
    if request.headers.get("HX-Request"):
        return shell.fragment(request, "web/drafts/run.html", context)
    context |= {
        "own": list(draft.scenarios.defer("text").order_by("id")),
        "editable": draft.status in EDITABLE,
        "installed": bool(proof.folders()),
        "trouble": request.session.pop("typed_again", None),
        "key": drafts.new_key(request),
    }
    return shell.page(request, "web/drafts/proof.html", context)


def _run(draft: Draft, run: DraftRun | None) -> dict[str, Any]:
    if run is None:
        return {"run": None}
    going = run.status not in (DONE, FAILED)
    waited = clock.real() - int(run.asked_at.timestamp())
    listed = [
        {**item, "said": CHANGES[item["change"]][0], "tone": CHANGES[item["change"]][1]}
        for item in run.results.get("scenarios", ())
        if isinstance(item, dict) and item.get("change") in CHANGES
    ]
    return {
        "run": run,
        "going": going,
        "slow": going and waited > 30 and not run.started_at,
        "stale": run.sha256 != queries.proof_key(draft),
        "run_status": RUN_STATUSES[run.status],
        "asked": moments.absolute(int(run.asked_at.timestamp())),
        "seconds": run.results.get("seconds"),
        "listed": listed,
        "left_out": max(0, run.worse + run.better + run.failed - len(listed)) if len(listed) >= 300 else 0,
    }


@sent(HOME)
@needs(EDIT_RULES)
def play(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Queue a run of all scenarios."""
    queries.seen(request.actor, draft_id)
    running.ask(request.actor, draft_id)
    return HttpResponseRedirect(f"{HOME}{draft_id}/proof/")


@require_http_methods(["GET", "POST"])
@needs(EDIT_RULES)
def add_scenario(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Put a scenario, pasted or from a file, beside the draft; a malformed one comes back with its error."""
    queries.seen(request.actor, draft_id)
    if request.method == "GET":
        return _again(request, f"{HOME}{draft_id}/proof/#own", "scenario")
    text = request.POST.get("scenario", "")
    try:
        if request.FILES.get("file"):
            text = uploaded(request.FILES.get("file"))
        made = running.add_scenario(request.actor, draft_id, text)
        messages.success(request, f"已加入场景: {made.title[:60]}")
    except BadInput as error:
        request.session["typed_again"] = {"detail": error.detail, "text": text[:60_000]}
    return HttpResponseRedirect(f"{HOME}{draft_id}/proof/#own")


def _again(request: StaffRequest, page: str, field: str) -> HttpResponse:
    """After a login in between: back to the form with what was typed into it."""
    if kept := (drafts.take(request) or {}).get(field):
        words = "登录已过期, 刚才没有办成; 您写的内容还在, 请再提交一次。"
        request.session["typed_again"] = {"detail": words, "text": kept[0]}
    return HttpResponseRedirect(page)


@sent(HOME)
@needs(EDIT_RULES)
def remove_scenario(request: StaffRequest, draft_id: int, scenario_id: int) -> HttpResponse:
    """Take a scenario away from the draft."""
    queries.seen(request.actor, draft_id)
    running.remove_scenario(request.actor, draft_id, scenario_id)
    messages.success(request, "场景已移除")
    return HttpResponseRedirect(f"{HOME}{draft_id}/proof/#own")


# -- submitting and approving -----------------------------------------------------------------------------------------


@require_safe
@needs(EDIT_RULES)
def decision(request: StaffRequest, draft_id: int) -> HttpResponse:
    """What must hold before publication, and the acts that are open to this person."""
    draft = queries.seen(request.actor, draft_id)
    kept = request.session.pop("typed_again", None) or {}
    return _decision(request, draft, kept.get("detail", ""), typed=kept.get("text", ""))


def _decision(
    request: StaffRequest, draft: Draft, trouble: str = "", status: int = 200, typed: str = ""
) -> HttpResponse:
    reading = texts.read(draft.name, draft.text, books.library())
    found = conditions.conditions(draft, reading, books.library(), queries.proof(draft))
    mine = actions.had_a_hand(draft, request.actor)
    context = {
        **frame(request, draft, "decision/"),
        "conditions": found,
        "ready": all(one.holds for one in found),
        "open": draft.status in (*EDITABLE, SUBMITTED),
        "may_submit": draft.status in EDITABLE and not queries.may_touch(request.actor, draft.name),
        "may_judge": draft.status == SUBMITTED and not queries.may_touch(request.actor, draft.name, APPROVE_RULES),
        "submitted": draft.status == SUBMITTED,
        "mine": mine,
        "trouble": trouble,
        "typed": (typed or request.POST.get("words", ""))[:2000],
        "key": drafts.new_key(request),
        "facts": _facts(draft),
        "published": draft.status == PUBLISHED,
    }
    return shell.page(request, "web/drafts/decision.html", context, status)


def _facts(draft: Draft) -> list[tuple[str, str]]:
    def at(moment: Any) -> str:
        return moments.absolute(int(moment.timestamp())) if moment else ""

    try:
        paper = books.newest(draft.name)
    except RulebookError:
        paper = None  # a broken file beside the draft is told on the shelf
    rows = [
        ("规则书", f"《{paper.document.title}》" if paper else f"新的一本, 代号 {draft.name}"),
        ("施行日期", draft.effective.isoformat() if draft.effective else "未写明"),
        ("起草", f"{draft.author} {at(draft.created_at)}"),
        ("提交", f"{draft.submitted_by} {at(draft.submitted_at)}" if draft.submitted_by else ""),
        ("提交说明", draft.note),
        ("决定", f"{draft.approver} {at(draft.decided_at)}" if draft.approver else ""),
        ("退回理由", draft.reason),
        ("全文指纹", draft.sha256[:16]),
    ]
    return [row for row in rows if row[1]]


@require_http_methods(["GET", "POST"])
@needs(EDIT_RULES)
def hand_in(request: StaffRequest, draft_id: int, deed: str) -> HttpResponse:
    """Submit, withdraw or discard a draft."""
    draft = queries.seen(request.actor, draft_id)
    if deed not in ("submit", "withdraw", "discard"):
        raise Http404
    if request.method == "GET":
        return _again(request, f"{HOME}{draft_id}/decision/", "words")
    try:
        if deed == "submit":
            sha, note = request.POST.get("sha256", ""), request.POST.get("words", "")
            actions.submit(request.actor, draft_id, sha256=sha, note=note)
            messages.success(request, "已提交, 等待另一位有批准权限的人批准")
        elif deed == "withdraw":
            actions.withdraw(request.actor, draft_id)
            messages.success(request, "已撤回, 可以继续修改")
        else:
            actions.discard(request.actor, draft_id)
            messages.success(request, "草稿已作废")
    except OrderError as error:
        return _decision(request, queries.draft(draft.pk), error.detail, error.status)
    return HttpResponseRedirect(f"{HOME}{draft_id}/decision/")


@require_http_methods(["GET", "POST"])
@needs(APPROVE_RULES)
def judge(request: StaffRequest, draft_id: int, deed: str) -> HttpResponse:
    """Approve, which publishes, or send back."""
    draft = queries.seen(request.actor, draft_id)
    if deed not in ("approve", "reject"):
        raise Http404
    if request.method == "GET":
        return _again(request, f"{HOME}{draft_id}/decision/", "words")
    try:
        if deed == "approve":
            published = actions.approve(request.actor, draft_id, sha256=request.POST.get("sha256", ""))
            messages.success(request, f"“{draft.title}”已发布, 版本 {published.version}; 各台席几秒内用上新的书架")
        else:
            actions.reject(request.actor, draft_id, reason=request.POST.get("words", ""))
            messages.success(request, "已退回起草人")
    except OrderError as error:
        return _decision(request, queries.draft(draft.pk), error.detail, error.status)
    return HttpResponseRedirect(f"{HOME}{draft_id}/decision/")


# -- record and files -------------------------------------------------------------------------------------------------


@require_safe
@needs(EDIT_RULES)
def history(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Every text the draft had; one of them against the one before it."""
    draft = queries.seen(request.actor, draft_id)
    asked = request.GET.get("n", "")
    shown = queries.revision(draft, int(asked)) if asked.isdecimal() and len(asked) < 9 else None
    lines: list[tuple[str, str]] = []
    if shown is not None and shown.number > 1:
        lines = difference.text(queries.revision(draft, shown.number - 1).text, shown.text)
    rows = [
        {"number": one.number, "name": one.name, "at": moments.absolute(int(one.at.timestamp()))}
        for one in queries.revisions(draft)
    ]
    context = {
        **frame(request, draft, "history/"),
        "rows": rows,
        "shown": shown,
        "lines": lines,
        "may_judge": holds(request.actor, APPROVE_RULES),
    }
    return shell.page(request, "web/drafts/history.html", context)


@require_safe
@needs(EDIT_RULES)
def file(request: StaffRequest, draft_id: int) -> HttpResponse:
    """The draft's text, or one it had, as a file to put under version control."""
    draft = queries.seen(request.actor, draft_id)
    asked = request.GET.get("n", "")
    text = queries.revision(draft, int(asked)).text if asked.isdecimal() and len(asked) < 9 else draft.text
    return _as_file(text, f"{draft.name}-{draft.effective or 'undated'}.yaml")


@require_safe
@needs(SIGNED_IN)
def source(request: StaffRequest, name: str, version: str) -> HttpResponse:
    """The text of a version that is installed or published, as a file. Law is public."""
    try:
        text = books.library().source(name, version.partition("+")[0])
    except RulebookError:
        return problems.show(request, 404, "没有这个版本", "没有找到这个版本的原文, 请从规则书页面进入。")
    return _as_file(text, f"{name}-{version.partition('+')[0]}.yaml")


def _as_file(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
