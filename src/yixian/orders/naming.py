"""What hotlines are called (热线名称) by the rules they run under: their own name, their sub-centres', those below."""

from __future__ import annotations

from yixian.orders.books import library, local_day
from yixian.orders.clock import now

_NUMBER = "12345"


def official(book: str, name: str, level: str) -> tuple[str, str]:
    """Full and short name that a book gives a platform; "" for what it does not give.

    Args: the book it runs under; what the platform is called so far, from which a place below takes its place name
    (某市12345热线 is 某市's); its level. A sub-centre (分中心) or a station (工作站) is known by the end of its name.
    """
    if book not in library().names():
        return "", ""
    rules = library().version(book, local_day(now())).book
    if rules is None:
        return "", ""
    named = rules.names
    if level == "sub_centre":
        return next(
            (full for full in (named.sub_centres.value if named.sub_centres else ()) if full.endswith(name)), ""
        ), ""
    place = rules.jurisdiction.name if level == rules.jurisdiction.level else name.partition(_NUMBER)[0]
    if level == "station" or place == name:
        return "", ""
    full, short = named.of(place, rules.jurisdiction.name)
    return full or "", short or ""
