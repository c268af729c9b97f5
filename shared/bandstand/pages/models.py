"""Pages: what an organization says besides bands, gigs and news, made of blocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Cast
from django.db.models.lookups import Exact, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from bandstand.content.addressed import Addressed, AddressField
from bandstand.content.fields import BoundsConstraint, MomentField, in_bounds
from bandstand.content.identified import Identified
from bandstand.content.languages import choices as language_choices
from bandstand.content.previewing import or_previewed
from bandstand.content.publishable import Publishable, PublishableQuerySet, publication_index
from bandstand.content.recorded import Recorded
from bandstand.content.reserved_words import is_reserved, validate_unreserved
from bandstand.content.searched import Searched
from bandstand.content.shown_language import localized, shown_language
from bandstand.content.translated import Translated, translations_in_bounds
from bandstand.content.trashed import Trashed, TrashedQuerySet
from bandstand.organizations.current import current_organization
from bandstand.organizations.spelling import portal_slug
from bandstand.pages.blocks import MOST_BLOCKS, MOST_BYTES, Block, BlocksField, read_blocks, words_by_language, words_in

MOST_LEVELS = 3
_DESCRIPTION_LENGTH = 200


class PageQuerySet(PublishableQuerySet["Page"], TrashedQuerySet["Page"]):  # type: ignore[override] # of as_manager()
    """Vocabulary for pages."""

    def public(self) -> PageQuerySet:
        """Those that everybody may find: in menus, search, sitemaps."""
        return self.filter(or_previewed(models.Q(visibility=Page.Visibility.PUBLIC), Page))

    def published(self, now: datetime | None = None) -> PageQuerySet:
        """Those that visitors find by themselves. Others have an address; see `reachable()`."""
        return super().published(now).public()

    def reachable(self, now: datetime | None = None) -> PageQuerySet:
        """Those that somebody without an account can open, if need be with a password."""
        for_visitors = ~models.Q(visibility=Page.Visibility.TEAM)
        return super().published(now).filter(or_previewed(for_visitors, Page))

    def in_order(self) -> PageQuerySet:
        """By their titles."""
        return self.order_by("title", "pk")

    def with_pages_above(self) -> PageQuerySet:
        """With the pages that they stand below, but for what those say."""
        above = ("parent", "parent__parent")
        return self.select_related(*above).defer(*(f"{each}__{name}" for each in above for name in ("blocks", "words")))

    def without_contents(self) -> PageQuerySet:
        """Without what they say, for lists."""
        return self.defer("blocks", "words", "parent__blocks", "parent__words")


class Page(Trashed, Recorded, Searched, Publishable, Addressed, Identified, Translated):
    """One page, at an address of its own at the portal's root, whatever page it stands below."""

    edited_below = "/backstage/pages/"
    taken_in_trash = _("A page in the trash has this URL. Restore that page, or choose another URL.")
    unrecorded = ("password", "words")  # the second follows from the blocks
    picture_texts = ("blocks",)
    translated_fields = ("summary", "title", "words")  # the last follows from the blocks, too
    found_by = {"A": ("title",), "B": ("summary",), "D": ("words",)}

    class Visibility(models.TextChoices):
        """Who sees a page once it is published."""

        PUBLIC = "public", _("Everyone")
        UNLISTED = "unlisted", _("Anyone with the link")
        PASSWORD = "password", _("Anyone with the password")
        TEAM = "team", _("Your team only")

    title = models.CharField(_("title"), max_length=140)
    slug = AddressField(
        validators=[validate_unreserved],
        help_text=_("The page's URL, right after your portal's. If blank, it is made from the title."),
        error_messages={"unique": _("Another page already has this URL.")},
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        db_index=False,  # a portal has some dozens of pages
        verbose_name=_("below the page"),
        help_text=_("Shown above the title, as the way back. Its own URL stays the same."),
    )
    summary = models.CharField(
        _("summary"),
        max_length=300,
        blank=True,
        help_text=_("One or two sentences, for search results and shared links."),
    )
    language = models.CharField(
        _("language"),
        max_length=20,
        blank=True,
        choices=language_choices,
        help_text=_("If it isn't the portal's."),
    )
    visibility = models.CharField(_("who sees it"), max_length=10, choices=Visibility, default=Visibility.PUBLIC)
    password = models.CharField(
        _("password"), max_length=128, blank=True, default="", editable=False, serialize=False
    )  # hashed
    is_home = models.BooleanField(
        _("home page"), default=False, help_text=_("Visitors see it instead of the home page that Bandstand makes.")
    )
    blocks = BlocksField(_("content"), default=list, blank=True)
    words = models.TextField(_("words"), blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[PageQuerySet] = PageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["title", "pk"]
        indexes = [publication_index("page_publish_at")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(title=""),
                name="page_has_title",
                violation_error_message=_("A page needs a title."),
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("pk")),
                name="page_is_not_below_itself",
                violation_error_message=_("A page can't stand below itself."),
            ),
            models.UniqueConstraint(fields=["is_home"], condition=models.Q(is_home=True), name="page_one_home"),
            models.CheckConstraint(
                condition=models.Q(is_home=False) | models.Q(visibility="public"),
                name="page_home_is_public",
                violation_error_message=_("The home page is for everyone."),
            ),
            BoundsConstraint(
                condition=models.Q(
                    Exact(models.Func("blocks", function="jsonb_typeof", output_field=models.TextField()), "array")
                )
                & models.Q(
                    LessThanOrEqual(
                        models.Func("blocks", function="jsonb_array_length", output_field=models.IntegerField()),
                        MOST_BLOCKS,
                    )
                ),
                name="page_blocks_are_few",
            ),
            BoundsConstraint(
                condition=models.Q(
                    LessThanOrEqual(
                        models.Func(
                            Cast("blocks", models.TextField()),
                            function="octet_length",
                            output_field=models.IntegerField(),
                        ),
                        MOST_BYTES,
                    )
                ),
                name="page_blocks_are_short",
            ),
            in_bounds("publish_at", MomentField, name="page_publish_at_in_bounds"),
            translations_in_bounds(name="page_translations_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store, with the words that it is found by."""
        written = kwargs.get("update_fields")
        if written is None or "blocks" in written:
            self.words = words_in(self.block_list)
            self.set_versions("words", words_by_language(self.block_list))
            kwargs["update_fields"] = None if written is None else {*written, "words", "translations"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Keep pages three deep."""
        super().clean()
        if self.parent_id is None:
            return
        above = list(self.pages_above())
        if self.pk and self in above:
            raise ValidationError({"parent": _("This page stands below the one that you are editing.")})
        if len(above) + self._levels() > MOST_LEVELS:
            text = _("Pages can be %(limit)d levels deep.") % {"limit": MOST_LEVELS}
            raise ValidationError({"parent": text})

    def pages_above(self) -> Iterator[Page]:
        """Yield the page that it stands below, the one above that, and so on. A query each, two in all."""
        page = self.parent
        for _level in range(MOST_LEVELS):
            if page is None:
                return
            yield page
            page = page.parent

    def _levels(self) -> int:
        """Return how deep it is with all that stands below it."""
        below = Page.with_trash().filter(parent__in=[self.pk]) if self.pk else Page.objects.none()
        levels = 1
        while levels <= MOST_LEVELS and (keys := list(below.values_list("pk", flat=True))):
            levels, below = levels + 1, Page.with_trash().filter(parent__in=keys)
        return levels

    def wanted_slug(self) -> str:
        slug = portal_slug(self.title, fallback="page")
        return f"{slug[:70]}-page" if is_reserved(slug) else slug

    def get_absolute_url(self) -> str:
        """Return the page's path. Written out, because the worker, which mails it, has no URLconf."""
        return localized("/" if self.is_home and self.is_visible else f"/{self.slug}/")

    def get_edit_url(self) -> str:
        """Return the path where its blocks are edited."""
        return f"{super().get_edit_url()}content/"

    @property
    def is_found(self) -> bool:
        """Whether visitors find it by themselves."""
        return self.is_visible and self.visibility == self.Visibility.PUBLIC and not self.is_trashed

    @property
    def has_preview_link(self) -> bool:
        """Whether a link shows it before it is published. One that is for the team alone has none any more."""
        is_for_team = self.is_visible and self.visibility == self.Visibility.TEAM
        return super().has_preview_link and not is_for_team

    @property
    def block_list(self) -> list[Block]:
        """Its blocks."""
        return read_blocks(self.blocks)

    @property
    def whole_language(self) -> str:
        """The language of all of it, if it isn't the portal's; "" where each of its texts says its own."""
        return "" if shown_language() else self.language

    @property
    def own_language(self) -> str:
        return self.language or current_organization().language

    @property
    def description(self) -> str:
        """The summary, or else the beginning of what it says: for search results and shared links."""
        if self.summary or len(self.words) <= _DESCRIPTION_LENGTH:
            return self.summary or self.words
        return self.words[:_DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + "…"
