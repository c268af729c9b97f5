"""Bandstand's settings without tenancy."""

from __future__ import annotations

import os

from bandstand_web.settings import *  # noqa: F403
from bandstand_web.settings import DATABASES, MIDDLEWARE

DATABASES["default"]["ENGINE"] = "tests.bench.plain"
DATABASES["default"]["OPTIONS"]["options"] = f"-c search_path={os.environ['BENCH_SCHEMA']},public"
MIDDLEWARE = [
    "tests.bench.plain.middleware.one_organization" if name.endswith("TenancyMiddleware") else name
    for name in MIDDLEWARE
    if not name.endswith("AnonymousPagesMiddleware")
]
WSGI_APPLICATION = None  # type: ignore[assignment]
