"""The security log: what is written, by whom it can be read, and that nobody can change it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.accounts.unlocking import account_unlock, locks
from bandstand.audit.acting import Actor, acting
from bandstand.audit.models import ACTS, Act, Entry, EntryQuerySet
from bandstand.audit.recording import record
from bandstand.domains.claiming import domain_add, domain_remove, primary_choose
from bandstand.portals.changing_address import portal_address_change
from bandstand.portals.deletion import organization_delete
from bandstand.portals.exporting import organization_export
from bandstand.teams.membership import member_remove, role_change
from bandstand.teams.suspending import organization_activate, organization_suspend
from tests.conftest import PASSWORD, Portal

ALICE = "alice@example.org"
MINA = "manager@alice.bandstand.localhost"  # on the team, with an account of the portal's own


@pytest.fixture(autouse=True)
def _mina(request: pytest.FixtureRequest) -> None:
    if "alice_portal" in request.fixturenames:
        request.getfixturevalue("alice_portal").user(roles.MANAGER)


OLD = timedelta(days=91)


def acts(portal: Portal) -> list[str]:
    with tenant_context(portal.organization):
        return list(Entry.objects.order_by("pk").values_list("act", flat=True))


def newest(portal: Portal) -> Entry:
    with tenant_context(portal.organization):
        entry = Entry.objects.first()
    assert entry is not None
    return entry


def test_each_act_has_one_subject() -> None:
    listed = [act for acts_of_one in ACTS.values() for act in acts_of_one]
    assert sorted(listed) == sorted(Act)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET actor = 'somebody else'",
        "UPDATE audit_entry SET happened_at = now() - interval '400 days'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ],
)
@pytest.mark.parametrize("where", ["platform", "portal"])
def test_the_database_refuses_to_change_what_is_written(alice_portal: Portal, sql: str, where: str) -> None:
    with tenant_context(alice_portal.organization) if where == "portal" else transaction.atomic():
        written = record(Act.EXPORTED, target="all")
        with pytest.raises(ProgrammingError, match=r"kept as they are|permission denied"), transaction.atomic():
            connection.cursor().execute(sql)
        assert Entry.objects.get(pk=written.pk).target == "all"


def test_old_lines_are_pruned_and_never_before_ninety_days(in_alice_portal: Portal) -> None:
    Entry.objects.create(act=Act.LOGGED_IN, happened_at=timezone.now() - OLD, target="old")
    Entry.objects.create(act=Act.LOGGED_IN, happened_at=timezone.now() - timedelta(days=89), target="young")

    assert EntryQuerySet(Entry).prune(timedelta(days=365)) == 0
    assert EntryQuerySet(Entry).prune(timedelta(days=1)) == 1
    assert not Entry.objects.filter(target="old").exists()
    assert Entry.objects.filter(target="young").exists()


def test_what_is_rolled_back_leaves_no_line(in_alice_portal: Portal) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record(Act.EXPORTED)
        raise RuntimeError
    assert not Entry.objects.filter(act=Act.EXPORTED).exists()


def test_log_ins_are_written_with_address_and_without_passwords(alice_portal: Portal) -> None:
    before = newest(alice_portal)
    client = alice_portal.client()
    client.post("/accounts/login/", {"login": MINA, "password": "wrong-and-secret"})
    client.post("/accounts/login/", {"login": "my-password-typed-here@example.org", "password": "wrong"})
    client.post("/accounts/login/", {"login": MINA, "password": PASSWORD})
    client.post("/accounts/logout/")

    with tenant_context(alice_portal.organization):
        lines = list(Entry.objects.filter(pk__gt=before.pk).order_by("pk").values())
    assert [(line["act"], line["actor"], line["target"]) for line in lines] == [
        (Act.LOG_IN_FAILED, "", MINA),
        (Act.LOG_IN_FAILED, "", ""),
        (Act.LOGGED_IN, MINA, ""),
        (Act.LOGGED_OUT, MINA, ""),
    ]
    assert {line["ip_address"] for line in lines} == {"127.0.0.1"}
    assert "secret" not in str(lines)
    assert "typed" not in str(lines)


def test_a_lock_is_written_once_shown_and_lifted(alice_portal: Portal) -> None:
    attacker = alice_portal.client()
    for _attempt in range(12):
        attacker.post("/accounts/login/", {"login": MINA, "password": "wrong"})
    owner = alice_portal.client_of(roles.OWNER)

    assert acts(alice_portal).count(Act.LOCKED_OUT) == 1
    assert "Currently locked out" in owner.get("/backstage/log/").content.decode()
    owner.post("/backstage/log/unlock/", {"email": MINA})
    assert "Currently locked out" not in owner.get("/backstage/log/").content.decode()
    assert newest(alice_portal).act == Act.UNLOCKED
    attacker.post("/accounts/login/", {"login": MINA, "password": PASSWORD})
    assert newest(alice_portal).act == Act.LOGGED_IN


def test_a_lock_is_of_its_portal_alone(alice_portal: Portal, charlie_portal: Portal) -> None:
    for _attempt in range(9):
        alice_portal.client().post("/accounts/login/", {"login": MINA, "password": "wrong"})

    with tenant_context(charlie_portal.organization):
        assert locks() == []
        assert account_unlock(email=MINA) == 0
    with tenant_context(alice_portal.organization):
        assert [lock.email for lock in locks()] == [MINA]


def test_changes_of_the_team_are_written(alice_portal: Portal) -> None:
    owner = alice_portal.client_of(roles.OWNER)
    dora = alice_portal.user(roles.EDITOR, "dora@example.org")

    owner.post("/backstage/team/invite/", {"email": "new@example.org", "role": roles.MEMBER})
    owner.post(f"/backstage/team/{dora.pk}/role/", {"role": roles.MANAGER})
    owner.post(f"/backstage/team/{dora.pk}/remove/")

    with tenant_context(alice_portal.organization):
        lines = Entry.objects.about("team").order_by("pk").values_list("act", "actor", "target", "detail")
        assert list(lines) == [
            (Act.INVITED, ALICE, "new@example.org", roles.MEMBER),
            (Act.ROLE_CHANGED, ALICE, "dora@example.org", roles.MANAGER),
            (Act.REMOVED, ALICE, "dora@example.org", ""),
        ]


def _suspend_and_activate(portal: Portal) -> None:
    organization_suspend(organization=portal.organization, reason="Unpaid")
    organization_activate(organization=portal.organization)


def _domains(portal: Portal) -> None:
    domain = domain_add(organization=portal.organization, name="www.alices-agency.com")
    primary_choose(organization=portal.organization, domain=None)
    domain_remove(domain=domain)


def _address(portal: Portal) -> None:
    owner = User.objects.get(email=portal.owner_email)
    portal_address_change(organization=portal.organization, slug="alices-bands", by=owner)


def _team(portal: Portal) -> None:
    with tenant_context(portal.organization):
        dora = portal.user(roles.EDITOR, "dora@example.org")
        role_change(user=dora, role=roles.MEMBER)
        member_remove(user=dora)


@pytest.mark.parametrize(
    ("do", "written"),
    [
        (_suspend_and_activate, [Act.SUSPENDED, Act.ACTIVATED]),
        (_domains, [Act.DOMAIN_ADDED, Act.DOMAIN_CHOSEN, Act.DOMAIN_REMOVED]),
        (_address, [Act.ADDRESS_CHANGED]),
        (_team, [Act.ROLE_CHANGED, Act.REMOVED]),
        (lambda portal: organization_export(portal.organization).close(), [Act.EXPORTED]),
        (
            lambda portal: organization_delete(
                organization=portal.organization, by=User.objects.get(email=portal.owner_email)
            ),
            [Act.DELETED],
        ),
    ],
)
def test_what_is_done_to_a_portal_stands_in_its_log_and_no_others(
    alice_portal: Portal, charlie_portal: Portal, do: Callable[[Portal], object], written: list[Act]
) -> None:
    others = acts(charlie_portal)
    before = acts(alice_portal)

    do(alice_portal)

    assert acts(alice_portal) == before + written
    assert acts(charlie_portal) == others


def test_the_staff_of_the_platform_has_no_name_in_a_portals_log(alice_portal: Portal) -> None:
    with acting(lambda: Actor(email="sysop@example.org", ip_address="192.0.2.1", is_staff=True)):
        organization_suspend(organization=alice_portal.organization, reason="Unpaid")

    line = newest(alice_portal)
    assert (line.origin, line.actor, line.ip_address) == (Entry.Origin.STAFF, "", None)
    own = Entry.objects.first()
    assert own is not None
    assert (own.actor, own.target, own.ip_address) == ("sysop@example.org", "alice", "192.0.2.1")


def test_owners_see_that_the_staff_looked(alice_portal: Portal, admin_client: Client) -> None:
    admin_client.defaults["HTTP_HOST"] = "bandstand.localhost"
    before = acts(alice_portal)

    admin_client.get(f"/admin/organizations/organization/{alice_portal.organization.pk}/change/")

    assert acts(alice_portal) == [*before, Act.LOOKED_AT]
    page = alice_portal.client_of(roles.OWNER).get("/backstage/log/").content.decode()
    assert "Platform staff" in page


def test_the_page_filters_and_pages(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        for number in range(60):
            record(Act.DOMAIN_ADDED, target=f"{number}.example.com")
        Entry.objects.create(act=Act.EXPORTED, target="long ago", happened_at=timezone.now() - OLD)
    owner = alice_portal.client_of(roles.OWNER)

    first = owner.get("/backstage/log/?about=domains")
    assert len(first.context["lines"]) == 50
    second = owner.get(f"/backstage/log/?about=domains&before={first.context['older_than']}")
    assert [line.target for line, _more in second.context["lines"]] == [f"{n}.example.com" for n in range(9, -1, -1)]
    assert [line.target for line, _more in owner.get("/backstage/log/?who=17.EXAMPLE").context["lines"]] == [
        "17.example.com"
    ]
    until = (timezone.now() - timedelta(days=90)).date().isoformat()
    assert [line.target for line, _more in owner.get(f"/backstage/log/?until={until}").context["lines"]] == ["long ago"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("about=nothing", 422), ("since=yesterday", 422), ("before=9" + "9" * 40, 404), ("before=-1", 404)],
)
def test_nonsense_in_the_filter_shows_and_exports_nothing(alice_portal: Portal, query: str, status: int) -> None:
    owner = alice_portal.client_of(roles.OWNER)

    answer = owner.get(f"/backstage/log/?{query}")

    assert answer.status_code == status
    if status == 422:
        assert answer.context["lines"] == []
        assert owner.get(f"/backstage/log/log.csv?{query}").status_code == status


def test_the_csv_holds_what_is_shown_runs_no_formula_and_is_a_line_itself(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        record(Act.DOMAIN_ADDED, target="=HYPERLINK(1)")
    owner = alice_portal.client_of(roles.OWNER)

    answer = owner.get("/backstage/log/log.csv?about=domains")

    text = answer.content.decode("utf-8-sig")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alice-log.csv"'
    assert "'=HYPERLINK(1)" in text
    assert len(text.splitlines()) == 2
    assert newest(alice_portal).act == Act.EXPORTED


@pytest.mark.parametrize("role", [roles.MANAGER, roles.EDITOR, roles.MEMBER])
def test_only_owners_read_it(alice_portal: Portal, role: str) -> None:
    client = alice_portal.client_of(role)
    assert client.get("/backstage/log/").status_code == 403
    assert client.get("/backstage/log/log.csv").status_code == 403


def test_an_operator_lifts_a_lock_by_command(alice_portal: Portal) -> None:
    for _attempt in range(9):
        alice_portal.client().post("/accounts/login/", {"login": MINA, "password": "wrong"})

    with pytest.raises(CommandError, match="wasn't locked"):
        call_command("unlock", MINA)
    with pytest.raises(CommandError, match="no portal"):
        call_command("unlock", MINA, organization="nobody")
    call_command("unlock", MINA, organization="alice", stdout=StringIO())

    line = newest(alice_portal)
    assert (line.act, line.origin, line.target) == (Act.UNLOCKED, Entry.Origin.SYSTEM, MINA)
