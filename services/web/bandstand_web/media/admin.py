"""Pictures: upload, description, and the reason if one was rejected."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.base import File
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bandstand.media.adding import UPLOAD_LIMITS, picture_add, validate_upload
from bandstand.media.models import Picture
from bandstand.media.storage import ACCEPT
from bandstand.media.uses import uses_of
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


class UploadAdminForm(forms.ModelForm):
    """A file and what it shows."""

    file = forms.FileField(
        label=_("Picture"), help_text=UPLOAD_LIMITS, widget=forms.FileInput(attrs={"accept": ACCEPT})
    )

    class Meta:
        model = Picture
        fields = ["file", "alt", "credit"]

    def clean_file(self) -> File[Any]:
        file: File[Any] = self.cleaned_data["file"]
        validate_upload(file)
        return file


@admin.register(Picture, site=tenant_site)
class PictureAdmin(GuardedAdmin):
    list_display = ["thumbnail", "alt", "state", "size", "uploaded_by", "created_at"]
    list_display_links = ["alt"]
    list_filter = ["state"]
    list_select_related = ["uploaded_by"]
    search_fields = ["alt"]
    readonly_fields = ["preview", "state", "refusal", "remark", "size", "used", "uploaded_by", "created_at"]

    def get_fields(self, request: HttpRequest, obj: Picture | None = None) -> Any:
        """Return the upload's fields for a new picture, and its details for an existing one."""
        return ["preview", "alt", "credit", *self.readonly_fields[1:]] if obj else ["file", "alt", "credit"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Use the upload form for a new picture."""
        if not change:
            kwargs["form"] = UploadAdminForm
            kwargs["fields"] = ["alt", "credit"]
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Picture, form: Any, change: bool) -> None:
        """Save; a new upload becomes a picture waiting for the worker."""
        if change:
            super().save_model(request, obj, form, change)
            return
        file, uploader = form.cleaned_data["file"], request.user
        added = picture_add(file=file, uploaded_by=uploader, alt=obj.alt, credit=obj.credit)  # type: ignore[arg-type]
        obj.pk = added.pk
        obj.refresh_from_db()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name in each question before deleting also what only refers to the pictures, and will have none."""
        pictures = list(objs)
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(pictures, request)
        uses = uses_of(picture.pk for picture in pictures)
        used = [gettext("Used by %(use)s") % {"use": use} for of_one in uses.values() for use in of_one]
        return [*to_delete, *used], counts, perms_needed, protected

    @admin.display(description=_("used by"))
    def used(self, picture: Picture) -> str:
        """Return the rows that use the picture, and as what."""
        return ", ".join(str(use) for use in uses_of([picture.pk]).get(picture.pk, [])) or "-"

    @admin.display(description=_("picture"))
    def thumbnail(self, picture: Picture) -> SafeString | str:
        """Return the smallest variant, or the picture's state if it isn't ready."""
        if not picture.is_ready:
            return str(picture.get_state_display())
        return format_html('<img class="thumbnail" src="{}" alt="" loading="lazy">', picture.thumbnail_url)

    @admin.display(description=_("picture"))
    def preview(self, picture: Picture) -> SafeString | str:
        """Return the picture at preview size, or its state if it isn't ready."""
        if not picture.is_ready:
            return str(picture.get_state_display())
        return format_html('<img class="preview" src="{}" alt="{}">', picture.url, picture.alt)

    @admin.display(description=_("size"))
    def size(self, picture: Picture) -> str:
        """Return width and height in pixels."""
        return f"{picture.width} \N{MULTIPLICATION SIGN} {picture.height}" if picture.width else "-"
