"""People with the least that is needed."""

from __future__ import annotations

import factory

from bandstand.people.models import Person


class PersonFactory(factory.django.DjangoModelFactory[Person]):
    class Meta:
        model = Person

    name = factory.Sequence(lambda number: f"Person {number}")
