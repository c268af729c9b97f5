"""A portal's settings: one row per tenant."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.roles import ROLES
from bandstand.content.fields import MomentField, in_bounds, is_web_address, not_before
from bandstand.content.languages import choices as language_choices
from bandstand.content.recorded import Recorded
from bandstand.content.sharing import ShownWhenShared
from bandstand.content.translated import translations_in_bounds
from bandstand.database.connection import connection
from bandstand.media.models import picture_key
from bandstand.organizations.rows_in_languages import InPortalsLanguages
from bandstand.portals.around_pages import OWN_OR_WEB_ADDRESS, AroundPages
from bandstand.portals.colour import Palette, palette, parse_colour
from bandstand.portals.design import Corners, Density, Design, Header
from bandstand.portals.designed_themes import POSTER, THEMES
from bandstand.portals.font_pairs import FONT_PAIRS
from bandstand.portals.theme import theme_version

THE_ROW = 1
_WEB_ADDRESS = URLValidator(schemes=["http", "https"])
DEFAULT_ACCENT = "#d6402b"
_DRAWN = ("icons", "icons_of", "logo_ground")  # by the worker
_COMPUTED = ("version", "updated_at")


def validate_colour(value: str) -> None:
    """Raise ValidationError unless `value` is a colour as people type it."""
    parse_colour(value)


class Minors(models.TextChoices):
    """Whether the portal's people are minors, and what visitors then see of names without consent."""

    NO = "no", _("No: show full names")
    INITIALS = "initials", _("Yes: show initials")
    HIDDEN = "hidden", _("Yes: hide names")


class PortalSettingsManager(models.Manager["PortalSettings"]):
    """Gives access to the tenant's single row."""

    def current(self) -> PortalSettings:
        """Return the tenant's settings, created with defaults on first access, but not saved in a read-only portal."""
        # Query first, because get_or_create() reads from the primary, never from a replica.
        rows = self.select_related("logo", "picture")
        found = rows.filter(pk=THE_ROW).first()
        if found is None and getattr(connection.tenant, "is_read_only", False):
            return self.model(pk=THE_ROW)
        return found or rows.get_or_create(pk=THE_ROW)[0]

    def locked(self) -> PortalSettings:
        """Return them, created likewise, for a transaction that changes them: nobody else does until it ends."""
        return self.select_for_update(no_key=True).get(pk=self.current().pk)


class PortalSettings(AroundPages, Recorded, InPortalsLanguages, ShownWhenShared):
    """The portal's appearance and addresses; name, language and time zone belong to the organization."""

    unrecorded = (*_COMPUTED, *_DRAWN, "second_factor_roles")  # the security log has the roles

    translated_fields = ("introduction", "tagline")

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ROW, editable=False)
    accent = models.CharField(
        _("accent colour"),
        max_length=40,
        default=DEFAULT_ACCENT,
        validators=[validate_colour],
        help_text=_(
            "Buttons and surfaces have exactly this colour. As text it becomes lighter or darker where that is needed."
        ),
    )
    theme = models.CharField(
        _("theme"),
        max_length=20,
        choices=[(theme.name, theme.label) for theme in THEMES.values()],
        default=POSTER,
        db_default=POSTER,
    )
    second_colour = models.CharField(
        _("second colour"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        validators=[validate_colour],
        help_text=_("For lines, labels and small surfaces beside the first. If blank, they are black or white."),
    )
    fonts = models.CharField(
        _("fonts"),
        max_length=20,
        blank=True,
        default="",
        db_default="",
        choices=[(pair.name, pair.label) for pair in FONT_PAIRS.values()],
    )
    corners = models.CharField(
        _("corners"), max_length=20, blank=True, default="", db_default="", choices=Corners.choices
    )
    density = models.CharField(
        _("spacing"), max_length=20, blank=True, default="", db_default="", choices=Density.choices
    )
    header = models.CharField(_("header"), max_length=20, blank=True, default="", db_default="", choices=Header.choices)
    picture = picture_key(_("picture on the home page"))
    tagline = models.CharField(_("tagline"), max_length=140, blank=True, help_text=_("One line below your name."))
    introduction = models.TextField(
        _("introduction"), max_length=4000, blank=True, help_text=_("For the home page. You can use Markdown.")
    )
    # Besides the organization's own: those of contents, at addresses of their own.
    languages = ArrayField(
        models.CharField(max_length=20, choices=language_choices),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("further languages"),
        help_text=_(
            "Visitors find your portal in these languages too, at addresses such as /de/. Texts get a second field for "
            "each; where you leave one blank, visitors see the text in your main language."
        ),
    )
    logo = picture_key(_("logo"))
    # The folder of the files in bandstand.portals.icon_files, and what they were made of; empty until there are some.
    icons = models.CharField(max_length=255, default="", db_default="", editable=False)
    icons_of = models.CharField(max_length=40, default="", db_default="", editable=False)
    # On which scheme's paper a transparent logo has to stand, as it can't be told from the other's; mostly empty.
    logo_ground = models.CharField(max_length=5, default="", db_default="", editable=False)
    contact_email = models.EmailField(
        _("contact email"), blank=True, help_text=_("Receives messages for bands without an address of their own.")
    )
    imprint_url = models.URLField(
        _("legal notice"), blank=True, validators=[_WEB_ADDRESS], help_text=_("Address of your legal notice.")
    )
    privacy_url = models.URLField(_("privacy notice"), blank=True, validators=[_WEB_ADDRESS])
    second_factor_roles = ArrayField(
        models.CharField(max_length=20, choices=list(ROLES.items())),
        default=list,
        db_default=[],
        blank=True,
        editable=False,
    )
    minors = models.CharField(
        _("we teach minors"),
        max_length=10,
        choices=Minors,
        default=Minors.NO,
        db_default=Minors.NO,
        help_text=_(
            "If so, visitors see initials or no names of people until you record a person's consent, and pictures of "
            "people need consent too."
        ),
    )
    tells_search_engines = models.BooleanField(
        _("tell search engines about changes"),
        default=False,
        db_default=False,
        help_text=_(
            "Bing, Yandex and others that take part in IndexNow then learn of new and changed pages at once. They are "
            "told the pages' addresses, and nothing else."
        ),
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[PortalSettingsManager] = PortalSettingsManager()

    class Meta:
        verbose_name = _("portal settings")
        verbose_name_plural = _("portal settings")
        permissions = [("manage_domains", _("Can manage the portal's domains"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=THE_ROW),
                name="portal_settings_one_row",
                violation_error_message=_("A portal has only one set of settings."),
            ),
            # A scheme that a browser would execute ("javascript:") must be refused even if the forms are bypassed.
            *(is_web_address(name, name=f"portal_{name}_is_web_address") for name in ("imprint_url", "privacy_url")),
            models.CheckConstraint(
                condition=models.Q(bar_url="") | models.Q(bar_url__iregex=OWN_OR_WEB_ADDRESS),
                name="portal_bar_url_is_address",
                violation_error_message=_("Enter an address that starts with https://, or a path such as /gigs/."),
            ),
            translations_in_bounds(name="portal_translations_in_bounds"),
            *(in_bounds(name, MomentField, name=f"portal_{name}_in_bounds") for name in ("bar_from", "bar_until")),
            models.CheckConstraint(
                condition=not_before("bar_until", "bar_from"),
                name="portal_bar_ends_after_it_began",
                violation_error_message=_("The bar's end is before its beginning."),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Portal settings"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Increment the version, so that cached URLs change."""
        if not self._state.adding:
            self.version += 1
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *_COMPUTED}
        super().save(*args, **kwargs)

    @property
    def palette(self) -> Palette:
        """What is made of the brand's colour wherever no theme is: in icons, prints, the backstage."""
        return palette(self.accent)

    @property
    def design(self) -> Design:
        """How pages for visitors look."""
        return Design(
            accent=self.accent,
            theme_name=self.theme,
            second=self.second_colour,
            pair_name=self.fonts,
            corners_chosen=self.corners,
            density=self.density,
            header_chosen=self.header,
        )

    @property
    def icons_version(self) -> str:
        """What changes in the icons' addresses; empty while there are none."""
        return self.icons.rpartition("/")[2]

    @property
    def theme_version(self) -> int:
        """The number in the address of the portal's style sheet."""
        return theme_version(self.design)
