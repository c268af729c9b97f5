"""People in the backstage."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.bands.models import Instrument, Member
from bandstand.content.of_bands import bands_seen
from bandstand.content.searching import QUERY_MAX_LENGTH
from bandstand.people.merging import may_be_undone, undone_until
from bandstand.people.models import Person, PersonQuerySet
from bandstand.people.spreadsheet import PersonResource
from bandstand.portals.public_people import teaches_minors
from bandstand_web.forms.names_field import NamedRowsForm, NamesField
from bandstand_web.forms.own_picture import OwnPictureForm
from bandstand_web.people.backstage.merging import PeopleView
from bandstand_web.people.known_people import WhoSelect, people_suggested
from bandstand_web.shell.access import hidden_fields, may
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.known import first_names
from bandstand_web.shell.own_rows import rights_add
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList

CONSENTS = {"may_be_named": "name", "may_be_pictured": "picture"}
_ROW = re.compile(r"members-[0-9]{1,3}")


class PersonForm(NamedRowsForm, OwnPictureForm):
    """A person, with what everybody may see who edits content."""

    named_rows: ClassVar = {"instrument_names": "instruments"}

    instrument_names = NamesField(
        Instrument,
        label=_("Instruments"),
    )

    class Meta:
        model = Person
        fields = ["name", "sort_name", "pronouns"]

    may_be_named = forms.BooleanField(
        label=_("May be named in full"), required=False, help_text=_("Tick this when you have the consent.")
    )
    may_be_pictured = forms.BooleanField(
        label=_("May be shown in pictures"), required=False, help_text=_("Tick this when you have the consent.")
    )

    field_order = [
        *("name", "sort_name", "pronouns", "instrument_names"),
        *("may_be_named", "new_picture", "picture_alt", "no_picture", "may_be_pictured"),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, to in CONSENTS.items():
            given_at = getattr(self.instance, f"{to}_consent_at")
            if given_at is not None:
                self.fields[name].initial = True
                self.fields[name].help_text = _("Consent recorded on %(day)s by %(name)s.") % {
                    "day": date_format(timezone.localtime(given_at), "SHORT_DATE_FORMAT"),
                    "name": escape(getattr(self.instance, f"{to}_consent_by")),
                }
            elif not teaches_minors():
                del self.fields[name]

    def save(self, commit: bool = True) -> Person:
        for name, to in CONSENTS.items():
            if name in self.fields:
                self.instance.consent(to, given=self.cleaned_data[name], by=str(self.user))
        person: Person = super().save(commit=commit)
        return person


class WholePersonForm(PersonForm):
    """A person with the private fields, for those who may see them."""

    class Meta(PersonForm.Meta):
        fields = [*PersonForm.Meta.fields, *Person.private]
        widgets = {
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
            "notes": forms.Textarea(attrs={"rows": 5}),
        }

    field_order = [*PersonForm.field_order, *Person.private]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.fields["user"]
        assert isinstance(account, forms.ModelChoiceField)  # noqa: S101 # for the type checker
        account.queryset = _accounts(self.instance)
        account.empty_label = str(_("No account"))


def _accounts(person: Person) -> QuerySet[User]:
    """Return the team's accounts, and the person's own."""
    of_team = User.objects.filter(groups__isnull=False).values("pk")
    return User.objects.filter(Q(pk__in=of_team) | Q(pk=person.user_id)).order_by("name", "email")


class PersonList(PeopleView, KindList):
    """The people with instruments and bands."""

    heading = _("People")
    resource_class = PersonResource
    template_name = "people/backstage/list.html"
    shown = {"unused": _("Without bands"), "namesakes": _("Same name")}
    orders = {
        "name": (_("Name"), PersonQuerySet.ORDER),
        "changed": (_("Last changed"), ("-updated_at", "pk")),
    }

    def filtered(self, show: str) -> PersonQuerySet:
        people = Person.objects.all()
        found = {"unused": people.without_bands, "namesakes": people.with_namesakes}.get(show, people.all)()
        return found.for_listing(bands_seen(self.request.user))


class PeopleKnown(PeopleView):
    """Whom a name may mean that is typed into the `row` of a line-up: a part of the page for htmx."""

    action = "view"
    in_bands = True
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        row = request.GET.get("row", "members-0")
        if not _ROW.fullmatch(row):
            raise Http404
        people = people_suggested(self.user, request.GET.get(f"{row}-name", "")[:QUERY_MAX_LENGTH])
        return HttpResponse(WhoSelect(people=people).render(f"{row}-who", None, {"id": f"id_{row}-who"}))


class PersonPage(PeopleView, KindForm):
    """A person, and the bands in which they are."""

    template_name = "people/backstage/edit.html"

    def get_form_class(self) -> type[PersonForm]:
        return PersonForm if hidden_fields(self.user, Person) else WholePersonForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        seen = Member.objects.visible_to(self.user).filter(person=self.object.pk).select_related("band")
        memberships = list(seen.prefetch_related("instruments").order_by("band__name", "pk"))
        rights_add([membership.band for membership in memberships], self.user)
        return {
            **super().get_context_data(**kwargs),
            "known_instruments": first_names(Instrument),
            "memberships": memberships,
            **(self._merging(self.object) if self.object.pk else {}),
        }

    def _merging(self, person: Person) -> dict[str, Any]:
        """Return who may be the same person, and who was made one with them, for those who may merge."""
        if not may(self.user, "delete", Person):
            return {}
        merged = Person.with_trash().filter(merged_into=person).order_by("-trashed_at", "pk")
        return {
            "may_merge": True,
            "namesake_count": Person.objects.named([person.name]).exclude(pk=person.pk).count(),
            "merged": [(each, undone_until(each), (each.merge or {})["by"]) for each in merged if may_be_undone(each)],
        }


class PersonAdd(PersonPage, KindAdd):
    """Adds somebody, who is in no band yet."""


class PersonChange(PersonPage, KindChange):
    """Changes a person, and the name in all of their bands."""


class PersonDelete(PeopleView, KindDelete):
    """Moves a person to the trash. Line-ups keep the name."""


class PersonHistory(PeopleView, KindHistory):
    """What was changed of a person."""


class PersonPutBack(PeopleView, KindPutBack):
    """Puts back a change of a person."""
