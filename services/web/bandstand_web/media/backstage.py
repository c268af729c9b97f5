"""A band's pictures: upload, choose the main photo and the logo, order, describe, delete."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.forms import BaseModelFormSet, modelformset_factory
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.bands.gallery import gallery_add, gallery_choose, gallery_order, gallery_remove
from bandstand.bands.models import Band, BandPhoto, BandPhotoQuerySet
from bandstand.content.fields import LAST_POSITION
from bandstand.content.form_fields import WholeNumberField
from bandstand.content.form_sets import RowsTogether
from bandstand.content.of_bands import rows_for
from bandstand.content.whole_numbers import whole_number
from bandstand.media.adding import UPLOAD_LIMITS
from bandstand.media.models import Picture
from bandstand.media.storage import SNIFFED_BYTES, SUFFIXES, UPLOAD_MAX_BYTES, sniff_type
from bandstand.media.uses import uses_of
from bandstand_web.body_sizes import MOST_WITH_FILES
from bandstand_web.forms.pictures_field import PicturesField
from bandstand_web.forms.submitting import makes_once
from bandstand_web.query_values import number, numbers
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import may_with, needs
from bandstand_web.shell.loaded_rows import LoadedRows

# The page polls for pictures in preparation every few seconds and gives up after some minutes.
MOST_ROUNDS = 60
FOCUS = ("focus_x", "focus_y")


class UploadForm(forms.Form):
    """Pictures from the user's device."""

    pictures = PicturesField(
        label=gettext_lazy("Pictures"),
        help_text=format_lazy("{} {}", gettext_lazy("Choose several at a time, the best one first."), UPLOAD_LIMITS),
    )


class PhotoForm(forms.ModelForm[BandPhoto]):
    """A picture's description, credit, caption and position in the gallery."""

    alt = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("What the picture shows, for people who can't see it."),
    )
    credit = forms.CharField(
        label=gettext_lazy("Credit"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Who took or drew it; shown beside the picture."),
    )
    position = WholeNumberField(label=gettext_lazy("Order"), required=False, max_value=LAST_POSITION)

    class Meta:
        model = BandPhoto
        fields = ["caption"]

    field_order = ["alt", "caption", "credit", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["alt"].initial = self.instance.picture.alt
            self.fields["credit"].initial = self.instance.picture.credit

    def save(self, commit: bool = True) -> BandPhoto:
        photo = super().save(commit=commit)
        photo.picture.alt = self.cleaned_data["alt"]
        photo.picture.credit = self.cleaned_data["credit"]
        photo.picture.save(update_fields=["alt", "credit"])
        return photo


class OnePhotoForm(PhotoForm):
    """The same on a page of its own, with the point that stays in sight where the picture is cut."""

    position = None  # type: ignore[assignment] # Django's way to leave out a field

    focus_x = WholeNumberField(label=gettext_lazy("Focus, from the left (%)"), required=False, max_value=100)
    focus_y = WholeNumberField(label=gettext_lazy("Focus, from the top (%)"), required=False, max_value=100)

    field_order = ["alt", "caption", "credit", "focus_x", "focus_y"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FOCUS:
            self.fields[name].initial = getattr(self.instance.picture, name)

    def save(self, commit: bool = True) -> BandPhoto:
        photo = super().save(commit=commit)
        for name in FOCUS:
            if (at := self.cleaned_data[name]) is not None:
                setattr(photo.picture, name, at)
        photo.picture.save(update_fields=FOCUS)
        return photo


class PhotosInOrder(LoadedRows, RowsTogether, BaseModelFormSet[BandPhoto, PhotoForm]):
    """The pictures, numbered from 1."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for position, form in enumerate(self.initial_forms, start=1):
            form.initial["position"] = position

    @cached_property
    def forms(self) -> list[PhotoForm]:
        """The rows, without those whose picture has been deleted in the meantime, so that the others can be saved."""
        return [form for form in super().forms if form.instance.pk]

    def save(self, commit: bool = True) -> list[BandPhoto]:
        """Save the pictures' texts and their order, by number; rows without a number come last."""
        with transaction.atomic():
            saved = super().save(commit=commit)
            forms_in_order = sorted(
                self.initial_forms, key=lambda form: form.cleaned_data.get("position") or LAST_POSITION
            )
            gallery_order(photos=[form.instance for form in forms_in_order])
        return saved


Photos = BaseModelFormSet[BandPhoto, PhotoForm]
PhotoFormSet = modelformset_factory(BandPhoto, form=PhotoForm, formset=PhotosInOrder, extra=0)


@dataclass(frozen=True)
class UploadAnswer:
    """The result of one uploaded file."""

    name: str
    photo: BandPhoto | None
    sentence: str


@require_http_methods(["GET", "HEAD", "POST"])
@needs("bands.change_band", in_bands=True)
@makes_once
def index(request: TeamRequest, pk: int) -> HttpResponse:
    """Show the pictures and accept uploads, each independently. The upload script sends them singly and gets JSON."""
    band = _band(request, pk)
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    answers = []
    if request.method == "POST" and form.is_valid():
        answers = [_take(request, band, file) for file in form.cleaned_data["pictures"]]
    if request.method == "POST" and not request.accepts("text/html"):
        return _told(answers, form)
    refused = [answer for answer in answers if answer.photo is None]
    if len(answers) == len(refused):
        for answer in refused:
            form.add_error("pictures", f"{answer.name}: {answer.sentence}")
        return _page(request, band, form, PhotoFormSet(queryset=_gallery(band), prefix="photos"))
    count = len(answers) - len(refused)
    text = ngettext("%(count)d picture is being prepared.", "%(count)d pictures are being prepared.", count)
    messages.success(request, text % {"count": count})
    for answer in refused:
        messages.error(request, f"{answer.name}: {answer.sentence}")
    return redirect("backstage:band_photos", pk=pk)


def _take(request: TeamRequest, band: Band, file: UploadedFile[Any]) -> UploadAnswer:
    name = str(file.name)
    try:
        (photo,) = gallery_add(band=band, files=[file], uploaded_by=request.user)
    except ValidationError as problem:
        return UploadAnswer(name, None, " ".join(problem.messages))
    return UploadAnswer(name, photo, _("Uploaded. It is being prepared."))


def _told(answers: list[UploadAnswer], form: UploadForm) -> JsonResponse:
    """Return the JSON response for a single file."""
    if not answers:
        sentence = " ".join(str(text) for texts in form.errors.values() for text in texts)
        return JsonResponse({"sentence": sentence}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    (answer, *_others) = answers
    if answer.photo is None:
        return JsonResponse({"sentence": answer.sentence}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    place = reverse("backstage:band_photo_describe", args=[answer.photo.band_id, answer.photo.pk])
    # If the response is lost and the same file sent again, it is redirected there.
    return JsonResponse({"sentence": answer.sentence}, status=HTTPStatus.CREATED, headers={"Location": place})


@require_POST
@needs("bands.change_band", in_bands=True)
def describe(request: TeamRequest, pk: int) -> HttpResponse:
    """Save all pictures' descriptions, captions and order, and the choice of `main=` and `logo=`, if any."""
    band = _band(request, pk)
    photos = PhotoFormSet(request.POST, queryset=_gallery(band), prefix="photos")
    if not photos.is_valid():
        return _page(request, band, UploadForm(), photos)
    with transaction.atomic():
        photos.save()
        for button in ("main", "logo"):
            if text := request.POST.get(button, ""):
                wanted = _gallery(band).shown().select_related("band")
                chosen = get_object_or_404(wanted, pk=whole_number(text))
                gallery_choose(photo=chosen, as_logo=button == "logo")
    messages.success(request, _("The pictures have been saved."))
    return redirect("backstage:band_photos", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("bands.change_band", in_bands=True)
def describe_one(request: TeamRequest, pk: int, photo: int) -> HttpResponse:
    """Describe one picture, then go on to the next one without a description."""
    chosen = get_object_or_404(_gallery(_band(request, pk)).select_related("band"), pk=photo)
    form = OnePhotoForm(request.POST or None, instance=chosen)
    if request.method == "POST" and form.is_valid():
        form.save()
        following = _gallery(chosen.band).undescribed().exclude(pk=chosen.pk).first()
        if following is not None:
            return redirect("backstage:band_photo_describe", pk=pk, photo=following.pk)
        messages.success(request, _("The pictures have been saved."))
        return redirect("backstage:band_photos", pk=pk)
    left = _gallery(chosen.band).undescribed().exclude(pk=chosen.pk)
    context = {"band": chosen.band, "photo": chosen, "form": form, "left": len(left), "following": left.first()}
    return render(
        request,
        "media/backstage/describe.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )


@require_safe
@needs("bands.change_band", in_bands=True)
def original(request: TeamRequest, pk: int, photo: int) -> FileResponse:
    """Send the file as it was uploaded, for the press: to save, never to show, as nobody has looked into it."""
    chosen = get_object_or_404(_gallery(_band(request, pk)).select_related("band"), pk=photo)
    try:
        file = default_storage.open(chosen.picture.original)
    except FileNotFoundError:
        raise Http404 from None
    ending = SUFFIXES.get(sniff_type(file.read(SNIFFED_BYTES)) or "", "bin")
    file.seek(0)
    name = f"{chosen.band.slug}-{chosen.picture_id}.{ending}"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("bands.change_band", in_bands=True)
def remove(request: TeamRequest, pk: int, photo: int) -> HttpResponse:
    """Ask for confirmation, then delete the picture and its files; where else it is used, it stays."""
    chosen = get_object_or_404(_gallery(_band(request, pk)).select_related("band"), pk=photo)
    uses = uses_of([chosen.picture_id])[chosen.picture_id]
    elsewhere = [use for use in uses if use.row != chosen.band]
    if request.method == "POST":
        gallery_remove(photo=chosen)
        text = _("The picture is gone from here.") if elsewhere else _("The picture has been deleted.")
        messages.success(request, text)
        return redirect("backstage:band_photos", pk=pk)
    named = [use for use in elsewhere if may_with(request.user, "view", use.row)]
    context = {"band": chosen.band, "photo": chosen, "elsewhere": named, "is_elsewhere": bool(elsewhere)}
    return render(request, "media/backstage/delete.html", context)


@require_safe
@needs("bands.view_band", in_bands=True)
def waiting(request: TeamRequest, pk: int) -> HttpResponse:
    """Show the state of the pictures `?of=`, for htmx, which polls for those still being prepared.

    Only the pictures are swapped, so that text being typed beside them isn't lost.
    """
    band = _band(request, pk, "view")
    gallery = list(_gallery(band).filter(pk__in=numbers(request, "of")))
    context = {
        "band": band,
        "ready": [photo for photo in gallery if photo.picture.state != Picture.State.WAITING],
        "waiting": [photo.pk for photo in gallery if photo.picture.state == Picture.State.WAITING],
        "round": (number(request, "round", most=MOST_ROUNDS) or 0) + 1,
        "most_rounds": MOST_ROUNDS,
    }
    return render(request, "media/backstage/waiting.html", context)


def _band(request: TeamRequest, pk: int, action: str = "change") -> Band:
    """Return the band if the user may do this with it. Raises Http404."""
    band: Band = get_object_or_404(rows_for(request.user, action, Band.objects.all()), pk=pk)
    return band


def _gallery(band: Band) -> BandPhotoQuerySet:
    return BandPhoto.objects.filter(band=band).select_related("picture").order_by("position", "pk")


def _page(request: TeamRequest, band: Band, form: UploadForm, photos: Photos) -> HttpResponse:
    status = 422 if form.errors or photos.total_error_count() else 200
    preparing = [row.instance.pk for row in photos if row.instance.picture.state == Picture.State.WAITING]
    undescribed = next((row.instance for row in photos if row.instance.is_undescribed), None)
    context = {
        "band": band,
        "form": form,
        "photos": photos,
        "undescribed": undescribed,
        "upload_limit": UPLOAD_MAX_BYTES,
        "request_limit": MOST_WITH_FILES,
        "waiting": preparing,
        "round": 0,
        "most_rounds": MOST_ROUNDS,
    }
    return render(request, "media/backstage/photos.html", context, status=status)
