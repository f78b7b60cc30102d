"""A message that stands for some seconds at the page's corner, said by an answer that swaps only a part of the page.

`static/web/app.js` hears the event; a message survives the swap of the whole page that HX-Location makes.
"""

from __future__ import annotations

import json

from django.http import HttpResponse


def say(answer: HttpResponse, message: str, *, error: bool = False) -> HttpResponse:
    """Let the answer show `message`; an `error` stands longer, in red. Returns the same answer.

    What the header HX-Trigger already asks for is kept.
    """
    asked = answer.headers.get("HX-Trigger", "")
    try:
        events = json.loads(asked) if asked.startswith("{") else dict.fromkeys(asked.replace(" ", "").split(","))
    except ValueError:
        events = {}
    events.pop("", None)
    events["toast"] = {"message": message, "error": error}
    answer.headers["HX-Trigger"] = json.dumps(events)  # ASCII: a header carries nothing else
    return answer
