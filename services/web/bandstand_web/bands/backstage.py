"""Bands in the backstage: list, create, edit with members and links, publish, delete."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.forms import BaseInlineFormSet, inlineformset_factory
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, BandQuerySet, Genre, Instrument, Member
from bandstand.bands.spreadsheet import BandResource
from bandstand.content.form_fields import WholeNumberField
from bandstand.content.form_sets import RowsTogether
from bandstand_web.bands.member_fields import MemberFieldsForm
from bandstand_web.forms.names_field import NamedRowsForm, NamesField
from bandstand_web.forms.row_sets import FoldedFields
from bandstand_web.people.known_people import WhoSelect, asking_attributes, line_ups_resolve, names_lock
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.known import KindKnown, NamesKnown, first_names
from bandstand_web.shell.loaded_rows import LoadedRows
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList, KindPublish, KindView

MOST_MEMBERS = 60
MOST_LINKS = 20


class BandForm(NamedRowsForm):
    """A band's own fields; members and links are separate rows below."""

    named_rows: ClassVar = {"genre_names": "genres"}

    genre_names = NamesField(
        Genre,
        label=_("Genres"),
    )

    class Meta:
        model = Band
        fields = ["name", "can_rock", "biography", "town", "country", "formed", "ended", "contact_email", "slug"]
        widgets = {"biography": forms.Textarea(attrs={"rows": 10})}

    field_order = ["name", "genre_names", "can_rock", "biography"]


class MemberForm(FoldedFields, NamedRowsForm, MemberFieldsForm):
    """One member's row. Help texts are shown once above the rows."""

    folded = ("role", "section", "since", "until", "standing", "is_shown")
    folded_name = _("Role, years and more")
    named_rows: ClassVar = {"instrument_names": "instruments"}

    instrument_names = NamesField(
        Instrument,
        label=_("Instruments"),
        help_text="",
    )
    who = forms.CharField(label="", required=False, max_length=20, widget=WhoSelect)
    position = WholeNumberField(label=_("Order"), required=False, max_value=MOST_MEMBERS)

    class Meta:
        model = Member
        fields = ["name", "role", "section", "standing", "since", "until", "is_shown"]
        help_texts = {"role": "", "until": "", "section": ""}

    field_order = [
        *("name", "instrument_names", "role", "section", "since", "until", "standing", "is_shown", "who", "position")
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["who"]
        else:
            self.fields["name"].widget.attrs.update(asking_attributes(str(self.prefix)))

    def _post_clean(self) -> None:
        """Check the model's constraints, which costs a query, only for new or changed rows."""
        if self.instance.pk is None or self.has_changed():
            super()._post_clean()  # type: ignore[misc]


class MembersInOrder(LoadedRows, RowsTogether, BaseInlineFormSet[Member, Band, MemberForm]):
    """The members' rows with their instruments, numbered from 1."""

    user: User  # who fills them in

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", Member.objects.prefetch_related("instruments"))
        super().__init__(*args, **kwargs)
        for number, form in enumerate(self.initial_forms, start=1):
            form.initial["position"] = number

    def clean(self) -> None:
        """Find the persons of new rows."""
        super().clean()
        named = (form for form in self.extra_forms if form.is_valid() and form.cleaned_data.get("name"))
        line_ups_resolve(list(named), self.user)

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


class Bands(KindView):
    """What all views of bands share."""

    model: Any = Band
    url_name = "band"
    list_url_name = "bands"


class BandList(Bands, KindList):
    """The bands."""

    heading = _("Bands")
    resource_class = BandResource
    template_name = "bands/backstage/list.html"
    shown = {"published": _("Published"), "scheduled": _("Scheduled"), "drafts": _("Drafts")}
    orders = {
        "name": (_("Name"), ("name", "pk")),
        "town": (_("Town"), ("town", "name", "pk")),
        "changed": (_("Last changed"), ("-updated_at", "pk")),
    }

    def filtered(self, show: str) -> BandQuerySet:
        bands = Band.objects.for_listing()
        rows = {"drafts": bands.drafts, "scheduled": bands.scheduled, "published": bands.published}
        return rows.get(show, bands.all)()


class BandsKnown(Bands, KindKnown):
    """The bands that may be meant by what is typed."""


class GenresKnown(NamesKnown):
    """The genres that may be meant by what is typed."""

    model = Genre


class InstrumentsKnown(NamesKnown):
    """The instruments that may be meant by what is typed."""

    model = Instrument


class BandPage(Bands, KindForm):
    """A band with its members and links."""

    form_class = BandForm
    formset_classes = {"members": MemberFormSet, "links": LinkFormSet}
    template_name = "bands/backstage/edit.html"

    def fitted_formsets(self, data: Any, row: Band) -> dict[str, Any]:
        made = super().fitted_formsets(data, row)
        names_lock(made["members"].initial_forms, self.user)
        return made

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "known_genres": first_names(Genre),
            "known_instruments": first_names(Instrument),
        }


class BandAdd(BandPage, KindAdd):
    """Creates a band as a draft, then goes on to its photos."""

    def stored(self, row: Band) -> HttpResponse:
        return redirect("backstage:band_photos", pk=row.pk)


class BandChange(BandPage, KindChange):
    """Changes a band, its members and its links."""

    def stored(self, row: Band) -> HttpResponse:
        return redirect("backstage:band_edit", pk=row.pk)


class BandPublish(Bands, KindPublish):
    """Publishes a band."""


class BandDelete(Bands, KindDelete):
    """Moves a band to the trash."""


class BandHistory(Bands, KindHistory):
    """What was changed of a band."""


class BandPutBack(Bands, KindPutBack):
    """Puts back a change of a band."""
