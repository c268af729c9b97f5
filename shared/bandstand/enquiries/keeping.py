"""Messages stay when their band is deleted for good."""

from __future__ import annotations

from typing import Any

from bandstand.bands.models import Band
from bandstand.enquiries.models import Enquiry


def keep_name(sender: type[Band], instance: Band, **_kwargs: Any) -> None:
    """Note in the messages to a band whom they were for. Receives `pre_delete`."""
    Enquiry.objects.filter(band=instance).update(band_name=instance.name)
