"""A gig's line-up in a form: one place for each band, in running order."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band
from bandstand_web.forms.known_rows import KnownRowsField


class LineUpField(KnownRowsField):
    """The cleaned value is a list of bands in running order, without duplicates."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Line-up"))
        kwargs.setdefault("help_text", _("From the top of the poster down. Empty places are ignored."))
        super().__init__(queryset=Band.objects.order_by("name", "pk"), required=False, **kwargs)
