"""Without an owner's consent the platform's staff see nothing of what stands in a portal's schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models
from django_tenants.utils import tenant_context

from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization
from bandstand_web.shell.admin.platform_site import site
from tests.conftest import Portal
from tests.isolation.twins import fill_schema
from tests.isolation.visiting import PLATFORM, Address, addresses, staff_browser, visit

CANARY = "canarywithin"
# Tables whose texts nobody writes by hand, or none at all.
WITHOUT_WORDS = {
    *("auth_group", "auth_permission", "django_content_type", "django_migrations", "django_session"),
    *("axes_accessattempt", "axes_accessattemptexpiration", "axes_accessfailurelog", "axes_accesslog"),
    *("mfa_authenticator", "usersessions_usersession", "account_emailconfirmation", "account_emailaddress"),
    *("submissions_submission", "gigs_appearance", "polls_vote", "notices_emailchoice", "notices_nearlimit"),
    "bands_bandrole",
}

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("quiet")]


@pytest.fixture
def filled(alice_portal: Portal) -> Portal:
    fill_schema(alice_portal, CANARY)
    return alice_portal


def tables_without_canary(portal: Portal) -> set[str]:
    """Return the tables of the portal's schema that have a text column, and no canary in any row."""
    found = set()
    with tenant_context(portal.organization), connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            texts = [
                field for field in model._meta.local_fields if isinstance(field, (models.CharField, models.TextField))
            ]
            cursor.execute("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = %s", [table])
            if texts and cursor.fetchone():
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{CANARY}%"])
                if cursor.fetchone() == (0,):
                    found.add(table)
    return found


def paths(address: Address, portal: Portal) -> Iterator[str]:
    """Yield the address with the numbers of the portal's rows, and of the first row of a model of the platform's."""
    numbers = {"organization": portal.organization.pk, "job": Job.objects.latest("pk").pk}
    route = address.route.replace("<slug:slug>", portal.organization.slug).replace("<int:pk>", "1")
    for model in site._registry:
        about = model._meta
        if f"{about.app_label}/{about.model_name}/<path:object_id>" in route:
            first = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
            number = numbers.get(str(about.model_name), first or 1)
            yield "/" + route.replace("<path:object_id>", str(number))
            return
    if "<" not in route and "(" not in route:
        yield f"/{route}"


def test_the_portal_has_a_canary_in_each_table(filled: Portal) -> None:
    assert tables_without_canary(filled) - WITHOUT_WORDS == set()


def test_no_page_of_the_platform_shows_staff_what_stands_in_a_portal(filled: Portal) -> None:
    filled.organization.jobs.create(
        kind="gigs.remind",
        queue="default",
        state="failed",
        finished_at="2026-01-01T00:00:00Z",
        **dict.fromkeys(("created_by", "progress_message", "error", "key"), CANARY),
        payload={"name": CANARY},
        result={"name": CANARY},
    )
    staff = staff_browser()
    seen = 0

    for name, address in addresses(PLATFORM).items():
        for path in paths(address, filled):
            for answer in (visit(staff, "get", path), visit(staff, "post", path)):
                assert CANARY not in answer.text_sent + str(answer.headers), (name, path)
                seen += answer.status_code == 200

    assert seen > 50, "nothing was shown, so nothing was proven"


def test_the_platforms_admin_has_no_model_of_a_portal() -> None:
    """Accounts, groups and logs stand in both; of those `public` has rows of its own."""
    both = {"accounts", "admin", "audit", "mail", "auth"}
    of_portals = {"bands", "gigs", "polls", "enquiries", "imports", "media", "portals", "teams", "digest", "demo"}
    labels = {model._meta.app_label for model in site._registry}

    assert not labels & of_portals
    assert labels & both


@pytest.mark.parametrize("lookup", ["bands__name", "owners__password", "domains__tenant__bands__name"])
def test_no_filter_leads_into_a_portal(filled: Portal, lookup: str) -> None:
    found = staff_browser().get(f"/admin/organizations/organization/?{lookup}__startswith={CANARY}")

    assert found.status_code in {302, 400}
    assert Organization.objects.filter(pk=filled.organization.pk).exists()
