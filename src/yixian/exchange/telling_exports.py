"""Telling a person that their export (导出) is ready, or why it is not."""

from __future__ import annotations

from yixian.exchange import actions
from yixian.orders import clock
from yixian.orders.models import ExportRun
from yixian.orders.models_lists import DONE


def tell(run: ExportRun) -> None:
    """One notice to the person who asked, once for each export and outcome."""
    ready = run.status == DONE
    title = f"导出完成: {run.title}, 共 {run.done} 件" if ready else f"导出没有完成: {run.title}"
    actions.tell(
        kind="other", title=title, text="文件保留 7 天。" if ready else run.problem, users=[run.user_id],
        url="/lists/exports/", key=f"export:{run.pk}:{'done' if ready else 'failed'}", at=clock.now(),
    )  # fmt: skip
