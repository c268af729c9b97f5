"""The product's settings with one migration more."""

from bandstand_web.settings import *  # noqa: F403

MIGRATION_MODULES = {"polls": "tests.shared.tenancy.next_release.polls"}
