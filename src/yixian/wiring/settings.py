"""Django's settings. What differs between installations comes from the environment; docs/architecture.md lists it.

Times are stored in UTC and shown in Asia/Shanghai. One PostgreSQL, no other service.
"""

from __future__ import annotations

import os
from pathlib import Path

from yixian.wiring import secret_store
from yixian.wiring.database import from_environment

_secrets = secret_store.load()


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


DEBUG = os.environ.get("YIXIAN_DEBUG", "") == "1"
SECRET_KEY = _secrets["secret_key"]
# The vault of personal data: the master key that wraps each person's own key, and the key of the search hashes.
VAULT_KEY = secret_store.decode("vault_key", _secrets["vault_key"])
VAULT_OLD_KEYS = [secret_store.decode("vault_key", value) for value in _list("YIXIAN_VAULT_OLD_KEYS")]
VAULT_HASH_KEY = secret_store.decode("vault_hash_key", _secrets["vault_hash_key"])

ALLOWED_HOSTS = _list("YIXIAN_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = _list("YIXIAN_ORIGINS")
# Addresses of proxies whose X-Forwarded-For is believed.
TRUSTED_PROXIES = _list("YIXIAN_PROXIES")
HTTPS = os.environ.get("YIXIAN_HTTPS", "") == "1"

# The stream of what appears by itself: its address (behind a proxy) or port, and the port of the pages that may ask.
LIVE_URL = os.environ.get("YIXIAN_LIVE_URL", "")
LIVE_PORT = os.environ.get("YIXIAN_LIVE_PORT", "")
LIVE_FOR_PORT = os.environ.get("YIXIAN_LIVE_FOR_PORT", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "yixian.parties",
    "yixian.orders",
    "yixian.registers",
    "yixian.exchange",
    "yixian.intake",
    "yixian.supervision",
    "yixian.rulemaking",
    "yixian.api",
    "yixian.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "yixian.web.middleware.PageHeaders",
]
ROOT_URLCONF = "yixian.wiring.urls"
WSGI_APPLICATION = "yixian.wiring.wsgi.application"
ASGI_APPLICATION = "yixian.wiring.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": from_environment()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "parties.User"
PASSWORD_HASHERS = ["yixian.parties.passwords.Argon2"]
AUTHENTICATION_BACKENDS = ["yixian.parties.sessions.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600  # one shift of a seat
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_FAILURE_VIEW = "yixian.web.refusals.csrf_failed"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
# Attachments lie outside the database; `web.uploads.Bounded` stops a file that is too large while it comes in.
FILES_ROOT = str(Path(secret_store.home()) / "files")
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_HANDLERS = [
    "yixian.web.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LANGUAGE_CODE = "zh-hans"
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("YIXIAN_STATIC", str(Path(secret_store.home()) / "static"))

# Style sheets and scripts are collected together with a compressed twin, which `wiring.wsgi` sends to who takes it.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# The process-wide cache holds nothing that must be shared or survive: rate limits and the like live in the database.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

PROCRASTINATE_IMPORT_PATHS = ["yixian.wiring.jobs"]
# What follows from events: `orders` asks the table which kinds matter, and the worker hands those to `react`.
REACTIONS = "yixian.wiring.reactions.REACTIONS"
REACTIONS_ONLY_IF = "yixian.wiring.reactions.ONLY_IF"
AFTER_COMMIT = "yixian.wiring.reactions.react"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("YIXIAN_LOG", "WARNING")},
    "loggers": {
        "yixian": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners would fill the log with traces
        "procrastinate": {"level": "WARNING"},
    },
}
