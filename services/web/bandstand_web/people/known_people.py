"""Says who is meant by a name that is typed into a line-up: somebody who is known, or somebody new.

The choice appears while typing; without scripts, when the form comes back because somebody has that name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from bandstand.accounts.models import User
from bandstand.content.names import name_key
from bandstand.content.of_bands import bands_seen, may_with_all
from bandstand.content.searching import having_words, search_words
from bandstand.content.whole_numbers import whole_number
from bandstand.people.models import Person, PersonQuerySet

NEW = "new"
MOST_SUGGESTED = 5
LEAST_TYPED = 2
_BANDS_NAMED = 3


class WhoSelect(forms.RadioSelect):
    """Radio buttons of `people`, and one for somebody new; nothing without people."""

    template_name = "people/backstage/who.html"
    use_fieldset = False  # the template has its own

    def __init__(self, attrs: dict[str, Any] | None = None, people: Iterable[Person] = ()) -> None:
        super().__init__(attrs)
        self.show(people)

    def show(self, people: Iterable[Person]) -> None:
        """Offer these people."""
        known = [(str(person.pk), told_apart(person)) for person in people]
        self.choices = [*known, (NEW, _("Someone new"))] if known else []

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["place"] = place_of(name)
        return context


def place_of(name: str) -> str:
    """Return the id of the element that holds the choice which is sent under `name`."""
    return f"{name}-choice"


def asking_attributes(row: str) -> dict[str, str]:
    """Return the attributes of a row's name ("members-3") that ask who is meant while it is typed."""
    return {
        "hx-get": f"{reverse_lazy('backstage:people_known')}?row={row}",
        "hx-trigger": "input changed delay:300ms",
        "hx-target": f"#{place_of(f'{row}-who')}",
        "hx-swap": "outerHTML",
        "hx-sync": "this:replace",
        "autocomplete": "off",
    }


def told_apart(person: Person) -> str:
    """Return the name with what tells people of one name apart: bands, or else instruments. For `for_listing()`."""
    bands = person.band_names
    shown = bands[:_BANDS_NAMED] + (["…"] if len(bands) > _BANDS_NAMED else [])
    about = shown or [each.name for each in person.instruments.all()]
    return f"{person.name} ({', '.join(about)})" if about else person.name


def people_seen_by(user: User) -> PersonQuerySet:
    """Return the people whom the user may find, with those of their bands that the user may see."""
    return Person.objects.visible_to(user).for_listing(bands_seen(user))


def people_suggested(user: User, typed: str) -> list[Person]:
    """Return the people whom the words of `typed` find, among those whom the user may see."""
    if len(typed.strip()) < LEAST_TYPED or not search_words(typed):
        return []
    return list(having_words(people_seen_by(user), typed).order_by(*PersonQuerySet.ORDER)[:MOST_SUGGESTED])


def names_lock(rows: Iterable[Any], user: User) -> None:
    """Keep the names of people who play elsewhere too, where the user has no say: a name changes in all bands.

    `rows` are forms of members.
    """
    if may_with_all(user, "change", Person):
        return
    people = Person.with_trash().editable_by(user).filter(pk__in=[form.instance.person_id for form in rows])
    editable = set(people.values_list("pk", flat=True))
    for form in rows:
        if form.instance.person_id and form.instance.person_id not in editable:
            form.fields["name"].disabled = True
            form.fields["name"].help_text = _("Plays in other bands too, so your team changes the name.")


def line_ups_resolve(rows: Collection[Any], user: User) -> None:
    """Give new rows of a line-up the person who was chosen, and ask where somebody of the name is known.

    Nobody is found whom the user may not see. `rows` are valid forms with `name` and `who`; two queries for all.
    """
    seen = people_seen_by(user)
    chosen = _by_number(seen, {form.cleaned_data["who"] for form in rows})
    known = _by_key(seen, {form.cleaned_data["name"] for form in rows if not form.cleaned_data["who"]})
    for form in rows:
        who, name = form.cleaned_data["who"], form.cleaned_data["name"]
        namesakes = known.get(name_key(name), [])
        if who in chosen:
            form.instance.person = chosen[who]
            form.instance.name = chosen[who].name
            form.fields["who"].widget.show([chosen[who]])
        elif who not in {"", NEW}:
            form.add_error("who", _("This person isn't here any more. Choose someone else."))
        elif not who and namesakes:
            form.fields["who"].widget.show(namesakes)
            form.add_error("who", _("Someone here has this name. Say whether they are the same person."))


def _by_number(seen: PersonQuerySet, values: Iterable[str]) -> dict[str, Person]:
    numbers = [number for value in values if (number := whole_number(value)) is not None]
    people = seen.filter(pk__in=numbers) if numbers else ()
    return {str(person.pk): person for person in people}


def _by_key(seen: PersonQuerySet, names: Collection[str]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for person in seen.named(names) if names else ():
        found.setdefault(name_key(person.name), []).append(person)
    return found
