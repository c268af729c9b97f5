"""The worker's settings: `bandstand.settings.base` plus logging. The worker serves no HTTP."""

from pathlib import Path

import bandstand.tracing  # noqa: F401 - before anything imports redis
from bandstand.settings.base import *  # noqa: F403
from bandstand.settings.base import DATABASES, ENVIRONMENT, LOCALE_PATHS, PROJECT_LOGGING
from bandstand.settings.limits import limit_times
from bandstand.settings.reporting import report_errors
from bandstand.settings.traces import send_traces

LOCALE_PATHS = [*LOCALE_PATHS, Path(__file__).resolve().parent / "locale"]
# As long as the longest job may take.
limit_times(DATABASES["default"], statement=600, idle=600)

# Celery's line per message is left out: the line per job says the same, better.
LOGGING = {
    **PROJECT_LOGGING,
    "loggers": {
        **PROJECT_LOGGING["loggers"],
        **{name: {"level": "WARNING"} for name in ("celery.worker.strategy", "celery.app.trace")},
    },
}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]  # never called; allauth refuses to start without it
# Checks of what the admin and log-in pages need, which commands in a worker's pod don't have.
SILENCED_SYSTEM_CHECKS = [
    *("admin.E402", "admin.E404", "admin.E408", "admin.E409", "admin.E410"),
    "axes.W002",
]
report_errors(ENVIRONMENT, service="worker")
send_traces(ENVIRONMENT, service="worker")
