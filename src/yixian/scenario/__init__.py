"""The scenario room: executable clauses. YAML timelines run through the pure lifecycle; imports rulebook and lifecycle.

`source` reads a file, `runner` plays it, `compare` holds what happened against what was expected.
`clauses` is the table of every clause: what it asks, where it lives, which scenario or test shows it.
Read first: `read_scenarios`, `run`, `Outcome`.
"""

from __future__ import annotations

from yixian.scenario.compare import Difference
from yixian.scenario.runner import Outcome, run
from yixian.scenario.source import Scenario, ScenarioError, Step, read_scenarios

__all__ = ["Difference", "Outcome", "Scenario", "ScenarioError", "Step", "read_scenarios", "run"]
