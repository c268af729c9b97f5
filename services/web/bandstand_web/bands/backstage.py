"""Bands in the backstage: list, create, edit with members and links, publish, delete."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.forms import BaseInlineFormSet, inlineformset_factory
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.bands.models import Band, BandLink, Genre, Instrument, Member
from bandstand.bands.searching import having_part
from bandstand.content.form_fields import WholeNumberField
from bandstand.content.form_sets import RowsTogether
from bandstand.organizations.quotas import LimitReachedError
from bandstand_web.bands.names_field import NamesField
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.query_values import choice, page_of
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs
from bandstand_web.shell.loaded_rows import LoadedRows

PER_PAGE = 30
MOST_MEMBERS = 60
MOST_LINKS = 20


class BandForm(forms.ModelForm[Band]):
    """A band's own fields; members and links are separate rows below."""

    genre_names = NamesField(
        Genre,
        label=gettext_lazy("Genres"),
        widget=forms.TextInput(attrs={"list": "known-genres", "autocomplete": "off"}),
    )

    class Meta:
        model = Band
        fields = ["name", "can_rock", "biography", "town", "country", "formed", "ended", "contact_email", "slug"]
        widgets = {"biography": forms.Textarea(attrs={"rows": 10})}

    field_order = ["name", "genre_names", "can_rock", "biography"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["genre_names"].initial = list(self.instance.genres.all())

    def save(self, commit: bool = True) -> Band:
        band = super().save(commit=commit)
        field = self.fields["genre_names"]
        assert isinstance(field, NamesField)  # noqa: S101 # nosec B101 # for the type checker
        band.genres.set(field.rows(self.cleaned_data["genre_names"]))  # type: ignore[arg-type]
        return band


class MemberForm(forms.ModelForm[Member]):
    """One member's row. Help texts are shown once above the rows."""

    instrument_names = NamesField(
        Instrument,
        label=gettext_lazy("Instruments"),
        help_text="",
        widget=forms.TextInput(attrs={"list": "known-instruments", "autocomplete": "off"}),
    )
    position = WholeNumberField(label=gettext_lazy("Order"), required=False, max_value=MOST_MEMBERS)

    class Meta:
        model = Member
        fields = ["name", "role", "since", "until"]
        help_texts = {"role": "", "until": ""}

    field_order = ["name", "instrument_names", "role", "since", "until", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["instrument_names"].initial = list(self.instance.instruments.all())

    def _post_clean(self) -> None:
        """Check the model's constraints, which costs a query, only for new or changed rows."""
        if self.instance.pk is None or self.has_changed():
            super()._post_clean()  # type: ignore[misc]

    def save(self, commit: bool = True) -> Member:
        member = super().save(commit=commit)
        field = self.fields["instrument_names"]
        assert isinstance(field, NamesField)  # noqa: S101 # nosec B101 # for the type checker
        member.instruments.set(field.rows(self.cleaned_data["instrument_names"]))  # type: ignore[arg-type]
        return member


class MembersInOrder(LoadedRows, RowsTogether, BaseInlineFormSet[Member, Band, MemberForm]):
    """The members' rows with their instruments, numbered from 1."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", Member.objects.prefetch_related("instruments"))
        super().__init__(*args, **kwargs)
        for number, form in enumerate(self.initial_forms, start=1):
            form.initial["position"] = number

    def save(self, commit: bool = True) -> list[Member]:
        """Save the members, ordered by number; rows without a number come last, and ties keep their order."""
        saved = super().save(commit=commit)
        rows = [form for form in self.forms if form.instance.pk and form not in self.deleted_forms]
        rows.sort(key=lambda form: form.cleaned_data.get("position") or MOST_MEMBERS + 1)
        for number, form in enumerate(rows, start=1):
            form.instance.position = number
        Member.objects.bulk_update([form.instance for form in rows], ["position"])
        return saved


MemberFormSet = inlineformset_factory(
    Band,
    Member,
    form=MemberForm,
    formset=MembersInOrder,
    extra=2,
    max_num=MOST_MEMBERS,
    absolute_max=MOST_MEMBERS,
    validate_max=True,
    can_delete_extra=False,
)


class Links(RowsTogether, BaseInlineFormSet[BandLink, Band, forms.ModelForm[BandLink]]):
    """The links' rows."""


LinkFormSet = inlineformset_factory(
    Band,
    BandLink,
    formset=Links,
    fields=["label", "url"],
    extra=1,
    max_num=MOST_LINKS,
    absolute_max=MOST_LINKS,
    validate_max=True,
    can_delete_extra=False,
    widgets={"url": forms.URLInput(attrs={"placeholder": "https://"})},
)


SHOWN = {"published": gettext_lazy("Published"), "drafts": gettext_lazy("Drafts")}
ORDERS = {
    "name": (gettext_lazy("Name"), ("name", "pk")),
    "town": (gettext_lazy("Town"), ("town", "name", "pk")),
    "changed": (gettext_lazy("Last changed"), ("-updated_at", "pk")),
}


@require_safe
@needs("bands.view_band")
def index(request: TeamRequest) -> HttpResponse:
    """List the bands; `?show=` filters by state, `?q=` searches, `?sort=` orders."""
    show, query = choice(request, "show", SHOWN), request.GET.get("q", "").strip()
    sort = choice(request, "sort", ORDERS, default="name")
    bands = Band.objects.for_listing().order_by(*ORDERS[sort][1])
    if show in SHOWN:
        bands = bands.drafts() if show == "drafts" else bands.published()
    if query:
        bands = having_part(bands, query)
    context = {
        "page": page_of(request, bands, PER_PAGE),
        "show": show,
        "query": query,
        "sort": sort,
        "shown": SHOWN.items(),
        "orders": [(value, name) for value, (name, _fields) in ORDERS.items()],
    }
    return render(request, "bands/backstage/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("bands.add_band")
@makes_once
def add(request: TeamRequest) -> HttpResponse:
    """Create a band as a draft, then go on to its photos."""
    return _edit(request, Band())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("bands.change_band")
@changes_once
def edit(request: TeamRequest, pk: int) -> HttpResponse:
    """Change a band, its members and its links."""
    return _edit(request, get_object_or_404(Band, pk=pk))


def _edit(request: TeamRequest, band: Band) -> HttpResponse:
    is_new = band.pk is None
    data = request.POST if request.method == "POST" else None
    form = BandForm(data, instance=band)
    members = MemberFormSet(data, instance=band, prefix="members")
    links = LinkFormSet(data, instance=band, prefix="links")
    if data is not None and all([form.is_valid(), members.is_valid(), links.is_valid()]):
        if "publish" in request.POST:
            band.is_published = True
        try:
            with transaction.atomic():
                form.save()
                members.save()
                links.save()
        except LimitReachedError as problem:  # another user took the last place after the form was validated
            form.add_error(None, problem)
            return _form_page(request, band if not is_new else None, form, members, links)
        text = (
            _("%(name)s has been saved and published.") if "publish" in request.POST else _("%(name)s has been saved.")
        )
        messages.success(request, text % {"name": band.name})
        if is_new:
            return redirect("backstage:band_photos", pk=band.pk)
        return redirect("backstage:band_edit", pk=band.pk)
    return _form_page(request, None if is_new else band, form, members, links)


def _form_page(request: TeamRequest, band: Band | None, form: BandForm, members: Any, links: Any) -> HttpResponse:
    context = {
        "form": form,
        "members": members,
        "links": links,
        "band": band,
        "known_genres": Genre.objects.values_list("name", flat=True),
        "known_instruments": Instrument.objects.values_list("name", flat=True),
    }
    return render(request, "bands/backstage/edit.html", context, status=200 if request.method != "POST" else 422)


@require_POST
@needs("bands.change_band")
def publish(request: TeamRequest, pk: int) -> HttpResponse:
    """Publish the band, or unpublish it if `published` is empty."""
    band = get_object_or_404(Band, pk=pk)
    band.is_published = bool(request.POST.get("published"))
    band.save(update_fields=["is_published", "updated_at"])
    if band.is_published:
        messages.success(request, _("%(name)s has been published.") % {"name": band.name})
    else:
        messages.success(request, _("%(name)s is a draft again. Visitors can't see it.") % {"name": band.name})
    return redirect("backstage:bands")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("bands.delete_band")
def delete(request: TeamRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then delete the band with its members, links and messages."""
    band = get_object_or_404(Band, pk=pk)
    if request.method == "POST":
        band.delete()
        messages.success(request, _("%(name)s has been deleted.") % {"name": band.name})
        return redirect("backstage:bands")
    return render(request, "bands/backstage/delete.html", {"band": band})
