"""From merged leaves to a `Rulebook`: every section gets its shape, every gap a neutral default marked local."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from yixian.rulebook import model
from yixian.rulebook.model import Leaf, RowTable, Rulebook, Selector

Leaves = Mapping[str, Leaf[Any]]

_DEFAULTS: dict[str, Any] = {
    "counting.start": "moment",
    "counting.end": "midnight",
    "counting.hours": ((540, 720), (780, 1020)),
    "counting.last_day_off": "next_working_day",
    "return.requires": (),
    "return.approved": "keep_clock",
    "return.refused": model.Refused(),
    "return.not_for": (),
    "return.after_sign": "always",
    "extension.max_times": None,
    "extension.length": model.ExtensionLength("up_to_limit"),
    "extension.apply_by": None,
    "extension.approvers": ("hotline",),
    "extension.requires": (),
    "extension.not_for": (),
    "call_back.who": "none",
    "redo.asks": "requester",
    "redo.limit": "same",
    "appeal.clock": "appeal",
    "appeal.requires": (),
    "appeal.decide": "hotline",
    "appeal.upheld": "leaves_base",
    "screening.grounds": (),
    "interim_close.requires": (),
    "interim_close.not_for": (),
    "terminate.requires": (),
    "terminate.when": {},
    "document.effective": None,
    "document.expires": None,
    "document.expired": "stop",
}


def assemble(
    name: str,
    version: str,
    lineage: tuple[str, ...],
    jurisdiction: model.Jurisdiction,
    leaves: Leaves,
    stages: Mapping[str, model.Basis],
) -> Rulebook:
    """Build the rulebook of merged leaves; everything in it is immutable."""
    made = _Sections(leaves)
    return Rulebook(
        name=name,
        version=version,
        lineage=lineage,
        jurisdiction=jurisdiction,
        document=made.document(name),
        names=made.names(jurisdiction.name),
        categories=leaves.get("categories"),
        sources={source.name: source for source in made.rows("sources")},
        counting=model.Counting(
            made.some("counting.start"),
            made.some("counting.end"),
            made.some("counting.hours"),
            made.some("counting.last_day_off"),
        ),
        intake=made.intake(),
        clocks=made.clocks("clocks"),
        dispatch=model.DispatchRule(
            leaves.get("dispatch.multi_unit"),
            RowTable(made.rows("dispatch.levels")),
            leaves.get("dispatch.precedents"),
            leaves.get("dispatch.fallback"),
            leaves.get("dispatch.transports"),
        ),
        returns=made.section(model.ReturnRule, "return"),
        extension=made.extension(),
        emergency=made.rows("emergency"),
        confidential=model.ConfidentialRule(leaves.get("confidential.contact"), leaves.get("confidential.reply_to")),
        replies=made.rows("replies"),
        sign_off={
            path.partition(".")[2]: leaf
            for path, leaf in leaves.items()
            if path.startswith("sign_off.") and path != "sign_off.before"
        },
        sign_off_before=leaves.get("sign_off.before"),
        review=model.ReviewRule(
            leaves.get("review.checks"), leaves.get("review.result_notice"), leaves.get("review.inside")
        ),
        survey=made.survey(),
        call_back=made.section(model.CallBackRule, "call_back"),
        redo=made.section(model.RedoRule, "redo"),
        appeal=made.section(model.AppealRule, "appeal"),
        screening=made.section(model.ScreeningRule, "screening"),
        explanations=leaves.get("explanations"),
        interim_close=made.section(model.InterimCloseRule, "interim_close"),
        terminate=made.section(model.TerminateRule, "terminate"),
        stages=dict(stages),
        supervision=made.rows("supervision"),
        not_counted=made.rows("assessment.not_counted"),
        assessment={path.partition(".")[2]: leaf for path, leaf in leaves.items() if path.startswith("assessment.")},
        knowledge=made.registers("knowledge"),
        registers=made.registers("registers"),
        leaves=made.listed(),
    )


def _progress(every: Leaf[Any]) -> model.ClockRule:
    """The duty to report after an interim close (临时办结), where the book says how often but writes no clock."""
    starts: Leaf[tuple[str, ...]] = Leaf(("interim_closed",), local=True)
    stops: Leaf[tuple[str, ...]] = Leaf(("closed",), local=True)
    return model.ClockRule("progress", Leaf("unit", local=True), starts, stops, RowTable(()), repeat=every)


def _named(pattern: Leaf[str] | None, place: str) -> Leaf[str] | None:
    return pattern and dataclasses.replace(pattern, value=pattern.value.replace("{name}", place))


class _Sections:
    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves

    def some(self, path: str) -> Leaf[Any]:
        """The leaf, or the neutral default marked as the adopter's own."""
        found = self.leaves.get(path)
        return Leaf(_DEFAULTS[path], local=True) if found is None else found

    def rows(self, path: str) -> tuple[Any, ...]:
        found = self.leaves.get(path)
        return () if found is None else tuple(found.value)

    def has(self, section: str) -> bool:
        return any(path.startswith(section + ".") for path in self.leaves)

    def section(self, make: Any, section: str) -> Any:
        """A section whose fields are leaves by the same names; None where no leaf of it exists."""
        if not self.has(section):
            return None
        names = [one.name for one in dataclasses.fields(make)]
        return make(**{name: self._field(f"{section}.{name}") for name in names})

    def _field(self, path: str) -> Leaf[Any] | None:
        return self.some(path) if path in _DEFAULTS else self.leaves.get(path)

    def extension(self) -> model.ExtensionRule | None:
        made: model.ExtensionRule | None = self.section(model.ExtensionRule, "extension")
        further = self.leaves.get("extension.further")
        return made and dataclasses.replace(made, further=further.value if further else None)

    def document(self, name: str) -> model.Document:
        def value(key: str) -> Any:
            leaf = self.leaves.get(f"document.{key}")
            return leaf.value if leaf else None

        return model.Document(
            title=value("title") or name,
            number=value("number"),
            issued=value("issued"),
            effective=self.some("document.effective"),
            expires=self.some("document.expires"),
            expired=self.some("document.expired"),
            supersedes=value("supersedes"),
            yields_to=value("yields_to"),
            short=value("short"),
            numbering=value("numbering") or "articles",
            bases=self.rows("document.bases"),
            interpreter=self.leaves.get("document.interpreter"),
            yields=self.leaves.get("document.yields_to"),
        )

    def names(self, place: str) -> model.Names:
        """The hotline's names; a place without its own takes them from the pattern of the book above."""
        get = self.leaves.get
        below_full, below_short = get("names.below.full"), get("names.below.short")
        return model.Names(
            full=get("names.full") or _named(below_full, place),
            short=get("names.short") or _named(below_short, place),
            sub_centres=get("names.sub_centres"),
            below_full=below_full,
            below_short=below_short,
        )

    def intake(self) -> model.Intake:
        restrict, hand_over = self.leaves.get("intake.abuse.restrict"), self.leaves.get("intake.abuse.hand_over")
        abuse = None
        if restrict or hand_over:
            basis = tuple(
                dict.fromkeys((*(restrict.basis if restrict else ()), *(hand_over.basis if hand_over else ())))
            )
            what = restrict.value if restrict else {}
            abuse = model.AbuseRule(what.get("channel"), what.get("for"), hand_over.value if hand_over else (), basis)
        return model.Intake(
            requires=self.leaves.get("intake.requires"),
            refuse=self.rows("intake.refuse"),
            guide=self.rows("intake.guide"),
            direct_answer=self.leaves.get("intake.direct_answer"),
            duplicate=self.rows("intake.duplicate"),
            abuse=abuse,
            priority=self.leaves.get("intake.priority"),
            duties=self.leaves.get("intake.duties"),
            secret=self.leaves.get("intake.secret"),
            desks=self.leaves.get("intake.desks"),
        )

    def survey(self) -> model.SurveyRule | None:
        if not self.has("survey"):
            return None
        # Levels alone ask nobody; a book that times a survey without saying who is asked, asks everyone.
        times = self.has("clocks.survey") or "survey.silence" in self.leaves or "survey.channel" in self.leaves
        asked = self.leaves.get("survey.who") or Leaf((Selector(),) if times else (), local=True)
        get = self.leaves.get
        return model.SurveyRule(
            asked, get("survey.channel"), get("survey.levels"), get("survey.dissatisfied"), get("survey.silence")
        )

    def clocks(self, section: str) -> dict[str, model.ClockRule]:
        names: dict[str, None] = {}
        start = len(section) + 1
        for path in self.leaves:
            if path.startswith(section + "."):
                names[path[start:].rpartition(".")[0]] = None
        made = {name: self.clock(section, name) for name in names}
        every = self.leaves.get("interim_close.progress_every")
        if section == "clocks" and every is not None and "progress" not in made:
            made["progress"] = _progress(every)
        return made

    def clock(self, section: str, name: str) -> model.ClockRule:
        here = f"{section}.{name}."
        get = self.leaves.get
        none: Leaf[Any] = Leaf((), local=True)
        runs_if, survives, backward = get(here + "runs_if"), get(here + "survives"), get(here + "backward")
        return model.ClockRule(
            name=name.rpartition(".")[2],
            owner=get(here + "owner") or Leaf("unit", local=True),
            starts=get(here + "starts") or none,
            stops=get(here + "stops") or none,
            limits=RowTable(self.rows(here + "limits")),
            runs_if=runs_if.value if runs_if else None,
            survives=frozenset(survives.value) if survives else frozenset(),
            resets_on=get(here + "resets_on"),
            backward=bool(backward and backward.value),
            cards=self.rows(here + "cards"),
            on_late=get(here + "on_late"),
            repeat=get(here + "repeat"),
        )

    def registers(self, section: str) -> dict[str, model.RegisterRule]:
        return {clock.name: self._register(f"{section}.{name}.", clock) for name, clock in self.clocks(section).items()}

    def _register(self, here: str, clock: model.ClockRule) -> model.RegisterRule:
        get = self.leaves.get
        title, owes, fields = get(here + "title"), get(here + "owes"), get(here + "fields")
        cited = [leaf.basis for leaf in (owes, fields) if leaf] + [row.basis for row in clock.limits]
        grounds = self.rows(here + "grounds")
        return model.RegisterRule(
            name=clock.name,
            title=title.value if title else None,
            owes=owes or clock.owner,
            fields=fields,
            grounds=grounds,
            remind=self.rows(here + "remind"),
            clock=clock if len(clock.limits) else None,
            basis=tuple(dict.fromkeys(one for basis in cited or [row.basis for row in grounds] for one in basis)),
        )

    def listed(self) -> dict[str, Leaf[Any]]:
        """Every leaf by path, tables and lists of rows row by row: what `show` and the rule pages print."""
        made: dict[str, Leaf[Any]] = {}
        for path, leaf in self.leaves.items():
            rows = leaf.value
            if isinstance(rows, model.ExtensionLength) and rows.limits is not None:
                path, rows = path + ".limits", rows.limits.rows
            if isinstance(rows, tuple) and rows and hasattr(rows[0], "basis"):
                for index, row in enumerate(rows):
                    reading, local = getattr(row, "reading", None), getattr(row, "local", False)
                    made[f"{path}[{index}]"] = Leaf(row, row.basis, reading, local, leaf.book, leaf.waiver)
            else:
                made[path] = leaf
        for path, value in _DEFAULTS.items():
            if path.startswith("counting.") and path not in made:
                made[path] = Leaf(value, local=True)
        return made
