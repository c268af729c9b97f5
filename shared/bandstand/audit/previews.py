"""Records who showed a draft to people without an account, whichever kind it is of and wherever that was done."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.content.previewing import preview_link_changed


@receiver(preview_link_changed, dispatch_uid="audit.preview_links")
def _link_changed(row: Any, **_kwargs: Any) -> None:
    until = row.preview_until
    record(
        Act.PREVIEW_LINKED if until else Act.PREVIEW_REVOKED,
        target=f"{row._meta.verbose_name}: {row}",  # noqa: SLF001 - Django documents it
        detail=f"→ {until:%Y-%m-%d %H:%M} UTC" if until else "",
    )
