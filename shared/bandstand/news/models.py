"""News: what a portal and its bands have to tell, as posts with a page each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band
from bandstand.content.addressed import Addressed, AddressField
from bandstand.content.dated import Dated, shown_since
from bandstand.content.fields import MomentField, in_bounds, not_before
from bandstand.content.identified import Identified
from bandstand.content.languages import choices as language_choices
from bandstand.content.one_moment import this_moment
from bandstand.content.previewing import is_previewed, or_previewed
from bandstand.content.publishable import PublishableQuerySet, publication_index
from bandstand.content.recorded import Recorded
from bandstand.content.rendering import description_of
from bandstand.content.searched import Searched
from bandstand.content.shown_language import localized, shown_language
from bandstand.content.shown_names import validate_shown_name
from bandstand.content.translated import translations_in_bounds, versions_shown
from bandstand.content.trashed import Trashed, TrashedQuerySet
from bandstand.gigs.models import Gig
from bandstand.media.models import picture_key
from bandstand.news.tags import MOST_TAGS, TAG_MAX_LENGTH
from bandstand.organizations.rows_in_languages import InPortalsLanguages
from bandstand.organizations.spelling import portal_slug

TEXT_MAX_LENGTH = 40_000
CHANGED_LATER = timedelta(hours=1)
EXPIRES_TOO_SOON = _("A post has to expire after it appears. Change or clear the date on which it expires.")


class PostQuerySet(PublishableQuerySet["Post"], TrashedQuerySet["Post"]):  # type: ignore[override] # of as_manager()
    """Vocabulary for posts."""

    def published(self, now: datetime | None = None) -> PostQuerySet:
        """Those that visitors see: they have appeared and haven't expired."""
        unexpired = models.Q(expires_at=None) | models.Q(expires_at__gt=now or this_moment())
        return super().published(now).filter(or_previewed(unexpired, Post))

    def expired(self) -> PostQuerySet:
        """Those that visitors saw until they expired."""
        return super().published().filter(expires_at__lte=this_moment())

    def latest_first(self) -> PostQuerySet:
        """The latest first."""
        return self.alias(dated=shown_since()).order_by("-dated", "-pk")

    def pinned_first(self) -> PostQuerySet:
        """Those that are pinned, then the others, the latest first each."""
        return self.alias(dated=shown_since()).order_by("-is_pinned", "-dated", "-pk")

    def of_band(self, band: Band) -> PostQuerySet:
        """Those about `band`."""
        return self.filter(bands=band)

    def tagged(self, tag: str) -> PostQuerySet:
        """Those with this tag, however it is capitalized."""
        return self.filter(tags__contains=[tag.lower()])

    def for_visitors(self) -> PostQuerySet:
        """With their picture and the published bands. Names of drafts stay with the team."""
        bands = Band.objects.published().only("name", "slug", *versions_shown()).order_by("name", "pk")
        return self.select_related("picture").prefetch_related(models.Prefetch("bands", bands))

    def tags(self) -> list[str]:
        """Return the tags of these posts, those of most posts first. One query."""
        each = self.order_by().annotate(tag=models.Func("tags", function="unnest", output_field=models.CharField()))
        counted = each.values("tag").annotate(times=models.Count("pk")).order_by("-times", "tag")
        return [tag for tag, _times in counted.values_list("tag", "times")]


class Post(Trashed, Recorded, Searched, Dated, Addressed, Identified, InPortalsLanguages):
    """One piece of news."""

    edited_below = "/backstage/news/"
    turns_by = ("expires_at",)
    taken_in_trash = _("A post in the trash has this URL. Restore that post, or choose another URL.")
    unrecorded = ("published_at",)  # follows from what is recorded
    recorded_links = ("bands", "gigs")
    picture_texts = ("text", "translations")
    found_by = {"A": ("title",), "B": ("bands__name",), "C": ("summary",), "D": ("text",)}
    found_in_order_of = "created_at"
    translated_fields = ("summary", "text", "title")

    title = models.CharField(_("title"), max_length=140)
    slug = AddressField(
        help_text=_("Last part of the page's URL. If blank, it is made from the title."),
        error_messages={"unique": _("Another post already has this URL.")},
    )
    summary = models.CharField(
        _("summary"),
        max_length=300,
        blank=True,
        help_text=_("One or two sentences, for lists, feeds and shared links."),
    )
    text = models.TextField(_("text"), max_length=TEXT_MAX_LENGTH, blank=True, help_text=_("You can use Markdown."))
    picture = picture_key(_("picture"))
    bands: models.ManyToManyField[Band, Band] = models.ManyToManyField(
        Band, blank=True, related_name="posts", verbose_name=_("bands")
    )
    gigs: models.ManyToManyField[Gig, Gig] = models.ManyToManyField(
        Gig, blank=True, related_name="posts", verbose_name=_("gigs")
    )
    tags = ArrayField(
        models.CharField(max_length=TAG_MAX_LENGTH),
        size=MOST_TAGS,
        default=list,
        blank=True,
        verbose_name=_("tags"),
    )
    author = models.CharField(
        _("author"),
        max_length=120,
        blank=True,
        validators=[validate_shown_name],
        help_text=_("Shown below the title. Leave blank to show none."),
    )
    language = models.CharField(
        _("language"),
        max_length=20,
        blank=True,
        choices=language_choices,
        help_text=_("If it isn't the portal's."),
    )
    is_pinned = models.BooleanField(_("pinned"), default=False, help_text=_("Stays at the top of the news."))
    expires_at = MomentField(
        _("expires on"), null=True, blank=True, help_text=_("Visitors don't see it any more from this time on.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[PostQuerySet] = PostQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["-created_at", "-pk"]
        indexes = [
            publication_index("post_publish_at"),
            models.Index(fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="post_expires_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(title=""),
                name="post_has_title",
                violation_error_message=_("A post needs a title."),
            ),
            models.CheckConstraint(
                condition=not_before("expires_at", "publish_at"),
                name="post_expires_after_publication",
                violation_error_message=EXPIRES_TOO_SOON,
            ),
            in_bounds("publish_at", MomentField, name="post_publish_at_in_bounds"),
            in_bounds("expires_at", MomentField, name="post_expires_at_in_bounds"),
            translations_in_bounds(name="post_translations_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.title

    def wanted_slug(self) -> str:
        return portal_slug(self.title, fallback="post")

    def get_absolute_url(self) -> str:
        """Return the path of the post's page. Written out, because the worker, which mails it, has no URLconf."""
        return localized(f"/news/{self.slug}/")

    @property
    def is_visible(self) -> bool:
        return super().is_visible and (is_previewed(self) or not self.is_expired)

    @property
    def is_expired(self) -> bool:
        return super().is_visible and self.expires_at is not None and self.expires_at <= this_moment()

    @property
    def whole_language(self) -> str:
        """The language of all of it, if it isn't the portal's; "" where each of its texts says its own."""
        return "" if shown_language() else self.language

    @property
    def description(self) -> str:
        """The summary, or else the text's beginning without its marks: for lists, search results and shared links."""
        return self.summary or description_of(self.text, language=self.language_of("text"))

    @property
    def changed_at(self) -> datetime:
        """When visitors saw it last in another form, or at all."""
        return max(self.updated_at, self.shown_since)

    @property
    def is_changed_later(self) -> bool:
        """Whether it was changed when it had been there for a while, which visitors are told."""
        return self.changed_at - self.shown_since > CHANGED_LATER

    def validate_publishable(self) -> None:
        self._validate_expires_after(this_moment())

    def schedule(self, moment: datetime) -> None:
        self._validate_expires_after(moment)
        super().schedule(moment)

    def _validate_expires_after(self, moment: datetime) -> None:
        if self.expires_at is not None and self.expires_at <= moment:
            raise ValidationError(EXPIRES_TOO_SOON)
