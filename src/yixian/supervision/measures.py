"""What is counted (统计项): a title, and which rows a count counts. Pure data, shared by months and figures."""

from __future__ import annotations

_BASE = "f.level <> '' and not f.screened and not f.appealed"
MEASURES: dict[str, tuple[str, str]] = {
    "received": ("工单", "true"),
    "on_time": ("按期答复", "f.standing = 'on_time'"),
    "late": ("逾期答复", "f.standing = 'late'"),
    "running": ("在办未到期", "f.standing = 'running'"),
    "running_late": ("在办已逾期", "f.standing = 'running_late'"),
    "interim": ("临时办结", "f.standing = 'interim'"),
    "unlimited": ("不计时限", "f.standing = 'none'"),
    "extended": ("延期", "f.extensions > 0"),
    "redone": ("重办", "f.redos > 0"),
    "sent_back": ("审核退回", "f.send_backs > 0"),
    "urged": ("被催办", "f.urges > 0"),
    "supervised": ("列入督办", "f.supervised"),
    "rated": ("有评价", "f.level <> ''"),
    "deemed": ("未评价视为", "f.deemed"),
    "base": ("计入满意率", f"{_BASE} and not f.uncounted"),
    "satisfied": ("满意", f"{_BASE} and not f.uncounted and f.satisfied"),
    "base_all": ("评价数 (含按规定不计入的)", _BASE),
    "satisfied_all": ("满意 (含按规定不计入的)", f"{_BASE} and f.satisfied"),
    "uncounted": ("按规定不计入", "f.uncounted and f.level <> ''"),
    "screened": ("甄别剔除", "f.screened"),
    "appealed": ("申诉成立剔除", "f.appealed"),
    "asked": ("回答是否解决", "f.resolved is not null"),
    "resolved": ("已解决", "f.resolved"),
    "explained": ("写明事由", "f.explanation <> ''"),
}
"""What is counted: its title, and which rows it counts (of `supervision_orderfigure f`)."""

RETURNS: dict[str, tuple[str, str]] = {
    "return_asked": ("申请退单", "true"),
    "return_approved": ("退单同意", "f.approved"),
    "return_refused": ("退单不同意", "not f.approved"),
    "return_counted": ("计入退单次数", "f.counted"),
}
"""What is counted of applications to return orders (of `supervision_returnfigure f`)."""
