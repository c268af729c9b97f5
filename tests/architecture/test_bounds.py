"""Every date and number of every model has bounds, or a reason to have none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django_tenants.utils import tenant_context

from bandstand.content.appearing import appearing_models
from bandstand.content.fields import Bounded, BoundsConstraint
from bandstand.content.trashed import trashed_models
from tests.conftest import Portal

# Who writes the fields without bounds: the product itself, what the clock or a count says, and never a person.
WRITTEN_BY_THE_PRODUCT = {
    "accounts.User.date_joined": "when the account was made",
    "accounts.User.last_login": "when somebody logged in last",
    "accounts.User.calendar_since": "when the address was made",
    "announcements.Announcement.published_at": "when it was published",
    "announcements.Dismissal": "an account's number",
    "audit.Entry.happened_at": "when it was recorded; nothing changes a line of the log",
    "content.Change": "numbers of a row, a part and an account, and when the trigger wrote it",
    "content.FormerAddress": "a row's key, and when it left the address",
    "content.SearchEntry": "a row's key",
    "domains.CustomDomain": "when records were looked up, and when the next look-up is due",
    "gigs.Gig.sequence": "how often it was changed, as a trigger counts",
    "gigs.WithdrawnGig": "what a gig was when a trigger copied it",
    "calendars.CalendarSource": "when a calendar was and will be read, and how often that failed",
    "imports.SpreadsheetImport": "what became of a file's rows, as counted",
    "imports.PhotoLink": "where a photo's link stood in the file, and when it was fetched",
    "enquiries.Reply.attachments": "counted in an email, up to 1,000",
    "listings.Listing": "when it was proposed, answered, ended, its gigs agreed to and its dates looked up",
    "listings.SentGig": "when it was written, and when it was taken over",
    "jobs.Job": "the queue's own bookkeeping",
    "jobs.ScheduleMark": "the schedule's own bookkeeping",
    "jobs.Slot": "the workers' own bookkeeping",
    "mail.OutgoingMessage": "when a mail was written and sent, and how often it was tried",
    "mail.SuppressedAddress.created_at": "when the address refused",
    "media.Picture": "a picture's size, as measured by the worker within its limit of pixels",
    "moving": "the bookkeeping of a move",
    "news.Post.published_at": "when somebody published it, or the bounded moment that was chosen",
    "notices": "what happened when, by its row's number, and when it was read",
    "numbers.CountedDay": "the day on which something was counted",
    "organizations.Maintenance.id": "the key of the one row",
    "organizations.HeldSlug.released_at": "when the portal was deleted",
    "organizations.Organization.backed_up_at": "when its newest backup was taken",
    "organizations.Organization.owners_carried": "counted, and what another cell said",
    "organizations.Organization.owners_version": "counted",
    "organizations.RecipientCount": "how many mails went to an address in an hour",
    "organizations.SchemaTemplate.created_at": "when the template was taken",
    "organizations.Transfer.expires_at": "counted from when it was offered",
    "organizations.UnannouncedChange": "when it was noted",
    "organizations.Usage": "what a job measured",
    "people.Person.name_consent_at": "when somebody ticked it",
    "people.Person.picture_consent_at": "when somebody ticked it",
    "portals.PortalSettings": "the key of the one row, and how often it was saved",
    "reports.PageReport": "when it was decided on, and its sender forgotten",
    "support.Consent": "counted from when it was granted, and when it ended",
    "support.Visit": "when a visit was prepared, began and ended",
    "terms.Acceptance": "when it was accepted",
    "terms.Terms.published_at": "when it was published",
    "submissions.Submission.made_at": "when a form was sent first",
    "gigs.Appearance.on_stage_at": "people write it, and every time of a day is right",
    "gigs.Gig.load_in_at": "likewise",
    "gigs.Gig.soundcheck_at": "likewise",
    "teams.Invitation.expires_at": "counted from when it was sent",
    **{f"{model._meta.label}.preview_until": "counted from when the link was made" for model in appearing_models()},
    **{f"{model._meta.label}.trashed_at": "when it was moved to the trash" for model in trashed_models()},
}
KINDS = (
    models.DateField,
    models.TimeField,
    models.IntegerField,
    models.DecimalField,
    models.FloatField,
    models.DurationField,
)


def _written_fields() -> Iterator[models.Field[Any, Any]]:
    for model in apps.get_models():
        if not model.__module__.startswith("bandstand."):
            continue
        for field in model._meta.concrete_fields:
            is_automatic = isinstance(field, models.AutoField) or getattr(field, "auto_now", False)
            if isinstance(field, KINDS) and not is_automatic and not getattr(field, "auto_now_add", False):
                yield field


def _reason(field: models.Field[Any, Any]) -> str | None:
    label = str(field.model._meta.label)
    names = (label.partition(".")[0], label, f"{label}.{field.name}")
    return next((name for name in names if name in WRITTEN_BY_THE_PRODUCT), None)


BOUNDED = [field for field in _written_fields() if isinstance(field, Bounded)]


def test_every_date_and_number_has_bounds_or_a_reason() -> None:
    without = [field for field in _written_fields() if not isinstance(field, Bounded)]
    assert [str(field) for field in without if _reason(field) is None] == []
    assert {_reason(field) for field in without} == set(WRITTEN_BY_THE_PRODUCT), "a reason that nothing needs any more"


@pytest.mark.parametrize("field", BOUNDED, ids=str)
def test_bounds_stand_in_the_form_the_model_and_the_database(field: Bounded, alice_portal: Portal) -> None:
    rules = [each for each in field.model._meta.constraints if isinstance(each, BoundsConstraint)]
    constraint = next((rule for rule in rules if f"'{field.name}__gte'" in str(rule.condition)), None)
    assert constraint is not None, f"{field} lacks its constraint: see bandstand.content.fields.in_bounds"
    step: Any = timedelta(microseconds=1) if isinstance(field, models.DateTimeField) else 1
    most = field.most - step if field.excludes_most else field.most
    for inside in (field.least, most):
        for validate in field.default_validators:  # a year may also have to have begun
            validate(inside)
    probe = f"SELECT {{}} FROM (SELECT %s::{field.db_type(connection)} AS {field.column}) row"
    for outside in (field.least - step, most + step):
        with pytest.raises(ValidationError):
            field.run_validators(outside)
        with tenant_context(alice_portal.organization), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
                " WHERE conname = %s AND conrelid = %s::regclass",
                [constraint.name, field.model._meta.db_table],
            )
            (condition,) = cursor.fetchone()
            cursor.execute(probe.format(condition), [outside])
            assert cursor.fetchone() == (False,)
