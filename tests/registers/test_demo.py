"""The demo's entries: on every hotline those that its rules ask for, once."""

from __future__ import annotations

from tests.registers.conftest import at
from yixian.ops import demo_people, demo_registers
from yixian.registers.models import Entry


def test_each_demo_hotline_has_the_registers_that_its_rules_ask_for(db: None) -> None:
    hotlines = demo_people.settle()
    now = at("2026-11-20T10:00")
    demo_registers.seed(now)
    filed = Entry.objects.count()
    kinds = {
        hotline.platform.book: set(Entry.objects.filter(platform=hotline.platform).values_list("kind", flat=True))
        for hotline in hotlines
    }
    assert {"works", "roster", "staff_change", "call_sample", "contact"} <= kinds["zhuhai"]
    assert {"line", "exchange_log"} <= kinds["changzhi"]
    assert {"partner", "expert", "oversight"} <= kinds["anhui"]
    assert {"study", "accountability", "partner"} <= kinds["lezhi"]
    assert {"tolerance", "liaison"} <= kinds["neimenggu"]
    demo_registers.seed(now)
    assert Entry.objects.count() == filed
