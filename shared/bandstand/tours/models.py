"""Tours: tours and series of gigs, with a page of their own. People know them as tours."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from bandstand.content.addressed import Addressed, AddressField
from bandstand.content.fields import MomentField, in_bounds
from bandstand.content.identified import Identified
from bandstand.content.publishable import Publishable, PublishableQuerySet, publication_index
from bandstand.content.recorded import Recorded
from bandstand.content.rendering import description_of, render_markdown
from bandstand.content.searched import Searched
from bandstand.content.shown_language import localized
from bandstand.content.translated import translations_in_bounds
from bandstand.content.trashed import Trashed, TrashedQuerySet
from bandstand.media.models import picture_key
from bandstand.organizations.rows_in_languages import InPortalsLanguages
from bandstand.organizations.spelling import portal_slug

TEXT_MAX_LENGTH = 10_000


class TourQuerySet(PublishableQuerySet["Tour"], TrashedQuerySet["Tour"]):  # type: ignore[override] # of as_manager()
    """Vocabulary for tours."""


class Tour(Trashed, Recorded, Searched, Publishable, Addressed, Identified, InPortalsLanguages):
    """A tour, a season or a series: what gigs have in common. Its bands are those of its gigs."""

    edited_below = "/backstage/tours/"
    taken_in_trash = _("A tour in the trash has this URL. Restore that tour, or choose another URL.")
    found_by = {"A": ("name",), "D": ("text",)}
    translated_fields = ("name", "text")

    name = models.CharField(_("name"), max_length=120)
    slug = AddressField(
        help_text=_("Last part of the page's URL. If blank, it is made from the name."),
        error_messages={"unique": _("Another tour already has this URL.")},
    )
    text = models.TextField(_("text"), max_length=TEXT_MAX_LENGTH, blank=True, help_text=_("You can use Markdown."))
    picture = picture_key(_("picture"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[TourQuerySet] = TourQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("tour")
        verbose_name_plural = _("tours")
        ordering = ["name", "pk"]
        indexes = [publication_index("tour_publish_at")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name=""),
                name="tour_has_name",
                violation_error_message=_("A tour needs a name."),
            ),
            in_bounds("publish_at", MomentField, name="tour_publish_at_in_bounds"),
            translations_in_bounds(name="tour_translations_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.name

    def wanted_slug(self) -> str:
        return portal_slug(self.name, fallback="tour")

    def get_absolute_url(self) -> str:
        """Return the path of the tour's page. Written out, because the worker, which mails it, has no URLconf."""
        return localized(f"/tours/{self.slug}/")

    @property
    def text_html(self) -> SafeString:
        """The text as safe HTML."""
        return render_markdown(self.text, language=self.language_of("text"))

    @property
    def description(self) -> str:
        """The text's beginning without its marks: for search results and shared links."""
        return description_of(self.text, language=self.language_of("text"))
