"""What a list does with the rows that are ticked in it. It works without scripts: boxes and buttons of one form."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.content.of_bands import bands_seen, may_with_some
from bandstand.content.publishable import Publishable
from bandstand.content.trashed import Trashed
from bandstand.organizations.current import current_organization
from bandstand.portals.presenting import further_languages
from bandstand.spreadsheets.formats import XLSX
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.shell.access import hidden_fields
from bandstand_web.shell.chosen_rows import chosen_rows, say_with_undo
from bandstand_web.shell.trashing import say_moved

REFUSALS_TOLD = 5

_ACTS: dict[str, tuple[str | Promise, str]] = {  # its name for people, and what one must be allowed to do
    "publish": (gettext_lazy("Publish"), "change"),
    "unpublish": (gettext_lazy("Unpublish"), "change"),
    "export": (gettext_lazy("Export"), "view"),
    "trash": (gettext_lazy("Move to trash"), "delete"),
}


class BulkActions:
    """Mixed into a list: a form posts `do=` and `rows=`, or `undo=` with both, to the list's own address."""

    resource_class: ClassVar[Any] = None  # of the export
    model: Any
    request: Any
    rows: Any
    allowed: Any
    name_of: Any

    def bulk_acts(self) -> dict[str, str | Promise]:
        """Return what the user may do with rows of this kind, and what that is called."""
        suits = {
            "publish": issubclass(self.model, Publishable),
            "unpublish": issubclass(self.model, Publishable),
            "export": self.resource_class is not None,
            "trash": issubclass(self.model, Trashed),
        }
        return {
            do: name
            for do, (name, action) in _ACTS.items()
            if suits[do] and may_with_some(self.request.user, action, self.model)
        }

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Do it with all rows or none, and lead back to the list."""
        do, _colon, undone = request.POST.get("undo", request.POST.get("do", "")).partition(":")
        numbers = chosen_rows(undone) if undone else chosen_rows(*request.POST.getlist("rows"))
        if do and do not in _ACTS:
            raise Http404
        if do and do not in self.bulk_acts():
            raise PermissionDenied
        if do == "export":
            return self._export(request, numbers)
        with transaction.atomic():
            rows = list(self._chosen(do, numbers).select_for_update(of=("self",))) if do else []
            if not rows:
                messages.warning(request, _("Nothing was selected. Select at least one row."))
            elif do == "trash":
                self._move_to_trash(rows)
            else:
                self._set_published(rows, for_visitors=do == "publish")
        return redirect(self._list_url())

    def _chosen(self, do: str, numbers: list[int]) -> Any:
        """Return the rows with which the user may do this; others are left out as if they weren't there."""
        _name, action = _ACTS[do]
        return self.allowed(self.rows(), action).filter(pk__in=numbers)

    def _move_to_trash(self, rows: list[Any]) -> None:
        name = self.name_of(rows[0])
        self.model.objects.filter(pk__in=[row.pk for row in rows]).move_to_trash()
        say_moved(self.request, rows, name=name)

    def _set_published(self, rows: list[Any], *, for_visitors: bool) -> None:
        changed, refused = [], []
        for row in rows:
            if row.is_visible == for_visitors:  # what is scheduled keeps its moment
                continue
            try:
                row.publish() if for_visitors else row.unpublish()
            except ValidationError as problem:
                refused.append(f"{self.name_of(row)}: {' '.join(problem.messages)}")
                continue
            row.save_publication()
            changed.append(row)
        for text in refused[:REFUSALS_TOLD]:
            messages.error(self.request, text)
        count = len(changed)
        if for_visitors:
            text = ngettext("%(count)d entry has been published.", "%(count)d entries have been published.", count)
        else:
            text = ngettext("%(count)d entry is a draft again.", "%(count)d entries are drafts again.", count)
        text %= {"count": count}
        if not changed:
            if not refused:
                messages.info(self.request, _("Nothing to change: the selected entries are like that already."))
            return
        back = "unpublish" if for_visitors else "publish"
        say_with_undo(self.request, text, url=self.request.path, name="undo", rows=[row.pk for row in changed], do=back)

    @method_decorator(confirmed_to_write)
    def _export(self, request: HttpRequest, numbers: list[int]) -> HttpResponse:
        rows = self._chosen("export", numbers)
        if not rows:
            messages.warning(request, _("Nothing was selected. Select at least one row."))
            return redirect(self._list_url())
        if not rate_limits.allows(request, "export"):
            return rate_limits.too_many_requests(request)
        plural = str(self.model._meta.verbose_name_plural)  # noqa: SLF001
        record(Act.EXPORTED, target=plural)
        resource = self.resource_class(
            hidden=hidden_fields(self.request.user, self.model),
            bands=bands_seen(self.request.user),
            languages=further_languages(current_organization()),
        )
        content = XLSX().export_data(resource.export(rows))
        name = f"{self.model._meta.model_name}s.xlsx"  # noqa: SLF001
        return HttpResponse(
            content,
            content_type=XLSX.CONTENT_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _list_url(self) -> str:
        """Return the list's address with its filters, on the first page: the others may be gone with their rows."""
        query = self.request.GET.copy()
        query.pop("page", None)
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path
