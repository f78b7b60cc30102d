"""Running a draft's scenarios in the background: asked for by people, played by a worker, its progress told.

A run speaks of exactly one text together with the draft's own scenarios and the version it is compared with.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from yixian.orders import books
from yixian.orders.errors import BadInput
from yixian.parties.journal import audit
from yixian.parties.permission import Actor
from yixian.parties.roles import EDIT_RULES
from yixian.rulemaking import proof, queries, texts
from yixian.rulemaking.errors import NotAllowed, NotReady
from yixian.rulemaking.models import DONE, EDITABLE, FAILED, QUEUED, RUNNING, Draft, DraftRun, DraftScenario
from yixian.scenario import ScenarioError

TASK = "prove_draft"
STUCK = timedelta(minutes=3)
LOST = timedelta(minutes=15)
MOST_SCENARIOS = 50
LONGEST_SCENARIO = 60_000


def ask(actor: Actor, draft_id: int) -> DraftRun:
    """Queue a run over the draft as it is; a run over the same that waits or goes on already is that run.

    Raises NotAllowed, NotReady, NoDraft.
    """
    draft = queries.draft(draft_id)
    _allowed(actor, draft)
    reading = texts.read(draft.name, draft.text, books.library())
    if reading.errors:
        raise NotReady(f"全文还有 {len(reading.errors)} 处错误, 改好并保存后再试跑。")
    _give_up_stuck(draft)
    key, now = queries.proof_key(draft), _now()
    try:
        with transaction.atomic():
            run = DraftRun.objects.create(
                draft=draft, sha256=key, text=draft.text, asked_by=(actor.name or actor.username)[:60], asked_at=now
            )
            _defer(run.pk)
    except IntegrityError:
        return DraftRun.objects.filter(draft=draft, sha256=key, status__in=(QUEUED, RUNNING)).latest("pk")
    return run


def _defer(run_id: int) -> None:
    """Hand the run to the workers, in the caller's transaction."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    app.with_connector(DjangoConnector(alias="default")).configure_task(TASK).defer(run_id=run_id)


def _give_up_stuck(draft: Draft) -> None:
    """A run whose worker died, or that no worker took, must not stand in the way of the next."""
    died = Q(status=RUNNING, beat_at__lt=_now() - STUCK) | Q(status=QUEUED, asked_at__lt=_now() - LOST)
    waiting = DraftRun.objects.filter(died, draft=draft)
    waiting.update(status=FAILED, problem="后台任务中断, 没有跑完; 请重新试跑。", finished_at=_now())


def play(run_id: int) -> None:
    """The worker's part: play one queued run to its end. Another worker's run is left alone."""
    now = _now()
    if not DraftRun.objects.filter(pk=run_id, status=QUEUED).update(status=RUNNING, started_at=now, beat_at=now):
        return
    run = DraftRun.objects.select_related("draft").get(pk=run_id)
    try:
        found = _played(run)
    except ScenarioError as error:
        _end(run, FAILED, problem=str(error))
    except proof.TooLong:
        _end(run, FAILED, problem=f"超过 {proof.MOST_SECONDS:.0f} 秒没有跑完; 请检查正则表达式和场景的数量。")
    except Exception:
        _end(run, FAILED, problem="试跑中断, 已记入日志; 请重新试跑, 仍不成功请联系维护人员。")
        raise
    else:
        columns = ("passed", "failed", "worse", "better", "own_failed", "total")
        _end(run, DONE, done=found["total"], results=found, **{name: found[name] for name in columns})


def _played(run: DraftRun) -> dict[str, object]:
    library = books.look_again()
    reading = texts.read(run.draft.name, run.text, library)
    mine = proof.own(run.draft.name, run.draft.scenarios.order_by("id").values_list("title", "text"))

    def tell(done: int, total: int) -> None:
        DraftRun.objects.filter(pk=run.pk).update(done=done, total=total, beat_at=_now())

    return proof.prove(reading, library, mine, tell)


def _end(run: DraftRun, status: str, **columns: object) -> None:
    DraftRun.objects.filter(pk=run.pk).update(status=status, finished_at=_now(), beat_at=_now(), **columns)


# -- a draft's own scenarios ---------------------------------------------------------------------------------------


@transaction.atomic
def add_scenario(actor: Actor, draft_id: int, text: str) -> DraftScenario:
    """Put a scenario beside a draft. Raises BadInput naming line and remedy, NotAllowed, NotReady, NoDraft."""
    draft = _editable(actor, draft_id)
    plain = texts.clean(text)
    if not plain.strip():
        raise BadInput("请粘贴或上传一个场景。", "scenario")
    if len(plain) > LONGEST_SCENARIO:
        raise BadInput(f"场景过长, 最多 {LONGEST_SCENARIO} 字。", "scenario")
    if draft.scenarios.count() >= MOST_SCENARIOS:
        raise BadInput(f"一份草稿最多附 {MOST_SCENARIOS} 个场景。", "scenario")
    try:
        made = proof.written(draft.name, "场景", plain)
    except ScenarioError as error:
        place = f"第 {error.line} 行: " if error.line else ""
        raise BadInput(place + error.message, "scenario") from None
    by = (actor.name or actor.username)[:60]
    added = DraftScenario.objects.create(
        draft=draft, title=made.title[:200], text=plain, user_id=actor.user_id, name=by, at=_now()
    )
    _told(actor, "add_draft_scenario", added)
    return added


@transaction.atomic
def remove_scenario(actor: Actor, draft_id: int, scenario_id: int) -> None:
    """Take a scenario away from a draft. Raises NotAllowed, NotReady, NoDraft."""
    gone = _editable(actor, draft_id).scenarios.filter(pk=scenario_id).first()
    if gone is not None:
        _told(actor, "remove_draft_scenario", gone)
        gone.delete()


def _told(actor: Actor, verb: str, scenario: DraftScenario) -> None:
    """Scenarios decide whether a draft may be published: who adds or removes one is journaled with its text's hash."""
    draft = scenario.draft
    told = {"title": scenario.title, "sha256": texts.digest(scenario.text), "by": scenario.name}
    audit(actor, verb, f"rulebook:{draft.name} draft:{draft.pk}", after=told)


def _editable(actor: Actor, draft_id: int) -> Draft:
    draft = queries.draft(draft_id)
    draft = Draft.objects.select_for_update().get(pk=draft.pk)
    _allowed(actor, draft)
    if draft.status not in EDITABLE:
        raise NotReady("草稿已提交或已了结, 不能再改它的场景; 待批准的可以先撤回。")
    return draft


def _allowed(actor: Actor, draft: Draft) -> None:
    why_not = queries.may_touch(actor, draft.name, EDIT_RULES)
    if why_not:
        raise NotAllowed(why_not)


def _now() -> datetime:
    return datetime.now(UTC)
