"""Polls in the backstage: a question with its choices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, inlineformset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.form_sets import RowsTogether
from bandstand.content.one_moment import this_moment
from bandstand.polls.models import FEWEST_CHOICES, Choice, Question
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList, KindView

MOST_CHOICES = 20


class QuestionForm(forms.ModelForm[Question]):
    """The question and its voting period.

    It begins when somebody says so: at a moment, or at once by the button "publish", but not by Enter.
    """

    class Meta:
        model = Question
        fields = ["text", "published_at", "closes_at"]
        error_messages = {"published_at": {"required": gettext_lazy("Enter when visitors should see it.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_published_now = "publish" in self.data and (self.instance.pk is None or self.instance.is_scheduled)
        self.fields["published_at"].required = not self.is_published_now
        if self.instance.pk is None:
            self.initial["published_at"] = None

    def clean_published_at(self) -> datetime:
        moment: datetime = this_moment() if self.is_published_now else self.cleaned_data["published_at"]
        return moment


class AtLeastTwo(RowsTogether, BaseInlineFormSet[Choice, Question, forms.ModelForm[Choice]]):
    """Requires at least two choices."""

    def clean(self) -> None:
        super().clean()
        given = [form for form in self.forms if form.cleaned_data.get("text") and not form.cleaned_data.get("DELETE")]
        if len(given) < FEWEST_CHOICES:
            raise forms.ValidationError(_("Add at least two choices."))


ChoiceFormSet = inlineformset_factory(
    Question,
    Choice,
    formset=AtLeastTwo,
    fields=["text"],
    extra=3,
    max_num=MOST_CHOICES,
    absolute_max=MOST_CHOICES,
    validate_max=True,
)


class Polls(KindView):
    """What all views of polls share."""

    model: Any = Question
    url_name = "poll"
    list_url_name = "polls"


class PollList(Polls, KindList):
    """The polls, newest first."""

    heading = gettext_lazy("Polls")
    template_name = "polls/backstage/list.html"

    def filtered(self, show: str) -> QuerySet[Question]:  # there is one list
        return Question.objects.with_vote_count().order_by("-published_at", "-pk")  # annotating drops the order


class PollPage(Polls, KindForm):
    """A question with its choices; those that remain keep their votes."""

    form_class = QuestionForm
    formset_classes = {"choices": ChoiceFormSet}
    template_name = "polls/backstage/edit.html"

    def said(self, row: Question) -> str:  # a question is too long for a sentence
        return _("The poll has been saved.")


class PollAdd(PollPage, KindAdd):
    """Creates a poll."""


class PollChange(PollPage, KindChange):
    """Changes a poll."""


class PollDelete(Polls, KindDelete):
    """Moves a poll to the trash."""

    def name_of(self, row: Question) -> str:
        return _("“%(question)s”") % {"question": row}


class PollHistory(Polls, KindHistory):
    """What was changed of a poll."""


class PollPutBack(Polls, KindPutBack):
    """Puts back a change of a poll."""
