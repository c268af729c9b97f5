"""The platform's terms and privacy notice, version by version, and who accepted which. Rows of the schema `public`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.content.fields import MomentField, in_bounds

_LINK = URLValidator(schemes=["https", "http"])
CHANGES_MAX_LENGTH = 2000
TEXT_MAX_LENGTH = 200_000


class Document(models.TextChoices):
    TERMS = "terms", _("Terms of use")
    PRIVACY = "privacy", _("Privacy notice")


class TermsQuerySet(models.QuerySet["Terms"]):
    def current(self) -> TermsQuerySet:
        """The newest published version of each document."""
        published = self.filter(published_at__isnull=False)
        newer = Terms.objects.filter(document=OuterRef("document"), published_at__gt=OuterRef("published_at"))
        return published.filter(~Exists(newer)).order_by("-document")

    def not_accepted_by(self, account: User) -> TermsQuerySet:
        """Those that the account hasn't accepted."""
        return self.filter(~Exists(Acceptance.objects.filter(terms=OuterRef("pk"), account=account)))


class Terms(models.Model):
    """One version of one document, as a link or a Markdown text. Fixed once it is published."""

    document = models.CharField(_("document"), max_length=10, choices=Document)
    version = models.CharField(_("version"), max_length=40, help_text=_("As people will cite it: 2.1, or a date."))
    link_en = models.URLField(
        _("link in English"), blank=True, validators=[_LINK], help_text=_("To the document, or write its text below.")
    )
    text_en = models.TextField(_("text in English"), blank=True, max_length=TEXT_MAX_LENGTH, help_text=_("Markdown."))
    link_de = models.URLField(_("link in German"), blank=True, validators=[_LINK])
    text_de = models.TextField(_("text in German"), blank=True, max_length=TEXT_MAX_LENGTH)
    changes_en = models.TextField(
        _("what changed, in English"),
        blank=True,
        max_length=CHANGES_MAX_LENGTH,
        help_text=_("Owners read it before they accept. Leave it empty for the first version."),
    )
    changes_de = models.TextField(_("what changed, in German"), blank=True, max_length=CHANGES_MAX_LENGTH)
    accept_by: models.DateTimeField[datetime, datetime] = MomentField(
        _("to be accepted by"), help_text=_("From then on “My organizations” asks first. Portals stay online.")
    )
    created_by = models.CharField(_("by"), max_length=254, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)

    objects: ClassVar[TermsQuerySet] = TermsQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("version of the terms")
        verbose_name_plural = _("terms and privacy")
        ordering = ["-pk"]
        permissions = [("publish_terms", _("Can publish terms"))]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "version"],
                name="one_text_per_version",
                violation_error_message=_("This document has a version of that name already."),
            ),
            models.CheckConstraint(
                condition=models.Q(link_en="") ^ models.Q(text_en=""),
                name="terms_are_link_or_text",
                violation_error_message=_("Give either a link or a text in English."),
            ),
            models.CheckConstraint(
                condition=models.Q(link_de="") | models.Q(text_de=""),
                name="german_terms_are_link_or_text",
                violation_error_message=_("Give either a link or a text in German, or neither."),
            ),
            in_bounds("accept_by", MomentField, name="terms_accept_by_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.get_document_display()} {self.version}"

    def link(self, language: str | None) -> str:
        """Return the link for people who read `language`; empty where it is a text."""
        return self.link_de if self._is_in_german(language) else self.link_en

    def text(self, language: str | None) -> str:
        """Return the Markdown for people who read `language`; empty where it is a link."""
        return self.text_de if self._is_in_german(language) else self.text_en

    def changes(self, language: str | None) -> str:
        """Return what changed, for people who read `language`."""
        is_german = (language or "").startswith("de")
        return (self.changes_de if is_german else "") or self.changes_en

    def _is_in_german(self, language: str | None) -> bool:
        return (language or "").startswith("de") and bool(self.link_de or self.text_de)


class Acceptance(models.Model):
    """Somebody accepted a version."""

    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="acceptances")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    accepted_at = models.DateTimeField(_("accepted"), db_default=Now())

    class Meta:
        verbose_name = _("acceptance of terms")
        verbose_name_plural = _("acceptances of terms")
        ordering = ["pk"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["account", "terms"], name="one_acceptance_per_account")]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.terms_id}"
