"""Every column whose name suggests a secret, and how it is kept. A new one has to be told about here."""

from __future__ import annotations

import re

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from bandstand.encryption.fields import EncryptedTextField
from bandstand.settings.log_lines import SECRET_PARTS

SUGGESTS = re.compile(
    r"secret|token|passw|key|code|digest|hash|nonce|seed|salt|credential|signature|link|voter|data$|payload"
)
TEXTS = {"CharField", "TextField", "JSONField", "BinaryField", "SlugField", "URLField"}
KEPT = {
    "accounts.User.password": "hashed",
    "accounts.User.calendar_digest": "hashed",
    "accounts.User.rehashed_from": "hashed",
    "mfa.Authenticator.data": "encrypted, what is secret of it",
    "calendars.CalendarSource.link": "encrypted",
    "imports.SpreadsheetImport.link": "encrypted",
    "imports.PhotoLink.link": "encrypted",
    "imports.PhotoLink.digest": "hashed",
    "teams.Invitation.token_digest": "hashed",
    "organizations.Transfer.token_digest": "hashed",
    "support.Visit.token_digest": "hashed",
    "portals.PortalSettings.social_links": "no secret: published",
    "portals.PortalSettings.bar_link": "no secret: published",
    "terms.Terms.link_en": "no secret: published",
    "terms.Terms.link_de": "no secret: published",
    "polls.Vote.voter": "hashed",
    "pages.Page.password": "hashed",
    **dict.fromkeys(
        (
            f"{kind}.preview_secret"
            for kind in ("bands.Band", "gigs.Gig", "news.Post", "pages.Page", "polls.Question", "tours.Tour")
        ),
        "worthless without SECRET_KEY, which signs the links made of it",
    ),
    "sessions.Session.session_key": "as Django keeps it: whoever reads the table is in while the session lives",
    "sessions.Session.session_data": "signed, no secret: holds neither passwords nor tokens that outlive it",
    "usersessions.UserSession.session_key": "as the session's own",
    "usersessions.UserSession.data": "no secret: stays empty",
    "axes.AccessAttempt.get_data": "no secret: values are masked",
    "axes.AccessAttempt.post_data": "no secret: values are masked",
    "axes.AccessLog.session_hash": "hashed",
    "account.EmailConfirmation.key": "stays empty: addresses are proven by codes",
    "mail.UnsubscribeLink.token": "as it stands in mails; does nothing but unsubscribe",
    "mail.OutgoingMessage.key": "no secret: names what a mail is about, so that it is written once",
    "domains.CustomDomain.token": "no secret: stands in public DNS",
    "jobs.Job.payload": "no secret: numbers of rows",
    "jobs.Job.key": "no secret: names what a job is about",
    "organizations.SchemaTemplate.digest": "no secret: of the template",
    "organizations.SpareSchema.digest": "no secret: of the template",
    "bands.Genre.name_key": "no secret: the name as it is compared",
    "bands.Instrument.name_key": "no secret: the name as it is compared",
    "auth.Permission.codename": "no secret",
    "venues.Venue.postcode": "no secret",
}


def suspicious() -> set[str]:
    return {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models(include_auto_created=True)
        for column in model._meta.concrete_fields
        if column.get_internal_type() in TEXTS and SUGGESTS.search(column.name)
    }


def test_every_column_that_may_hold_a_secret_is_accounted_for() -> None:
    assert suspicious() == KEPT.keys()


def test_what_is_called_encrypted_is() -> None:
    encrypted = {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if isinstance(column, EncryptedTextField)
    }

    assert encrypted == {name for name, how in KEPT.items() if how == "encrypted"}


# Parts of addresses that open nothing: whoever knows them still has to be let in.
PLAIN_PARTS = {
    *("pk", "id", "slug", "path", "name", "subject", "object_id", "app_label", "content_type_id", "photo", "url"),
    *("kind", "number", "uid", "month", "section", "picture"),
}


def parts(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        found |= set(pattern.pattern.regex.groupindex) | set(getattr(pattern.pattern, "converters", {}))
        if isinstance(pattern, URLResolver):
            found |= parts(pattern.url_patterns)
    return found


def test_every_part_of_an_address_is_known_to_open_something_or_not() -> None:
    found = set()
    for urlconf in ("bandstand_web.urls.portal", "bandstand_web.urls.platform"):
        found |= parts(get_resolver(urlconf).url_patterns)

    assert found - PLAIN_PARTS - SECRET_PARTS == set(), "mask it in log lines (SECRET_PARTS), or call it plain here"
    assert found >= SECRET_PARTS
