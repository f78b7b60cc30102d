"""The periodic work of the job queue, each job one call into the room that knows how.

Timers of orders are not here: the sweep looks at them every few seconds (`yixian sweep`).
"""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.periodic(cron="3 * * * *")
@app.task(name="anchor_events", queueing_lock="anchor_events")
def anchor_events(timestamp: int) -> None:
    """Every hour: seal all events so far under one hash, which `yixian audit verify` checks."""
    from yixian.orders import audit

    audit.anchor()


@app.periodic(cron="17 4 * * *")
@app.task(name="clear_sessions", queueing_lock="clear_sessions")
def clear_sessions(timestamp: int) -> None:
    """Every night: delete sessions that have run out."""
    from django.core.management import call_command

    call_command("clearsessions")


@app.periodic(cron="*/10 * * * *")
@app.task(name="clear_waiting_files", queueing_lock="clear_waiting_files")
def clear_waiting_files(timestamp: int) -> None:
    """Every ten minutes: delete files that visitors chose and never sent."""
    from yixian.intake import staging

    staging.clear()


@app.periodic(cron="41 * * * *")
@app.task(name="destroy_call_drafts", queueing_lock="destroy_call_drafts")
def destroy_call_drafts(timestamp: int) -> None:
    """Every hour: destroy what agents typed and left for a day."""
    from yixian.intake import calls

    calls.purge()


@app.periodic(cron="* * * * *")
@app.task(name="ring_alarms", queueing_lock="ring_alarms")
def ring_alarms(timestamp: int) -> None:
    """Every minute: repeat the alarms of emergencies that nobody has confirmed yet, each when its moment has come."""
    from yixian.supervision import alarms

    alarms.ring()


@app.task(name="recalculate_clocks")
def recalculate_clocks() -> None:
    """Recompute open deadlines after a year's holidays were put in, where they are too many for a page."""
    from yixian.orders import calendar

    calendar.recalculate()


@app.task(name="prove_draft")
def prove_draft(run_id: int) -> None:
    """Play all scenarios under a draft of a rulebook, when people ask for it."""
    from yixian.rulemaking import running

    running.play(run_id)


@app.task(name="try_rules")
def try_rules(run_id: int) -> None:
    """Work off one what-if run that people asked for."""
    from yixian.rulemaking import whatif_runs

    whatif_runs.work(run_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="remind_registers", queueing_lock="remind_registers")
def remind_registers(timestamp: int) -> None:
    """Every ten minutes: tell those who owe an entry of a register, and those whose entry is to be looked at again."""
    from yixian.orders import clock
    from yixian.registers import reminding

    reminding.run(clock.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="count_figures", queueing_lock="count_figures")
def count_figures(timestamp: int) -> None:
    """Every five minutes: bring up to date what figures are added up from."""
    from yixian.supervision import counting

    counting.refresh()


@app.task(name="export_list")
def export_list(run_id: int) -> None:
    """Write one list that a person exports, then tell them."""
    from yixian.exchange import telling_exports
    from yixian.orders import export_runs

    run = export_runs.work(run_id)
    if run is not None:
        telling_exports.tell(run)


@app.periodic(cron="* * * * *")
@app.task(name="tend_exports", queueing_lock="tend_exports")
def tend_exports(timestamp: int) -> None:
    """Every minute: begin anew exports whose worker died, remove files that are seven days old."""
    from yixian.exchange import telling_exports
    from yixian.orders import export_runs

    for run in export_runs.tend():
        telling_exports.tell(run)
