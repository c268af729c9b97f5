"""Print the cookies of a logged-in browser per place, as JSON: `python -m tests.attacks.scanning.visits`."""

from __future__ import annotations

import json
import sys
import time
from secrets import token_urlsafe
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from bandstand.accounts.models import User


def main() -> None:
    """Log the demo portal's owner in, at the portal and at the platform, and somebody of the platform's staff."""
    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django_tenants.utils import tenant_context  # noqa: PLC0415

    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.demo.filling import OWNER, demo_organization  # noqa: PLC0415
    from tests.attacks.scanning.product import BASE, PORTAL  # noqa: PLC0415

    organization = demo_organization()
    assert organization
    owner = organization.owners.get()
    staff = User.objects.create_superuser("scanned-staff@example.org", token_urlsafe(), name="Staff")
    cookies = {"platform": cookies_of(owner, BASE), "staff": cookies_of(staff, BASE)}
    with tenant_context(organization):
        cookies["owner"] = cookies_of(User.objects.get(email=OWNER), PORTAL)
    nobody = {name: value for name, value in cookies["owner"].items() if name == settings.CSRF_COOKIE_NAME}
    sys.stdout.write(json.dumps(cookies | {"nobody": nobody}))


def cookies_of(user: User, host: str) -> dict[str, str]:
    """Return the cookies of a browser in which `user` is logged in, in the schema that is entered."""
    from django.conf import settings  # noqa: PLC0415
    from django.middleware.csrf import _get_new_csrf_string  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    browser = Client(HTTP_HOST=host)
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = browser.session  # the password was given a moment ago, and will have been all the while
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() + 24 * 3600, "reauthenticated": True}
    ]
    session.save()
    found = {name: morsel.value for name, morsel in browser.cookies.items()}
    return found | {settings.CSRF_COOKIE_NAME: _get_new_csrf_string()}


if __name__ == "__main__":
    main()
