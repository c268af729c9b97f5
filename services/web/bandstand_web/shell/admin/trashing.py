"""Deleting in the admin: what can go to the trash goes there, instead of being deleted with all that belongs to it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import utils as admin_utils
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import NestedObjects
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.trashed import KEPT, Trashed, living
from bandstand_web.shell.trashing import say_moved


class LivingObjects(NestedObjects):
    """Collects what the admin's pages say will be deleted; what is in the trash goes too, but isn't shown."""

    def related_objects(self, related_model: type[Model], related_fields: Any, objs: Any) -> QuerySet[Any]:
        return super().related_objects(related_model, related_fields, objs).filter(living(related_model))


admin_utils.NestedObjects = LivingObjects  # type: ignore[misc]


class TrashingAdmin(admin.ModelAdmin):
    """Moves rows of models that have a trash to it; other models' rows are deleted."""

    @property
    def has_trash(self) -> bool:
        """Whether deleted rows go to the trash."""
        return issubclass(self.model, Trashed)

    @property
    def delete_confirmation_template(self) -> str | None:  # type: ignore[override] # Django only reads it
        """The page that asks, if it isn't Django's own."""
        return "admin/trash/confirm.html" if self.has_trash else None

    @admin.action(description=gettext_lazy("Move to trash"), permissions=["delete"])
    def move_to_trash(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Move the selected rows to the trash."""
        chosen = list(rows)
        name = str(chosen[0])
        self.log_deletions(request, rows)
        self.delete_queryset(request, rows)
        say_moved(request, chosen, name=name)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Replace the action that deletes, where there is a trash."""
        actions = super().get_actions(request)
        if self.has_trash and actions.pop("delete_selected", None) is not None:
            actions["move_to_trash"] = self.get_action("move_to_trash")
        return actions

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask, and move the row to the trash."""
        if self.has_trash:
            extra_context = {**(extra_context or {}), "title": _("Move to trash?"), "days": KEPT.days}
        return super().delete_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return the rows alone: what belongs to them isn't deleted."""
        if not self.has_trash:
            return super().get_deleted_objects(objs, request)
        return [str(row) for row in objs], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        if not self.has_trash:
            return super().delete_model(request, obj)
        return obj.move_to_trash()  # type: ignore[no-any-return]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        if not self.has_trash:
            return super().delete_queryset(request, queryset)
        queryset.move_to_trash()  # type: ignore[attr-defined]
        return None

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Say where the row is, with a button that brings it back."""
        if not self.has_trash or IS_POPUP_VAR in request.POST:
            return super().response_delete(request, obj_display, obj_id)
        say_moved(request, [self.model(pk=obj_id)], name=obj_display)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
