"""A sign-up through the forms in a process of its own, for tests that kill it: `python -m …posting_signup SLUG POINT`.

At the named point of the request that carries the code, the process says so and waits to be killed.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import django

from tests.shared.tenancy.signing_up import then_wait, wait

POINTS = ("account", "organization", "domain", "template", "owner", "commit")
AFTER_COMMIT = "answer"


def main(slug: str, point: str) -> None:
    """Send the form, then the code; stop at `point` of the latter."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bandstand_web.settings")
    django.setup()
    from django.test import Client  # noqa: PLC0415

    from tests.mailbox import code_in, newest_mail_to  # noqa: PLC0415
    from tests.web.platform.signup_form import filled_in  # noqa: PLC0415

    form = filled_in(slug=slug, email=f"{slug}@example.org")
    browser = Client(HTTP_HOST="bandstand.localhost")
    browser.post("/signup/", form)
    code = code_in(newest_mail_to(form["email"]))
    stop_at(point)
    browser.post("/signup/verify/", {"code": code})
    if point == AFTER_COMMIT:
        wait()


def stop_at(point: str) -> None:
    """Put the wait into its place."""
    from allauth.account.models import EmailAddressManager  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from bandstand.organizations.models import Domain, Organization  # noqa: PLC0415
    from bandstand.tenancy import provisioning  # noqa: PLC0415

    after: dict[str, tuple[Any, str]] = {
        "account": (EmailAddressManager, "create"),
        "organization": (Organization, "save"),
        "domain": (Domain, "save"),
        "template": (provisioning, "template_replay"),
        "owner": (provisioning, "owner_add"),
    }
    if point in after:
        place, name = after[point]
        setattr(place, name, then_wait(getattr(place, name)))
    if point == "commit":
        connection.commit = wait


if __name__ == "__main__":
    main(*sys.argv[1:])
