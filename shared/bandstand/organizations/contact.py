"""How people reach whoever runs the platform."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Contact:
    """A mailbox or a page: `url` for links, `text` for people to read."""

    url: str

    @property
    def is_mailbox(self) -> bool:
        return self.url.startswith("mailto:")

    @property
    def text(self) -> str:
        return self.url.removeprefix("mailto:")


def support_contact() -> Contact | None:
    """Return whom to ask for help; None where the operator named nobody."""
    return Contact(settings.SUPPORT_CONTACT) if settings.SUPPORT_CONTACT else None
