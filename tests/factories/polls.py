"""Polls with the least that is needed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from bandstand.polls.models import Choice, Question


class ChoiceFactory(factory.django.DjangoModelFactory[Choice]):
    class Meta:
        model = Choice

    text = factory.Sequence(lambda number: f"Choice {number}")


class QuestionFactory(factory.django.DjangoModelFactory[Question]):
    """An open question with two choices; `choices=["Yes", "No"]` names them, `choices=[]` leaves it without."""

    class Meta:
        model = Question
        skip_postgeneration_save = True

    text = factory.Sequence(lambda number: f"Question {number}?")
    published_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))

    @factory.post_generation
    def choices(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create:
            for position, text in enumerate(["Yes", "No"] if extracted is None else extracted):
                ChoiceFactory(question=self, text=text, position=position)
