"""Settings of the worker: what `bandstand.settings.base` says, and logging. It answers no HTTP."""

from bandstand.settings.base import *  # noqa: F403
from bandstand.settings.base import PROJECT_LOGGING

LOGGING = PROJECT_LOGGING
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
