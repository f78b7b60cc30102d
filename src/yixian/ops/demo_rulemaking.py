"""The demo's rule revision: one hotline has a draft in work and one that waits for a second person's approval."""

from __future__ import annotations

import datetime as dt

from yixian.orders import books, clock
from yixian.orders.books import local_day
from yixian.parties import access
from yixian.parties.models import User
from yixian.parties.permission import Actor
from yixian.rulemaking import actions, queries, running, texts
from yixian.rulemaking.models import Draft

IN_WORK = "答复审核之后的结果告知: 核对条文后再定"
WAITING = "工作时段: 下午由 13:00 开始改为 13:30 开始"
NOTE = "办公时间有调整, 按工作小时计算的时限随之改变; 请对照变动和试跑结果。"


def seed(now: int) -> None:
    """Two drafts at the first hotline with an administrator who may revise its rules; said again it adds nothing."""
    found = _author()
    if found is None or Draft.objects.filter(title__in=(IN_WORK, WAITING)).exists():
        return
    actor, name = found
    library = books.library()
    version = library.flat(name)[-1].version
    text = library.source(name, version)
    day = local_day(now)
    with clock.use(now):
        actions.start(actor, name=name, title=IN_WORK, text=_dated(text, day, 60), based_on=version)
        waiting = _dated(text, day, 45)
        if "\ncounting:\n" in waiting:
            waiting = waiting.replace("\ncounting:\n", f"\ncounting:\n  hours: {_HOURS}\n", 1)
        draft = actions.start(actor, name=name, title=WAITING, text=waiting, based_on=version)
        if texts.read(name, waiting, library).errors:
            return
        running.play(running.ask(actor, draft.pk).pk)
        if queries.proof(draft) is not None:
            actions.submit(actor, draft.pk, sha256=draft.sha256, note=NOTE)


_HOURS = '{value: ["09:00-12:00", "13:30-17:30"], local: true}'


def _dated(text: str, day: dt.date, days: int) -> str:
    later = (day + dt.timedelta(days=days)).isoformat()
    return texts.replaced(text, {("document", "effective"): later})


def _author() -> tuple[Actor, str] | None:
    """An administrator who may revise their platform's book, and that book."""
    rows = User.objects.filter(grants__role="administrator", is_active=True).order_by("pk").distinct()[:50]
    for user in rows.select_related("platform"):
        actor = access.actor_of(user)
        name = user.platform.book
        if name in books.library().names() and not queries.may_touch(actor, name):
            return actor, name
    return None
