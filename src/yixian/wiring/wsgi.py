"""The WSGI application that the web server loads: the API's own door, and Django's pages behind it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yixian.wiring.settings")
_pages = get_wsgi_application()

from yixian.api.door import Door  # noqa: E402  needs Django set up

application = Door(_pages)
