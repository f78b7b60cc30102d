"""Drafts of rulebooks (规则修订): the list, beginning one, writing it with immediate checks and the language's help."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from yixian.orders import clock
from yixian.orders.errors import BadInput, OrderError
from yixian.parties.roles import EDIT_RULES
from yixian.rulebook import RulebookError, words_zh
from yixian.rulemaking import actions, conditions, language, numbers, queries, starting, texts
from yixian.rulemaking.errors import Overtaken
from yixian.rulemaking.models import DISCARDED, EDITABLE, PUBLISHED, REJECTED, STATUSES, SUBMITTED, Draft
from yixian.rulemaking.texts import KINDS, TONES, Reading
from yixian.web import books, drafts, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.present import moments

HOME = "/rulebooks/drafts/"
STATUS_TONES = {SUBMITTED: "blue", PUBLISHED: "green", REJECTED: "amber", DISCARDED: ""}
TABS = (
    ("", "全文"),
    ("values/", "数值"),
    ("changes/", "变动"),
    ("proof/", "试跑场景"),
    ("decision/", "提交与批准"),
    ("history/", "记录"),
)
MOST_FINDINGS = 200
FIRST_FIELDS = ("way", "from", "title", "effective", "name", "file_name", "extends", "place", "code", "level", "parent")
LEVELS = (("province", "省级"), ("city", "市级"), ("county", "县级"), ("station", "站点"))


@require_safe
@needs(EDIT_RULES)
def listed(request: StaffRequest) -> HttpResponse:
    """One page of drafts; `status` narrows it."""
    asked = {key: request.GET[key].strip()[:40] for key in ("status",) if request.GET.get(key, "").strip()}
    cursor, now, problem = request.GET.get("cursor") or None, clock.now(), ""
    try:
        found = queries.page(request.actor, status=asked.get("status", ""), cursor=cursor)
    except BadInput as error:
        found, problem = queries.Page((), None), error.detail
    chips = [{"title": "全部", "url": HOME, "on": not asked}]
    chips += [{"title": t, "url": _url({"status": c}), "on": asked.get("status") == c} for c, t in STATUSES.items()]
    context = {
        "chips": chips,
        "problem": problem,
        "rows": [_row(draft, now) for draft in found.drafts],
        "filtered": bool(asked),
        "first_page": _url(asked) if cursor else "",
        "next_page": _url({**asked, "cursor": found.next_cursor}) if found.next_cursor else "",
    }
    return shell.page(request, "web/drafts/list.html", context, 422 if problem else 200)


def _url(asked: dict[str, Any]) -> str:
    return HOME + ("?" + urlencode(asked) if asked else "")


def _row(draft: Draft, now: int) -> dict[str, Any]:
    changed = int(draft.changed_at.timestamp())
    return {
        "url": f"{HOME}{draft.pk}/",
        "title": draft.title,
        "book": draft.name,
        "place": _place(draft.name),
        "effective": draft.effective.isoformat() if draft.effective else "未写明",
        "status": STATUSES[draft.status],
        "tone": STATUS_TONES.get(draft.status, ""),
        "author": draft.author,
        "changed": moments.short(changed, now),
        "changed_title": moments.absolute(changed),
    }


def _place(name: str) -> str:
    try:
        found = books.newest(name)
    except RulebookError:
        return name
    return found.jurisdiction.name if found else name


@require_http_methods(["GET", "POST"])
@needs(EDIT_RULES)
def begin(request: StaffRequest) -> HttpResponse:
    """Begin a draft: from a version of a book, for a new place, or from a file."""
    given = {key: request.POST.get(key, "").strip()[:400] for key in FIRST_FIELDS}
    problem = None
    if request.method == "POST":
        try:
            draft = _begun(request, given)
            return HttpResponseRedirect(f"{HOME}{draft.pk}/")
        except BadInput as error:
            problem = error
    else:
        source = request.GET.get("from", "").partition("+")[0][:200]
        given |= {"way": "version", "from": source, "level": "city", "extends": "national"}
        given["effective"] = conditions.earliest(clock.now()).isoformat()
        for name, values in (drafts.take(request) or {}).items():
            given |= {name: values[0]} if name in given and values else {}
    context = {
        "given": given,
        "sources": _sources(request),
        "names": books.library().names(),
        "levels": LEVELS,
        "problem": problem,
        "key": drafts.new_key(request),
        "earliest": conditions.earliest(clock.now()).isoformat(),
    }
    return shell.page(request, "web/drafts/new.html", context, 422 if problem else 200)


def _begun(request: StaffRequest, given: dict[str, str]) -> Draft:
    """The draft that the form asks for. Raises BadInput."""
    day, title = _day(given["effective"]), given["title"]
    if given["way"] == "new":
        name = starting.new_name(given["name"])
        told = {key: given[key] for key in ("place", "code", "level", "parent", "extends")}
        text = starting.skeleton(title=title or given["place"], effective=day, **told)
        return actions.start(request.actor, name=name, title=title, text=text)
    name, _, version = given["from"].partition("/")
    if given["way"] == "file":
        text, name = uploaded(request.FILES.get("file")), given["file_name"]
        known = name in books.library().names()
        return actions.start(request.actor, name=name if known else starting.new_name(name), title=title, text=text)
    return actions.start(
        request.actor, name=name, title=title, text=starting.copied(name, version, day), based_on=version
    )


def uploaded(file: UploadedFile | None, field: str = "file") -> str:
    """The text of a file that was sent. Raises BadInput for none, one that is too large, or not UTF-8."""
    if file is None:
        raise BadInput("请选择要上传的 YAML 文件。", field)
    if file.size is None or file.size > 4 * texts.LONGEST:
        raise BadInput(f"文件过大, 最多约 {texts.LONGEST} 字。", field)
    try:
        return bytes(file.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("文件不是 UTF-8 编码, 请另存为 UTF-8 后再上传。", field) from None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("施行日期应写作 2027-01-01, 且为实有的日期。", "effective") from None


def _sources(request: StaffRequest) -> list[dict[str, str]]:
    """Every version that a draft may begin from, one's own book first, newest first."""
    own, found = request.user.platform.book, []
    for name in sorted(books.library().names(), key=lambda name: (name != own, name)):
        try:
            versions = books.library().flat(name)
        except RulebookError:
            continue
        found += [
            {
                "value": f"{name}/{flat.version}",
                "title": f"{flat.value('document.title') or name} ({_version_words(flat.version)})",
            }
            for flat in reversed(versions)
        ]
    return found


def _version_words(version: str) -> str:
    return "施行日期未载明" if version == "undated" else f"{version} 起施行"


@require_http_methods(["GET", "POST"])
@needs(EDIT_RULES)
def write(request: StaffRequest, draft_id: int) -> HttpResponse:
    """The text of a draft with its findings; sending it saves it. What was typed survives whatever goes wrong."""
    draft = queries.seen(request.actor, draft_id)
    if request.method == "POST":
        typed = request.POST.get("text", "")
        revision = request.POST.get("revision", "")
        try:
            saved = actions.save(
                request.actor, draft_id, text=typed, title=request.POST.get("title"),
                revision=int(revision) if revision.isdecimal() and len(revision) < 9 else -1,
            )  # fmt: skip
        except Overtaken as error:
            return _editor(request, draft, typed, trouble=error.detail, overtaken=True, status=409)
        except BadInput as error:
            return _editor(request, draft, typed, trouble=error.detail, status=422)
        errors = len(_read(saved.name, saved.text).errors)
        words = f"已保存第 {saved.revision} 稿" + (f", 还有 {errors} 处错误待改正" if errors else ", 没有错误")
        messages.success(request, words)
        return HttpResponseRedirect(f"{HOME}{draft_id}/" + ("proof/" if request.POST.get("then") == "proof" else ""))
    kept = drafts.take(request)
    text = kept["text"][0] if kept and kept.get("text") else draft.text
    return _editor(request, draft, text, restored=text != draft.text)


def _editor(
    request: StaffRequest,
    draft: Draft,
    text: str,
    *,
    trouble: str = "",
    overtaken: bool = False,
    restored: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        **frame(request, draft, ""),
        "text": text,
        "title": request.POST.get("title", draft.title)[:400],
        "editable": draft.status in EDITABLE,
        "trouble": trouble,
        "overtaken": overtaken,
        "restored": restored,
        "key": drafts.new_key(request),
        **findings(_read(draft.name, text[: texts.LONGEST])),
    }
    return shell.page(request, "web/drafts/write.html", context, status)


@require_http_methods(["GET", "POST"])
@needs(EDIT_RULES)
def values(request: StaffRequest, draft_id: int) -> HttpResponse:
    """The draft's limits, counts and choices as a form that changes them where they stand in the text."""
    draft = queries.seen(request.actor, draft_id)
    given = request.POST.lists() if request.method == "POST" else (drafts.take(request) or {}).items()
    typed = {name: str(found[-1])[:200] for name, found in given if found}
    problem, status = None, 200
    if request.method == "POST":
        revision = typed.get("revision", "")
        try:
            if revision != str(draft.revision):
                raise Overtaken("您打开之后草稿又有改动, 没有保存; 下面的数值里您改过的还在, 请核对后再保存。")
            actions.save(request.actor, draft_id, text=numbers.written(draft.text, typed), revision=draft.revision)
            messages.success(request, "数值已保存, 写回了全文原来的位置")
            return HttpResponseRedirect(f"{HOME}{draft_id}/values/")
        except OrderError as error:
            problem, status = error, error.status
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in numbers.numbers(draft.text):
        wrong = getattr(problem, "path", None) == one.name
        row = {"of": one, "value": typed.get(one.name, one.value), "wrong": wrong}
        groups.setdefault(one.section, []).append(row)
    context = {
        **frame(request, draft, "values/"),
        "groups": list(groups.items()),
        "editable": draft.status in EDITABLE,
        "problem": problem,
        "key": drafts.new_key(request),
    }
    return shell.page(request, "web/drafts/values.html", context, status)


@require_http_methods(["GET", "POST"])
@needs(EDIT_RULES)
def check(request: StaffRequest, draft_id: int) -> HttpResponse:
    """What is found in the text being typed; nothing is kept. After a login in between, the editor with that text."""
    draft = queries.seen(request.actor, draft_id)
    if request.method == "GET":
        kept = (drafts.take(request) or {}).get("text")
        return _editor(request, draft, kept[0] if kept else draft.text, restored=bool(kept))
    text = texts.clean(request.POST.get("text", ""))
    return shell.fragment(request, "web/drafts/findings.html", findings(_read(draft.name, text)))


@require_safe
@needs(EDIT_RULES)
def help_with(request: StaffRequest) -> HttpResponse:
    """The rulebook language as the editor's help."""
    answer = JsonResponse({"keys": language.guide(), "sections": words_zh.SECTIONS})
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def _read(name: str, text: str) -> Reading:
    return texts.read(name, text, books.library())


def findings(reading: Reading) -> dict[str, Any]:
    """Findings as the page lists them, errors first."""
    rows = [
        {
            "kind": KINDS.get(one.kind, one.kind),
            "tone": TONES.get(one.kind, ""),
            "line": one.line,
            "path": one.path,
            "message": one.message,
            "remedy": one.remedy,
        }
        for one in reading.findings[:MOST_FINDINGS]
    ]
    errors = len(reading.errors)
    return {
        "findings": rows,
        "more": max(0, len(reading.findings) - MOST_FINDINGS),
        "errors": errors,
        "notes": len(reading.findings) - errors,
        "effective": reading.effective,
    }


def frame(request: StaffRequest, draft: Draft, tab: str) -> dict[str, Any]:
    """What every page of a draft shows above its own part."""
    base = f"{HOME}{draft.pk}/"
    return {
        "draft": draft,
        "base": base,
        "status": STATUSES[draft.status],
        "tone": STATUS_TONES.get(draft.status, ""),
        "place": _place(draft.name),
        "tabs": [{"url": base + path, "title": title, "on": path == tab} for path, title in TABS],
    }
