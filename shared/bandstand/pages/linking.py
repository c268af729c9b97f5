"""Links to a page at the end of the portal's menu and of its footer. Visitors see them once they see the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from bandstand.pages.models import Page
from bandstand.portals.around_pages import read_footer, written_footer, written_menu
from bandstand.portals.menus import MOST_ENTRIES, MenuEntry, every_entry, row_target
from bandstand.portals.models import PortalSettings


def is_in_menu(page: Page) -> bool:
    """Whether the portal's menu has an entry for the page, at the top or below another."""
    return _leads_to(page, PortalSettings.objects.current().menu_entries)


@transaction.atomic
def menu_append(page: Page) -> None:
    """Add the page at the end of the menu, unless it is in it. Raises ValidationError if the menu is full."""
    settings = PortalSettings.objects.locked()
    entries = settings.menu_entries
    if _leads_to(page, entries):
        return
    if len(list(every_entry(entries))) >= MOST_ENTRIES:
        raise ValidationError(_("The menu is full. Remove an entry first."))
    settings.menu = written_menu((*entries, MenuEntry(row_target(page))))
    settings.save(update_fields=["menu"])


@transaction.atomic
def last_line_append(page: Page) -> None:
    """Add the page to the last line of the footer, as far as there is room."""
    settings = PortalSettings.objects.locked()
    footer = read_footer(settings.footer)
    if len(footer.legal) < MOST_ENTRIES:
        settings.footer = written_footer(replace(footer, legal=(*footer.legal, MenuEntry(row_target(page)))))
        settings.save(update_fields=["footer"])


def _leads_to(page: Page, entries: Iterable[MenuEntry]) -> bool:
    return any(each.target == row_target(page) for each in every_entry(entries))
