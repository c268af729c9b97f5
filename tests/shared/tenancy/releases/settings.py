"""The product's settings with the migrations of the release that TEST_RELEASE names: the app and a package in here."""

import os

from bandstand_web.settings import *  # noqa: F403

_app, _package = os.environ["TEST_RELEASE"].split(":")
MIGRATION_MODULES = {_app: f"tests.shared.tenancy.releases.{_package}"}
