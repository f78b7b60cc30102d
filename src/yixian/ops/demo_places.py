"""The demo's administrative divisions: real names down to the street, down to the community for a city and a county.

Names and codes are facts of the national statistics' list of divisions (统计用区划代码).
"""

from __future__ import annotations

from pathlib import Path

from yixian.parties import divisions
from yixian.parties.models_places import Division

FILE = Path(__file__).parent / "demo_data" / "divisions.csv"


def seed() -> None:
    """Load the divisions of the five places, unless there are some already."""
    if not Division.objects.exists():
        divisions.load(FILE.read_text(encoding="utf-8"))
