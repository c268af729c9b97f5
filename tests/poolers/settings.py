"""The web service's settings with a few pages more, which show and change what stands in the portal's own tables."""

from bandstand_web.settings import *  # noqa: F403
from bandstand_web.settings import DATABASES, LOGGING

ROOT_URLCONF = "tests.poolers.urls"
SILENCED_SYSTEM_CHECKS = ["pages.E001"]  # no page is asked for at these addresses
DATABASES["default"]["OPTIONS"].pop("options", None)  # PgBouncer would refuse them where the setting is off
LOGGING["loggers"] = {"django": {"level": "CRITICAL"}}  # errors by the hundred are part of the plan
