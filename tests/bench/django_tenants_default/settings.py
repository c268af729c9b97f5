"""Bandstand's settings with django-tenants' own way of finding and entering tenants."""

from __future__ import annotations

from bandstand_web.settings import *  # noqa: F403
from bandstand_web.settings import DATABASES, MIDDLEWARE

DATABASES["default"]["ENGINE"] = "django_tenants.postgresql_backend"
DATABASES["default"]["OPTIONS"].pop("pool")
DATABASES["default"]["CONN_MAX_AGE"] = None  # a connection per thread, for good: the quickest that Django has
TENANT_LIMIT_SET_CALLS = False
MIDDLEWARE = [
    "tests.bench.django_tenants_default.middleware.DefaultMiddleware" if name.endswith("TenancyMiddleware") else name
    for name in MIDDLEWARE
    if not name.endswith("AnonymousPagesMiddleware")
]
WSGI_APPLICATION = None  # type: ignore[assignment]
