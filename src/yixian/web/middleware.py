"""Headers of every page: scripts, styles and pictures from here alone, no page kept in a shared cache.

Beside the pages' own origin a script may reach the stream of what appears by itself, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from yixian.web.live import connecting

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'{live}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def policy(request: HttpRequest) -> str:
    """The policy of a page that answers this request."""
    live = connecting.source(request)
    return POLICY.format(live=f" {live}" if live else "")


class PageHeaders:
    """Adds the content security policy to HTML answers and keeps pages with personal data out of caches."""

    def __init__(self, following: Callable[[HttpRequest], HttpResponse]) -> None:
        self.following = following

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers added; those that a view set itself are left alone."""
        answer = self.following(request)
        if answer.get("Content-Type", "").startswith("text/html"):
            answer.headers.setdefault("Content-Security-Policy", policy(request))
            answer.headers.setdefault("Cache-Control", "no-store")
            answer.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return answer
