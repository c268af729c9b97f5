"""A portal's beginnings behind the pooler: sign-up, log-in, an import by a worker. Prints what became of it."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

PORTAL = "dora.bandstand.localhost"
SHEET = b"slug,name,town,formed\nold-ones,Old Ones,Ulm,1988\nnew-ones,New Ones,K\xc3\xb6ln,\n,,Nowhere,\n"
PATIENCE = 90.0
CODE = "BCDF-GHJK"
ENTRANCE = "/organizations/"


def main() -> None:
    """Do all of it, as browsers do."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django_tenants.utils import tenant_context  # noqa: PLC0415

    from bandstand.bands.models import Band  # noqa: PLC0415
    from bandstand.imports.models import SpreadsheetImport  # noqa: PLC0415
    from bandstand.jobs.models import Job  # noqa: PLC0415
    from bandstand.organizations.models import Organization  # noqa: PLC0415
    from bandstand_web.accounts.adapter import WebAccountAdapter  # noqa: PLC0415
    from tests.web.platform.signup_form import EMAIL, PASSWORD, filled_in  # noqa: PLC0415

    platform, portal = Client(HTTP_HOST="bandstand.localhost"), Client(HTTP_HOST=PORTAL)
    # The worker may have sent the mail, and emptied it, before it could be read here.
    WebAccountAdapter.generate_email_verification_code = lambda _self: CODE  # type: ignore[method-assign]
    platform.post("/signup/", filled_in())
    address = platform.post("/signup/verify/", {"code": CODE}).headers["Location"]
    for browser in (portal, platform, portal):  # the hand-over asks the platform who this is, and comes back
        parts = urlsplit(address)
        address = browser.get(f"{parts.path}?{parts.query}").headers["Location"]
    again = Client(HTTP_HOST="bandstand.localhost")
    login = again.post(f"/accounts/login/?next={ENTRANCE}", {"login": EMAIL, "password": PASSWORD, "next": ENTRANCE})
    sheet = SimpleUploadedFile("bands.csv", SHEET)
    preview = portal.post("/backstage/imports/add/", {"subject": "bands", "file": sheet})["Location"]
    wait()
    portal.post(f"{preview}confirm/")
    wait()
    with tenant_context(Organization.objects.get(slug="dora")):
        report = {
            "handed over": address,
            "logged in": login.headers["Location"],
            "jobs": dict(Counter(Job.objects.values_list("state", flat=True))),
            "bands": sorted(Band.objects.values_list("slug", flat=True)),
            "refused rows": len(SpreadsheetImport.objects.get().refusals),
        }
    sys.stdout.write(json.dumps(report))


def wait() -> None:
    """Wait until no job is left to be done."""
    from bandstand.jobs.models import Job  # noqa: PLC0415

    deadline = time.monotonic() + PATIENCE
    while Job.objects.unfinished().exists() and time.monotonic() < deadline:
        time.sleep(0.1)


if __name__ == "__main__":
    import django

    django.setup()
    main()
