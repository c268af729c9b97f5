"""Settings of the worker: what `bandstand.settings.base` says, and logging. It answers no HTTP."""

from pathlib import Path

from bandstand.settings.base import *  # noqa: F403
from bandstand.settings.base import DATABASES, ENVIRONMENT, LOCALE_PATHS, PROJECT_LOGGING
from bandstand.settings.limits import limit_times
from bandstand.settings.reporting import report_errors

LOCALE_PATHS = [*LOCALE_PATHS, Path(__file__).resolve().parent / "locale"]
# As long as the longest job may take.
limit_times(DATABASES["default"], statement=600, idle=600)

# Celery says of each message what the line of each job says better.
LOGGING = {
    **PROJECT_LOGGING,
    "loggers": {
        **PROJECT_LOGGING["loggers"],
        **{name: {"level": "WARNING"} for name in ("celery.worker.strategy", "celery.app.trace")},
    },
}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]  # never called; allauth refuses to start without it
# What pages of the admin and the log-in would need. Commands that operators run in a worker's pod have none.
SILENCED_SYSTEM_CHECKS = [
    *("admin.E402", "admin.E404", "admin.E408", "admin.E409", "admin.E410"),
    "axes.W002",
]
report_errors(ENVIRONMENT, service="worker")
