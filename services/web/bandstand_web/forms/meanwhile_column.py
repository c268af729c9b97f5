"""Two people at a column that a form takes apart, such as a menu: it is compared as a whole, and shown as one text."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.utils.text import capfirst

from bandstand.content.changes import Change
from bandstand_web.forms.meanwhile import ANYWAY, SEEN, Conflict, OfOthers

_SALT = "bandstand.meanwhile_column"


class MeanwhileColumn(OfOthers):
    """What others did to a column between the page with its form and the form's return; see `Meanwhile`.

    The column's field says by `told` what is in it.
    """

    def __init__(self, request: HttpRequest, row: Any, column: str) -> None:
        self._request, self._row, self._column = request, row, column
        self._field: Any = row._meta.get_field(column)  # noqa: SLF001 - Django documents it
        self.conflicts: list[Conflict] = []
        self.taken: list[str] = []
        if request.method == "POST":
            self.mark = request.POST.get(SEEN, "")
        else:
            newest = Change.objects.newest(type(row), row.pk)
            self.mark = signing.dumps({"at": newest, "looks": _digest(getattr(row, column))}, salt=_SALT)

    @property
    def is_agreed(self) -> bool:
        """Whether the form may be saved."""
        return not self.conflicts or self._request.POST.get(ANYWAY) == self.number

    def settled(self, mine: Any) -> Any:
        """Return what is to be stored, by what is stored now in the row, which is locked."""
        seen, stored = _read(self.mark), getattr(self._row, self._column)
        if seen is None or _digest(stored) in {seen["looks"], _digest(mine)}:
            return mine
        newer = Change.objects.of(self._row).filter(pk__gt=seen["at"]).order_by("-pk").defer("fields")
        own = self._request.user.pk
        self.change = next((each for each in newer if each.user_id != own), None)
        if self.change is None:
            return mine
        if _digest(mine) == seen["looks"]:
            self.taken.append(capfirst(str(self._field.verbose_name)))
            return stored
        label, told = capfirst(str(self._field.verbose_name)), self._field.told
        self.conflicts.append(Conflict(label, told(stored) or "—", told(mine) or "—"))
        return mine


def _read(mark: str) -> Any:
    try:
        return signing.loads(mark, salt=_SALT)
    except signing.BadSignature:
        return None


def _digest(value: Any) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=12).hexdigest()
