"""Notices to the people of a team: what happened, who is told, and what each of them wants by email."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import Standing

KEPT = timedelta(days=90)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def of(self, person_id: int) -> NoticeQuerySet:
        """Those of one person."""
        return self.filter(person=person_id)

    def unread(self) -> NoticeQuerySet:
        """Those that the person hasn't opened yet."""
        return self.filter(read_at=None)

    def mark_read(self) -> int:
        """Mark those that are unread as read, and return how many."""
        return self.unread().update(read_at=timezone.now())

    def forget(self, now: datetime) -> int:
        """Delete those that are too old, read or not, and return how many."""
        deleted, _by_model = self.filter(created_at__lt=now - KEPT).delete()
        return deleted


class Notice(models.Model):
    """What happened, told to one person, once per event."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("New message")
        IMPORT = "import", _("Failed import")
        QUOTA = "quota", _("Limit of the plan")
        INVITATION = "invitation", _("Bounced invitation")
        LISTING = "listing", _("Listing of a band")
        CALENDAR = "calendar", _("Calendar switched off")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, editable=False)
    event = models.CharField(max_length=80, editable=False)  # what happened, whoever is told
    # The message, import, invitation, listing or calendar: apps above this one have them.
    number = models.PositiveBigIntegerField(null=True, editable=False)
    band = models.ForeignKey(Band, on_delete=models.CASCADE, null=True, related_name="+", editable=False)
    # What the sentence says: {"file": "bands.csv"}, {"limit": "storage", "used": 4, "most": 5}, {"email": "…"};
    # of a message to no band {"to": "organization"};
    # of a listing, what happened to it, on which side the reader is, and the names of band and other portal
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    read_at = models.DateTimeField(_("read"), null=True, editable=False)

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["person", "event"], name="notice_once_per_event")]
        indexes = [models.Index("person", models.F("id").desc(), name="notices_of_person")]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """What happened, in one sentence of the current language."""
        return _SENTENCES[self.kind](self)

    @property
    def path(self) -> str:
        """Where in the backstage one sees it."""
        return PATHS[self.kind].format(self.number)


# What a role must be allowed to in order to be told, and to read it later.
PERMISSIONS: Final[Mapping[str, str]] = {
    Notice.Kind.MESSAGE: "enquiries.view_enquiry",
    Notice.Kind.IMPORT: "imports.view_spreadsheetimport",
    Notice.Kind.QUOTA: "portals.change_portalsettings",  # everybody may look at the plan; these two roles look after it
    Notice.Kind.INVITATION: "teams.view_invitation",
    Notice.Kind.LISTING: "portals.change_portalsettings",
    Notice.Kind.CALENDAR: "calendars.view_calendarsource",
}
PATHS: Final[Mapping[str, str]] = {
    Notice.Kind.MESSAGE: "/backstage/enquiries/{}/",
    Notice.Kind.IMPORT: "/backstage/imports/{}/",
    Notice.Kind.QUOTA: "/backstage/plan/",
    Notice.Kind.INVITATION: "/backstage/team/",
    Notice.Kind.LISTING: "/backstage/listings/",
    Notice.Kind.CALENDAR: "/backstage/calendars/{}/",
}
TO_ORGANIZATION: Final = "organization"  # in the detail of a message to no band
CHOICE_PATH: Final = "/backstage/notices/emails/"


def _of_message(notice: Notice) -> str:
    # Nothing that the sender wrote: whoever reads it looks at the message itself.
    if notice.detail.get("to") == TO_ORGANIZATION:
        return gettext("A new message for your organization.")
    if notice.band is None or notice.band.is_trashed:
        return gettext("A new message for a band in the trash.")
    return gettext("A new message for %(band)s.") % {"band": notice.band.name}


def _of_import(notice: Notice) -> str:
    return gettext("Your import of %(file)s failed. Nothing was imported.") % notice.detail


def _of_quota(notice: Notice) -> str:
    standing = Standing(Limit(notice.detail["limit"]), notice.detail["used"], notice.detail["most"])
    values = {"title": standing.title, "figures": standing.text}
    if standing.is_reached:
        return gettext("A limit of your plan is reached. %(title)s: %(figures)s.") % values
    return gettext("At least 80%% of a limit of your plan is used. %(title)s: %(figures)s.") % values


def _of_invitation(notice: Notice) -> str:
    return gettext("Your invitation to %(email)s couldn't be delivered.") % notice.detail


def _of_listing(notice: Notice) -> str:
    sentences = {
        ("proposed", "home"): gettext("%(portal)s would like to list %(band)s."),
        ("accepted", "lister"): gettext("%(portal)s accepted: %(band)s is listed on your portal now."),
        ("refused", "lister"): gettext("%(portal)s doesn't want %(band)s to be listed on your portal."),
        ("ended", "lister"): gettext("%(band)s of %(portal)s isn't listed on your portal any more."),
        ("ended", "home"): gettext("%(band)s isn't listed by %(portal)s any more."),
        ("gigs", "home"): gettext("%(portal)s would like to get the gigs of %(band)s."),
        ("gigs", "lister"): gettext("%(portal)s offers you the gigs of %(band)s."),
        ("gigs_agreed", "home"): gettext("%(portal)s agreed: it gets the gigs of %(band)s."),
        ("gigs_agreed", "lister"): gettext("%(portal)s agreed: you get the gigs of %(band)s, as drafts."),
        ("no_gigs", "home"): gettext("%(portal)s doesn't want the gigs of %(band)s any more."),
        ("no_gigs", "lister"): gettext("%(portal)s doesn't send the gigs of %(band)s any more."),
    }
    return sentences[notice.detail["event"], notice.detail["side"]] % notice.detail


def _of_calendar(notice: Notice) -> str:
    return gettext("We can't read the calendar “%(name)s” any more, so its gigs aren't updated.") % notice.detail


_SENTENCES: Final[Mapping[str, Callable[[Notice], str]]] = {
    Notice.Kind.MESSAGE: _of_message,
    Notice.Kind.IMPORT: _of_import,
    Notice.Kind.QUOTA: _of_quota,
    Notice.Kind.INVITATION: _of_invitation,
    Notice.Kind.LISTING: _of_listing,
    Notice.Kind.CALENDAR: _of_calendar,
}


class EmailChoiceQuerySet(models.QuerySet["EmailChoice"]):
    def of(self, person_id: int) -> EmailChoice:
        """Return the person's choice, or an unsaved one with what everybody gets who never chose."""
        return self.filter(person=person_id).first() or EmailChoice(person_id=person_id)

    def with_messages_of(self, band: Band | None) -> EmailChoiceQuerySet:
        """Those that ask for emails about messages to this band, or to the organization."""
        every = models.Q(messages=EmailChoice.Messages.ALL)
        if band is None:
            return self.filter(every)
        return self.filter(every | models.Q(messages=EmailChoice.Messages.CHOSEN, bands=band))

    def without_messages_of(self, band: Band | None) -> EmailChoiceQuerySet:
        """Those that refuse emails about messages to this band, or to the organization."""
        if band is None:  # who chose bands chose among those alone
            return self.filter(messages=EmailChoice.Messages.NONE)
        chosen = EmailChoice.bands.through.objects.filter(band=band).values("emailchoice")
        return self.filter(
            models.Q(messages=EmailChoice.Messages.NONE)
            | models.Q(messages=EmailChoice.Messages.CHOSEN) & ~models.Q(pk__in=chosen)
        )


class EmailChoice(models.Model):
    """What one person wants by email. Who never chose has no row."""

    class Messages(models.TextChoices):
        USUAL = "usual", _("Only those that go to the owners")
        ALL = "all", _("Messages to all bands")
        CHOSEN = "chosen", _("Messages to these bands")
        NONE = "none", _("None")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+", editable=False
    )
    messages = models.CharField(_("messages"), max_length=6, choices=Messages, default=Messages.USUAL)
    bands = models.ManyToManyField(Band, verbose_name=_("bands"), related_name="+", blank=True)
    failed_imports = models.BooleanField(_("failed imports"), default=True)
    quotas = models.BooleanField(_("limits of the plan"), default=True)
    bounced_invitations = models.BooleanField(_("bounced invitations"), default=True)
    listings = models.BooleanField(_("listings of bands"), default=True, db_default=True)
    language = models.CharField(_("language"), max_length=10, blank=True)  # empty: the portal's

    objects: ClassVar[EmailChoiceQuerySet] = EmailChoiceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("choice of emails")
        verbose_name_plural = _("choices of emails")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.person_id)

    def wants(self, kind: str) -> bool:
        """Whether the person wants emails of this kind. Messages depend on the band, see `with_messages_of`."""
        return {
            Notice.Kind.IMPORT: self.failed_imports,
            Notice.Kind.CALENDAR: self.failed_imports,
            Notice.Kind.QUOTA: self.quotas,
            Notice.Kind.INVITATION: self.bounced_invitations,
            Notice.Kind.LISTING: self.listings,
        }[Notice.Kind(kind)]


class NearLimit(models.Model):
    """A limit of the plan that is nearly used up and was told of. The row goes when there is room again."""

    limit = models.CharField(max_length=12, choices=Limit, primary_key=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("nearly reached limit")
        verbose_name_plural = _("nearly reached limits")
        default_permissions = ()

    def __str__(self) -> str:
        return self.limit
