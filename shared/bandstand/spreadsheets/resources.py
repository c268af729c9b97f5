"""What import and export of every kind of row have in common."""

from __future__ import annotations

from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.utils.encoding import force_str
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from import_export import resources, widgets

from bandstand.content.values import read_year, read_yes_no
from bandstand.spreadsheets.formats import SpreadsheetError


class PlainDiff(resources.Diff):
    """Shows what changes in a cell with `<del>` and `<ins>` alone, without the inline styles that our pages refuse."""

    def as_html(self) -> list[SafeString]:
        """Return one cell after the other."""
        return [
            self._cell(force_str(left), force_str(right)) for left, right in zip(self.left, self.right, strict=False)
        ]

    def _cell(self, left: str, right: str) -> SafeString:
        if left == right:
            return format_html("{}", right)
        if self.new or not left:
            return format_html("<ins>{}</ins>", right)
        return format_html("<del>{}</del> <ins>{}</ins>", left, right)


class PortalResource(resources.ModelResource):
    """Rows known by their address: one with a known address changes that row, one without makes a new row."""

    class Meta:
        abstract = True
        import_id_fields = ["slug"]
        skip_unchanged = True
        clean_model_instances = True
        use_transactions = True

    @classmethod
    def get_diff_class(cls) -> type[PlainDiff]:
        """Return how the preview shows changes. Source: import-export, Resource."""
        return PlainDiff

    def before_import(self, dataset: tablib.Dataset, **_kwargs: Any) -> None:
        """Check the columns. Raises SpreadsheetError where none is known."""
        known = {field.column_name for field in self.get_import_fields()}
        unknown = [name for name in dataset.headers if name not in known]
        if unknown:
            raise SpreadsheetError(
                _("Unknown columns: %(unknown)s. These are known: %(known)s.")
                % {"unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
            )
        if "slug" not in dataset.headers:
            dataset.append_col([""] * len(dataset), header="slug")

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Fill `instance` from `row`. Raises ValidationError, also for related rows, which are stored later."""
        errors: dict[str, Any] = {}
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as problem:
            errors = problem.update_error_dict(errors)
        for field in self.get_import_fields():
            if isinstance(field.widget, widgets.ManyToManyWidget) and field.column_name in row:
                try:
                    field.clean(row)
                except ValueError as problem:
                    errors[field.attribute] = ValidationError(str(problem))
        if errors:
            raise ValidationError(errors)


class YearWidget(widgets.IntegerWidget):
    """A whole number or nothing."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        """Return the number. Raises ValueError with a sentence for people."""
        text = str(value or "").strip()
        return read_year(text) if text else None


class YesNoWidget(widgets.Widget):
    """1 or 0 when written; read generously."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        """Return the meaning. Raises ValueError with a sentence for people."""
        return read_yes_no(str(value or ""))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return 1 or 0."""
        return "1" if value else "0"
