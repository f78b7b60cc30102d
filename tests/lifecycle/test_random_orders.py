"""Invariants under random command sequences: one state at a time, no clock before its start, replay gives the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lifecycle.random_orders import play_many


def test_a_sample_of_random_sequences_breaks_no_invariant() -> None:
    assert play_many(1500, seed=1) > 10_000


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=2**31))
def test_any_seed_breaks_no_invariant(seed: int) -> None:
    assert play_many(5, seed=seed, length=40) > 0
