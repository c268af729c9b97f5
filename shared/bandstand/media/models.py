"""Pictures: the upload, and the variants that the worker made of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content.fields import PercentField, in_bounds
from bandstand.content.identified import Identified
from bandstand.content.recorded import Recorded
from bandstand.media.links import picture_url
from bandstand.media.storage import CUT_OFF, STILL

FALLBACK_FORMAT = "jpeg"
MIDDLE = 50  # per cent
_FOCUS_STEP = 5  # of the classes in static/css/components/focus.css


class PictureQuerySet(models.QuerySet["Picture"]):
    def ready(self) -> PictureQuerySet:
        """Those that can be shown."""
        return self.filter(state=Picture.State.READY)

    def waiting(self) -> PictureQuerySet:
        """Those that the worker hasn't processed yet."""
        return self.filter(state=Picture.State.WAITING)


class Picture(Recorded, Identified):
    """One uploaded picture. Visitors only ever see the worker's variants, never the upload."""

    # What the worker writes; the texts are what people change.
    unrecorded = ("height", "original", "refusal", "remark", "state", "uploaded_by_id", "variants", "width")

    class State(models.TextChoices):
        WAITING = "waiting", _("being prepared")
        READY = "ready", _("ready")
        REFUSED = "refused", _("refused")

    class Remark(models.TextChoices):
        """What an accepted picture has lost, as a message for the uploader."""

        STILL = STILL, _("Moving pictures aren't shown here: this is the first of its frames.")
        CUT_OFF = CUT_OFF, _("The end of this file is missing. The picture was cut off a little at the bottom.")

    original = models.CharField(
        _("original"), max_length=255, editable=False, help_text=_("Where the upload is stored. It is never shown.")
    )
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.WAITING, editable=False)
    refusal = models.CharField(
        _("why it was refused"), max_length=255, blank=True, editable=False, help_text=_("A sentence for the uploader.")
    )
    remark = models.CharField(
        _("what was lost"), max_length=10, choices=Remark, blank=True, default="", db_default="", editable=False
    )
    width = models.PositiveIntegerField(_("width"), null=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, editable=False)
    # {"webp": {"320": "org_…/pictures/…/320.webp", …}, "jpeg": {…}}: recorded here, so the storage needn't be queried.
    variants = models.JSONField(_("variants"), default=dict, editable=False)
    alt = models.CharField(
        _("description"),
        max_length=255,
        blank=True,
        help_text=_("What the picture shows, for people who can't see it."),
    )
    credit = models.CharField(
        _("credit"),
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text=_("Who took or drew it, if that should be named."),
    )
    # The point that stays in sight where the picture is cut to another shape.
    focus_x = PercentField(
        _("focus, from the left"),
        default=MIDDLE,
        db_default=MIDDLE,
        help_text=_("Per cent of the width. What is there stays in sight where the picture is cut."),
    )
    focus_y = PercentField(
        _("focus, from the top"), default=MIDDLE, db_default=MIDDLE, help_text=_("Per cent of the height.")
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("uploaded by"),
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    objects: ClassVar[models.Manager[Picture]] = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="ready")
                | models.Q(width__gt=0, height__gt=0, width__isnull=False, height__isnull=False),
                name="picture_ready_has_size",
                violation_error_message=_("A finished picture has a width and a height."),
            ),
            models.CheckConstraint(
                condition=models.Q(state="refused") ^ models.Q(refusal=""),
                name="picture_refused_says_why",
                violation_error_message=_("A refused picture says why, and no other does."),
            ),
            *(in_bounds(name, PercentField, name=f"picture_{name}_in_bounds") for name in ("focus_x", "focus_y")),
        ]

    def __str__(self) -> str:
        return self.alt or str(_("Picture %(number)s")) % {"number": self.pk}

    @property
    def is_ready(self) -> bool:
        """Whether there is something to show."""
        return self.state == self.State.READY

    @property
    def is_tall(self) -> bool:
        """Whether it is ready and in portrait format, as posters are."""
        return self.is_ready and (self.height or 0) > (self.width or 0)

    @property
    def focus_classes(self) -> str:
        """The classes that move crops to the focus, to the nearest of their steps; none for the middle."""
        steps = {"x": self.focus_x, "y": self.focus_y}
        rounded = {axis: _FOCUS_STEP * round(at / _FOCUS_STEP) for axis, at in steps.items()}
        return " ".join(f"focus-{axis}-{at}" for axis, at in rounded.items() if at != MIDDLE)

    @property
    def formats(self) -> list[str]:
        """Formats for `<source>` elements, best first, without the fallback for `<img>`; the last is widely known."""
        return sorted(name for name in self.variants if name != FALLBACK_FORMAT)  # AVIF before WebP

    def srcset(self, format_name: str) -> str:
        """Return the value of a `srcset` attribute, narrowest first; empty where the format doesn't exist."""
        widths = sorted(self.variants.get(format_name, {}).items(), key=lambda item: int(item[0]))
        return ", ".join(f"{picture_url(path)} {width}w" for width, path in widths)

    @property
    def sources(self) -> list[tuple[str, str]]:
        """(media type, srcset) of each format for a `<picture>` element, best first."""
        return [(f"image/{name}", self.srcset(name)) for name in self.formats]

    @property
    def fallback_srcset(self) -> str:
        """The `srcset` of the `<img>` element."""
        return self.srcset(FALLBACK_FORMAT)

    @property
    def url(self) -> str:
        """URL of the widest variant in the format that every client supports; empty until the picture is ready."""
        return self._variant_url(FALLBACK_FORMAT, widest=True)

    @property
    def thumbnail_url(self) -> str:
        """URL of the narrowest variant, with transparency if it has any; empty until the picture is ready."""
        return self._variant_url(next(reversed(self.formats), FALLBACK_FORMAT), widest=False)

    @property
    def file(self) -> str:
        """Path of the widest variant in the format that every client supports; empty until the picture is ready."""
        return self._variant(FALLBACK_FORMAT, widest=True)

    def _variant_url(self, format_name: str, *, widest: bool) -> str:
        path = self._variant(format_name, widest=widest)
        return picture_url(path) if path else ""

    def _variant(self, format_name: str, *, widest: bool) -> str:
        widths = sorted(self.variants.get(format_name, {}), key=int)
        return str(self.variants[format_name][widths[-1 if widest else 0]]) if widths else ""


def columns_shown(*pictures: str) -> Iterator[str]:
    """Yield what pages show of these related pictures, for `only()`."""
    for name in ("state", "variants", "width", "height", "alt", "credit", "focus_x", "focus_y"):
        yield from (f"{picture}__{name}" for picture in pictures)


def picture_key(name: Any) -> models.ForeignKey[Picture | None, Picture | None]:
    """Return the foreign key of rows that have a picture, called `name`.

    Without an index, which only deleting a picture would use: a portal's relations are counted.
    """
    return models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, verbose_name=name
    )
