"""The product's settings with one migration more."""

from bandstand_web.settings import *  # noqa: F403

MIGRATION_MODULES = {"polls": "tests.shared.organizations.next_release.polls"}
