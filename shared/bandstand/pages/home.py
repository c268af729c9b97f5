"""Which page visitors see instead of the home page that the portal makes."""

from __future__ import annotations

from django.db import transaction

from bandstand.pages.models import Page


@transaction.atomic
def home_choose(page: Page) -> None:
    """Make a stored page the home page, in the place of the one that was."""
    for former in Page.with_trash().filter(is_home=True).exclude(pk=page.pk).select_for_update(of=("self",)):
        former.is_home = False
        former.save(update_fields=["is_home", "updated_at"])
    page.is_home = True
    page.save(update_fields=["is_home", "updated_at"])


def home_page() -> Page | None:
    """Return the home page, where one was chosen and visitors see it."""
    return Page.objects.published().filter(is_home=True).first()
