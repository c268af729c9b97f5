"""What stands around each page of a portal, in columns of its settings: menu, footer, social links.

Each column is JSON with a version, empty as long as nobody said anything. What a form, the administration, the history
or an archive stores has the form that this module writes, and nothing besides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.appearing import next_of
from bandstand.content.fields import MomentField
from bandstand.content.one_moment import this_moment
from bandstand.content.plain_text import clean_text
from bandstand.portals.menus import (
    ADDRESS_MAX_LENGTH,
    LABEL_MAX_LENGTH,
    VERSION,
    MenuEntry,
    default_entries,
    described,
    read_entries,
    validate_address,
    written_entries,
)
from bandstand.portals.social_networks import SocialLink, read_links, written_links

FOOTER_TEXT_MAX_LENGTH = 500
OWN_OR_WEB_ADDRESS = r"^(https?://|/($|[^/\\]))"  # for the database, which sees what goes past validators
NOT_KNOWN = gettext_lazy("This isn't stored in a form that we know.")


@dataclass(frozen=True)
class Footer:
    """A short text, columns of links under their headings, and links for the last line."""

    text: str = ""
    columns: tuple[MenuEntry, ...] = ()
    legal: tuple[MenuEntry, ...] = ()


def read_footer(stored: Any) -> Footer:
    """Return the footer that is stored; what doesn't fit is left out."""
    if not isinstance(stored, Mapping) or stored.get("v") != VERSION:
        return Footer()
    text = stored.get("text", "")
    fits = isinstance(text, str) and len(text) <= FOOTER_TEXT_MAX_LENGTH and clean_text(text) == text
    columns, legal = (read_entries({"v": VERSION, "entries": stored.get(name)}) or () for name in ("columns", "legal"))
    return Footer(text if fits else "", columns, legal)


def written_menu(entries: Iterable[MenuEntry] | None) -> dict[str, Any]:
    """Return a menu as it is stored; {} for None, the menu of the kinds."""
    return {} if entries is None else {"v": VERSION, "entries": written_entries(entries)}


def written_footer(footer: Footer) -> dict[str, Any]:
    """Return a footer as it is stored; {} for an empty one."""
    said = {
        "text": footer.text,
        "columns": written_entries(footer.columns),
        "legal": written_entries(footer.legal),
    }
    said = {name: value for name, value in said.items() if value}
    return {"v": VERSION, **said} if said else {}


def validate_menu(value: Any) -> None:
    """Raise ValidationError unless `value` is a menu as it is stored."""
    _validate(value, written_menu(read_entries(value)))


def validate_footer(value: Any) -> None:
    """Raise ValidationError unless `value` is a footer as it is stored."""
    _validate(value, written_footer(read_footer(value)))


def validate_social_links(value: Any) -> None:
    """Raise ValidationError unless `value` are social links as they are stored."""
    _validate(value, written_links(read_links(value)))


def _validate(value: Any, read_again: Any) -> None:
    if value != read_again:
        raise ValidationError(NOT_KNOWN)


class AroundPagesField(models.JSONField):
    """A column of the above; `told` says in a line what is in it, for the history."""

    def __init__(self, *args: Any, told: Callable[[Any], str] = str, **kwargs: Any) -> None:
        given = {"default": dict, "db_default": {}, "blank": True, "editable": False}
        super().__init__(*args, **{**given, **kwargs})
        self.told = told

    def deconstruct(self) -> Any:
        """Describe it to migrations as the plain field that it is in the database."""
        name, _path, arguments, given = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, given


def menu_told(stored: Any) -> str:
    entries = read_entries(stored)
    return _("the standard menu") if entries is None else described(entries) or _("empty")


def footer_told(stored: Any) -> str:
    footer = read_footer(stored)
    return " · ".join(filter(None, (footer.text, described(footer.columns), described(footer.legal))))


def social_links_told(stored: Any) -> str:
    return ", ".join(each.name for each in read_links(stored))


class AroundPages(models.Model):
    """The columns, for the settings of a portal."""

    menu = AroundPagesField(gettext_lazy("menu"), told=menu_told, validators=[validate_menu])
    footer = AroundPagesField(gettext_lazy("footer"), told=footer_told, validators=[validate_footer])
    social_links = AroundPagesField(
        gettext_lazy("social links"), told=social_links_told, validators=[validate_social_links]
    )
    bar_text = models.CharField(
        gettext_lazy("text of the bar"),
        max_length=160,
        blank=True,
        default="",
        db_default="",
        help_text=gettext_lazy("Without a text there is no bar."),
    )
    bar_url = models.CharField(
        gettext_lazy("link of the bar"),
        max_length=ADDRESS_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        validators=[validate_address],
        help_text=gettext_lazy("An address that starts with https://, or a path of this portal such as /gigs/."),
    )
    bar_link = models.CharField(
        gettext_lazy("text of the link"),
        max_length=LABEL_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text=gettext_lazy("Says where the link leads, for instance “Get tickets”."),
    )
    bar_from = MomentField(
        gettext_lazy("shown from"), null=True, blank=True, help_text=gettext_lazy("If blank, at once.")
    )
    bar_until = MomentField(
        gettext_lazy("shown until"), null=True, blank=True, help_text=gettext_lazy("If blank, until you remove it.")
    )

    class Meta:
        abstract = True

    @classmethod
    def turns(cls, after: datetime) -> Iterator[models.QuerySet[Any]]:
        """Yield queries for when the bar comes and goes."""
        for column in ("bar_from", "bar_until"):
            yield next_of(cls._base_manager.order_by(), column, after)

    @property
    def shows_bar(self) -> bool:
        """Whether visitors see the bar now."""
        now = this_moment()
        return bool(
            self.bar_text
            and (self.bar_from is None or self.bar_from <= now)
            and (self.bar_until is None or now < self.bar_until)
        )

    @property
    def bar_mark(self) -> str:
        """What a browser keeps of a bar that was closed there: it changes with what the bar says."""
        said = f"{self.bar_text}\n{self.bar_link}\n{self.bar_url}"
        return hashlib.blake2b(said.encode(), digest_size=6).hexdigest()

    @cached_property
    def menu_entries(self) -> tuple[MenuEntry, ...]:
        """The portal's own menu, or that of the kinds."""
        entries = read_entries(self.menu)
        return default_entries() if entries is None else entries

    @cached_property
    def footer_parts(self) -> Footer:
        """The footer, read."""
        return read_footer(self.footer)

    @cached_property
    def social(self) -> tuple[SocialLink, ...]:
        """The social links, read."""
        return read_links(self.social_links)
