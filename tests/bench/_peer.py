"""Migrate the schemas named as django-tenants' standard executor does, and print how many seconds that took."""

from __future__ import annotations

import sys
import time

import django

django.setup()

from django_tenants.migration_executors.base import run_migrations  # noqa: E402

from tests.bench.provisioning import OPTIONS  # noqa: E402

began = time.perf_counter()
for schema in sys.argv[1:]:
    run_migrations([], dict(OPTIONS), "standard", schema)
sys.stdout.write(str(time.perf_counter() - began))
