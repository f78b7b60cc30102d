"""The ASGI application of the live process (`yixian live`): server-sent events, no pages."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yixian.wiring.settings")
django.setup()

from yixian.web.live.app import Live  # noqa: E402  needs Django set up

application = Live()
