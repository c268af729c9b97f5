"""Pages to begin with: legal notice, privacy, about and contact, as drafts with gaps that the organization fills.

Gaps stand in square brackets. Texts are in the languages that have been written and read for it, not in all that the
surface speaks: a legal text isn't translated on the way.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bandstand.organizations.current import current_organization
from bandstand.pages.blocks import Block, new_id, stored_blocks
from bandstand.pages.kinds import KINDS
from bandstand.pages.models import Page
from bandstand.pages.passwords import KEPT
from bandstand.pages.starting_texts import STARTING_TEXTS
from bandstand.pages.values import Label

STARTING_PAGES: Mapping[str, Label] = {
    "legal": _("Legal notice"),
    "privacy": _("Privacy"),
    "about": _("About us"),
    "contact": _("Contact"),
}
# Linked below every page, as visitors and laws expect.
IN_LAST_LINE = frozenset({"legal", "privacy"})


def starting_language(wanted: str) -> str:
    """Return the language in which a starting page is written where `wanted` is asked for."""
    return wanted if wanted in STARTING_TEXTS else "en"


@transaction.atomic
def page_start(*, kind: str, language: str) -> Page:
    """Make a draft of one of STARTING_PAGES. Raises KeyError for others."""
    organization = current_organization()
    written_in = starting_language(language)
    title, text = STARTING_TEXTS[written_in][kind]
    said = text.replace("{name}", organization.name).replace("{host}", organization.host).strip()
    said = said.replace("{unlocked_days}", str(KEPT.days))
    blocks = [Block(new_id(), KINDS["text"], {"text": said})]
    if kind == "about":
        blocks.append(Block(new_id(), KINDS["bands"], {**KINDS["bands"].empty}))
    own = "" if written_in == organization.language else written_in
    page = Page(title=title, language=own, blocks=stored_blocks(blocks))
    page.full_clean(exclude=["slug"])
    page.save()
    return page
