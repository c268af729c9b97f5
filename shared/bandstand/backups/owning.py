"""An organization's rows in `public`, as JSON: itself, its domains, its owners and its plan."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from bandstand.accounts.models import User
from bandstand.domains.models import Certificate, CustomDomain
from bandstand.organizations.addresses import portal_host
from bandstand.organizations.former_hosts import former_slugs, validate_not_former
from bandstand.organizations.models import Domain, Organization
from bandstand.organizations.owners import owners_of_team
from bandstand.organizations.plans import Allowance, HeldSlug, Plan, Subscription

_ORGANIZATION = (
    *("name", "slug", "schema_name", "state", "suspension_reason", "language", "time_zone", "counts_visits"),
    "created_at",
)
_SUBSCRIPTION = ("starts_at", "ends_at", "note")
_ALLOWANCE = ("limit", "most", "until", "note", "created_by")
_CLAIM = ("name", "token", "apex", "evidence", "created_at", "verified_at")


def public_rows(organization: Organization) -> dict[str, Any]:
    """Return the organization's rows in `public`, without its jobs."""
    return {
        "organization": {
            **{name: getattr(organization, name) for name in _ORGANIZATION},
            "uid": str(organization.uid),
        },
        "domains": list(organization.domains.order_by("pk").values("domain", "is_primary")),
        "custom_domains": list(CustomDomain.objects.filter(organization=organization).order_by("pk").values(*_CLAIM)),
        "owners": list(organization.owners.order_by("pk").values("email", "name", "password", "date_joined")),
        "subscriptions": list(organization.subscriptions.order_by("pk").values("plan__slug", *_SUBSCRIPTION)),
        "allowances": list(organization.allowances.order_by("pk").values(*_ALLOWANCE)),
        "owners_decided_here": True,  # in older archives the team's owner group decided
    }


def public_rows_restore(rows: dict[str, Any], *, slug: str, schema_name: str) -> tuple[Organization, list[str]]:
    """Write the organization under `slug`; return it and those of its domains that another portal has taken since.

    Its own domains are restored only if it keeps its slug, as two portals can't answer at one name.
    """
    about = rows["organization"]
    organization = Organization(
        name=about["name"],
        slug=slug,
        schema_name=schema_name,
        language=about["language"],
        time_zone=about["time_zone"],
        state=Organization.State.SUSPENDED if about["state"] == "suspended" else Organization.State.ACTIVE,
        suspension_reason=about.get("suspension_reason", ""),  # older archives don't have it
        counts_visits=about.get("counts_visits", True),  # likewise
        **_uid_restored(about),
    )
    organization.full_clean()
    validate_not_former(slug)
    organization.save()
    owners_restore(organization, rows)
    plan_restore(organization, rows)
    left_out = _domains_restore(organization, rows) if slug == about["slug"] else []
    HeldSlug.objects.filter(slug__in=[slug, *former_slugs(organization)]).delete()
    own, _created = Domain.objects.get_or_create(
        domain=portal_host(slug), defaults={"tenant": organization, "is_primary": False}
    )
    if not organization.domains.filter(is_primary=True).exists():
        own.is_primary = True
        own.save()
    return organization, left_out


def _uid_restored(about: dict[str, Any]) -> dict[str, str]:
    """Return the organization's `uid`, unless the one that has it is here: then this is a copy, which gets its own."""
    uid = about.get("uid")  # older archives don't have it
    return {"uid": uid} if uid and not Organization.objects.filter(uid=uid).exists() else {}


def owners_restore(organization: Organization, rows: dict[str, Any]) -> None:
    """Restore the organization's owners, recreating their platform accounts where those are gone."""
    owners = [_owner(owner) for owner in rows["owners"]]
    if not rows.get("owners_decided_here"):
        owners = owners_of_team(organization, owners)
    organization.owners.set(owners)


def plan_restore(organization: Organization, rows: dict[str, Any]) -> None:
    """Restore the organization's subscriptions to plans that exist here; older archives have none."""
    organization.subscriptions.all().delete()
    organization.allowances.all().delete()
    subscriptions = rows.get("subscriptions", [])
    plans = Plan.objects.in_bulk([each["plan__slug"] for each in subscriptions], field_name="slug")
    for each in subscriptions:
        if plan := plans.get(each["plan__slug"]):
            about = {name: each[name] for name in _SUBSCRIPTION}
            Subscription.objects.create(organization=organization, plan=plan, **about)
    for each in rows.get("allowances", []):
        Allowance.objects.create(organization=organization, **each)


def _owner(about: dict[str, Any]) -> User:
    """Return the owner's platform account, recreated if it is gone."""
    account = User.objects.filter(email=about["email"].lower()).first()
    if account is None:
        account = User(**about)
        account.save()
        EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    return account


def _domains_restore(organization: Organization, rows: dict[str, Any]) -> list[str]:
    wanted = [domain["domain"] for domain in rows["domains"]]
    taken = set(Domain.objects.filter(domain__in=wanted).values_list("domain", flat=True))
    for domain in rows["domains"]:
        if domain["domain"] not in taken:
            Domain(tenant=organization, **domain).save()
    claims_restore(organization, rows, taken=taken)
    return sorted(taken)


def claims_restore(organization: Organization, rows: dict[str, Any], *, taken: Collection[str] = ()) -> None:
    """Restore the organization's claims to domains; those in `taken` by another portal become unverified."""
    for claim in rows["custom_domains"]:
        # Check it again at once, as its DNS may have changed since.
        proven = claim["verified_at"] if claim["name"] not in taken else None
        about = {**claim, "verified_at": proven, "certificate": Certificate.NONE, "next_check_at": timezone.now()}
        CustomDomain.objects.create(organization=organization, **about)
