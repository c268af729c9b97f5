"""A band's pictures: upload several, choose the main one, order, describe, delete."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max, QuerySet
from django.forms import BaseModelFormSet, modelformset_factory
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.bands.models import Band, BandPhoto
from bandstand.media.adding import picture_add
from bandstand.media.models import Picture
from bandstand_web.backstage.access import needs
from bandstand_web.backstage.forms import PicturesField
from bandstand_web.requests import TeamRequest


class UploadForm(forms.Form):
    """Pictures from the computer or the phone."""

    pictures = PicturesField(
        label=gettext_lazy("Pictures"),
        help_text=gettext_lazy("JPEG, PNG, WebP, AVIF or GIF; several at a time, the best one first."),
    )


class PhotoForm(forms.ModelForm[BandPhoto]):
    """A picture's place in the gallery and its description."""

    alt = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("What the picture shows, for people who can't see it."),
    )

    class Meta:
        model = BandPhoto
        fields = ["caption", "position"]

    field_order = ["alt", "caption", "position"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.instance.pk:
            self.fields["alt"].initial = self.instance.picture.alt

    def save(self, commit: bool = True) -> BandPhoto:
        """Store the place and the description."""
        photo = super().save(commit=commit)
        photo.picture.alt = self.cleaned_data["alt"]
        photo.picture.save(update_fields=["alt"])
        return photo


PhotoFormSet = modelformset_factory(BandPhoto, form=PhotoForm, extra=0)
Photos = BaseModelFormSet[BandPhoto, PhotoForm]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("bands.change_band")
def index(request: TeamRequest, pk: int) -> HttpResponse:
    """Show the pictures and take new ones."""
    band = get_object_or_404(Band, pk=pk)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        count = _photos_add(request, band, form.cleaned_data["pictures"])
        text = ngettext("%(count)d picture is being prepared.", "%(count)d pictures are being prepared.", count)
        messages.success(request, text % {"count": count})
        return redirect("backstage:band_photos", pk=pk)
    return _page(request, band, form, PhotoFormSet(queryset=_gallery(band), prefix="photos"))


@require_POST
@needs("bands.change_band")
def describe(request: TeamRequest, pk: int) -> HttpResponse:
    """Store descriptions, captions and order of all pictures."""
    band = get_object_or_404(Band, pk=pk)
    photos = PhotoFormSet(request.POST, queryset=_gallery(band), prefix="photos")
    if not photos.is_valid():
        return _page(request, band, UploadForm(), photos)
    with transaction.atomic():
        photos.save()
    messages.success(request, _("The pictures are saved."))
    return redirect("backstage:band_photos", pk=pk)


@require_POST
@needs("bands.change_band")
def choose(request: TeamRequest, pk: int, photo: int) -> HttpResponse:
    """Make a picture the band's main one, or its logo."""
    band = get_object_or_404(Band, pk=pk)
    chosen = get_object_or_404(band.gallery.select_related("picture"), pk=photo)
    place = "logo" if request.POST.get("as") == "logo" else "photo"
    setattr(band, place, chosen.picture)
    band.save(update_fields=[place, "updated_at"])
    messages.success(request, _("%(name)s has a new main picture.") % {"name": band.name})
    return redirect("backstage:band_photos", pk=pk)


@require_POST
@needs("bands.change_band")
def remove(request: TeamRequest, pk: int, photo: int) -> HttpResponse:
    """Delete a picture with its files."""
    band = get_object_or_404(Band, pk=pk)
    chosen = get_object_or_404(band.gallery.select_related("picture"), pk=photo)
    chosen.picture.delete()  # its files go with it
    messages.success(request, _("The picture is deleted."))
    return redirect("backstage:band_photos", pk=pk)


@require_safe
@needs("bands.view_band")
def waiting(request: TeamRequest, pk: int) -> HttpResponse:
    """The gallery alone, for htmx: the page asks again while a picture is being prepared, then stops."""
    band = get_object_or_404(Band, pk=pk)
    context: dict[str, Any] = {"band": band, "photos": PhotoFormSet(queryset=_gallery(band), prefix="photos")}
    return render(request, "backstage/band_gallery.html", _with_waiting(context))


def _gallery(band: Band) -> QuerySet[BandPhoto]:
    return band.gallery.select_related("picture").order_by("position", "pk")


def _photos_add(request: TeamRequest, band: Band, files: list[UploadedFile[Any]]) -> int:
    with transaction.atomic():
        last = band.gallery.aggregate(last=Max("position"))["last"] or 0
        for number, file in enumerate(files, start=last + 1):
            picture = picture_add(file=file, uploaded_by=request.user, alt=band.name)
            BandPhoto.objects.create(band=band, picture=picture, position=number)
            if band.photo_id is None:
                band.photo = picture
                band.save(update_fields=["photo", "updated_at"])
    return len(files)


def _page(request: TeamRequest, band: Band, form: UploadForm, photos: Photos) -> HttpResponse:
    status = 422 if form.errors or photos.total_error_count() else 200
    context = _with_waiting({"band": band, "form": form, "photos": photos})
    return render(request, "backstage/band_photos.html", context, status=status)


def _with_waiting(context: dict[str, Any]) -> dict[str, Any]:
    waits = any(form.instance.picture.state == Picture.State.WAITING for form in context["photos"])
    return {**context, "waits": waits}
