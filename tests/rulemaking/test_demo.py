"""The demo's drafts: one in work, one that waits for approval; made quickly, and only once."""

from __future__ import annotations

import time

from tests.rulemaking.office import Office
from yixian.ops import demo_rulemaking
from yixian.orders import clock
from yixian.rulemaking import queries
from yixian.rulemaking.models import Draft


def test_the_demo_has_drafts_to_look_at(office: Office) -> None:
    began = time.perf_counter()
    demo_rulemaking.seed(clock.now())
    demo_rulemaking.seed(clock.now())
    assert time.perf_counter() - began < 20  # a shared machine; alone it takes about a second
    found = {draft.title: draft for draft in Draft.objects.all()}
    assert set(found) == {demo_rulemaking.IN_WORK, demo_rulemaking.WAITING}
    assert found[demo_rulemaking.WAITING].status == "submitted"
    assert queries.proof(found[demo_rulemaking.WAITING]) is not None
