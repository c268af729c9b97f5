"""What an organization takes along is all that it wrote."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django_tenants.utils import tenant_context

from bandstand.enquiries.models import BlockedSender, Reply
from bandstand.numbers.models import CountedDay
from bandstand.portals.exporting import organization_export
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandLinkFactory, BandPhotoFactory, MemberFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory
from tests.factories.polls import ChoiceFactory, QuestionFactory
from tests.factories.tours import TourFactory

# Apps and models whose tables are no content, and why they stay.
STAYS = {
    "account": "addresses are told with the people",
    "admin": "who changed what in the admin is told by the security log",
    "audit": "the security log has a download of its own",
    "auth": "roles are told with the people",
    "axes": "failed log-ins",
    "bands.bandrole": "what accounts may do, which the copy only names",
    "content.searchentry": "made of what is copied, and of what is in the trash",
    "contenttypes": "the database's own",
    "gigs.withdrawngig": "what calendars are told for some weeks of gigs that are no longer public",
    "calendars": "where gigs come from: addresses that are secrets, and files that were read",
    "imports": "files that were read, and are content by then",
    "mail": "outgoing mail, with codes and links",
    "mfa": "secrets",
    "notices": "which of the rows that are copied somebody was told of, for some weeks, and their emails about it",
    "sessions": "secrets",
    "submissions": "which forms were sent, for a day",
    "teams": "invitations, with links that are secrets",
    "usersessions": "where somebody is logged in",
}

# Rows of `public` about the portal: which terms its owners accepted, and its agreements with other portals.
OF_THE_PLATFORM = {"terms.acceptance", "listings.listing"}


def _models() -> Iterator[type[models.Model]]:
    names = {entry.removesuffix(".apps.SimpleAdminConfig") for entry in settings.TENANT_APPS}
    for app in apps.get_app_configs():
        if app.name in names:
            yield from app.get_models()


def _stays(label: str) -> bool:
    return not STAYS.keys().isdisjoint({label, label.partition(".")[0]})


def _key(label: str, row: dict[str, Any]) -> object:
    """Return the row's key as the model has it: JSON knows no dates."""
    return apps.get_model(label)._meta.pk.to_python(row["pk"])


def _copied(portal: Portal) -> dict[str, list[dict[str, object]]]:
    """Return the rows in the copy by model."""
    with organization_export(portal.organization) as file, zipfile.ZipFile(file) as archive:
        return {
            name.removesuffix(".json").replace("/", "."): json.loads(archive.read(name)) for name in archive.namelist()
        }


def test_each_model_is_copied_or_stays_for_a_reason(alice_portal: Portal) -> None:
    labels = {model._meta.label_lower for model in _models()}

    copied = set(_copied(alice_portal)) - OF_THE_PLATFORM

    assert copied <= labels
    assert {label for label in labels - copied if not _stays(label)} == set()
    assert not {label for label in copied if _stays(label)}


@pytest.mark.usefixtures("charlie_portal")
def test_it_has_every_row_of_this_portal_and_none_of_another(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        BandFactory(name="Somebody else's")
    with tenant_context(alice_portal.organization):
        MemberFactory(instruments=["Tuba"])
        BandFactory(genres=["Doom"])
        BandLinkFactory()
        BandPhotoFactory()
        gig = GigFactory(bands=[BandFactory()], tour=TourFactory())
        gig.slug = "a-newer-address"
        gig.save()
        PageFactory()
        PostFactory(bands=[BandFactory()], gigs=[gig])
        CountedDay.objects.create(day=date(2027, 3, 1), counts={"page": {"/": 1}})
        Reply.objects.create(enquiry=EnquiryFactory(), sender_email="fan@example.org", text="Yes!", message_id="<1@x>")
        BlockedSender.objects.create(pattern="example.com")
        PortalSettings.objects.current()
        question = QuestionFactory()
        question.votes.create(choice=question.choices.first() or ChoiceFactory(question=question), voter="somebody")
        expected = {
            model._meta.label_lower: set(model._default_manager.values_list("pk", flat=True))  # type: ignore[attr-defined]
            for model in _models()
            if not _stays(model._meta.label_lower)
        }

    copied = _copied(alice_portal)

    assert [copied.pop(name) for name in OF_THE_PLATFORM] == [[], []]
    assert all(expected.values()), "the test has a row of each"
    assert {label: {_key(label, row) for row in rows} for label, rows in copied.items()} == expected
    assert "Somebody else" not in json.dumps(copied)
