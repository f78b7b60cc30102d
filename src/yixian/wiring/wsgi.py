"""The WSGI application that the web server loads: the API's own door, static files, and Django's pages behind them."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yixian.wiring.settings")
_pages = get_wsgi_application()

from django.conf import settings  # noqa: E402  needs Django set up
from whitenoise import WhiteNoise  # noqa: E402

from yixian.api.door import Door  # noqa: E402

STATIC_SECONDS = 600  # names carry no hash: a browser asks again after ten minutes, and hears 304
_files = WhiteNoise(
    _pages, root=settings.STATIC_ROOT, prefix=settings.STATIC_URL, max_age=STATIC_SECONDS, allow_all_origins=False
)

application = Door(_files)
