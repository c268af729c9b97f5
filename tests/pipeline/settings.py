"""The worker's settings and the kinds of jobs that tests count."""

from bandstand_worker.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.pipeline"]  # noqa: F405
