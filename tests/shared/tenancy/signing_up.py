"""A sign-up in a process of its own, for tests that kill it: `python -m …signing_up SLUG POINT`.

At the named point the process says so on standard output and waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django

POINTS = ("organization", "domain", "template", "owner", "commit")
POINTS_WITH_SPARE = ("spare", "organization", "owner", "commit")


def main(slug: str, point: str) -> None:
    """Sign up; stop at `point`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bandstand_web.settings")
    django.setup()
    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.organizations.models import Domain, Organization  # noqa: PLC0415
    from bandstand.tenancy import provisioning  # noqa: PLC0415

    after = {
        "spare": (provisioning, "spare_take"),
        "organization": (Organization, "save"),
        "domain": (Domain, "save"),
        "template": (provisioning, "template_replay"),
        "owner": (provisioning, "owner_add"),
    }
    if point in after:
        place, name = after[point]
        setattr(place, name, then_wait(getattr(place, name)))
    owner = User.objects.get(email="killed@example.org")
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        provisioning.organization_create(name="Killed", slug=slug, owner=owner)
        if point == "commit":
            wait()


def then_wait(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` followed by waiting to be killed."""

    def stopped(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        wait()
        return result

    return stopped


def wait() -> None:
    """Say that the point is reached, and stay there."""
    sys.stdout.write("reached\n")
    sys.stdout.flush()
    time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
