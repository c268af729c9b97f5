"""Polls in the backstage: a question with its choices."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.forms import BaseInlineFormSet, inlineformset_factory
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bandstand.content.form_sets import RowsTogether
from bandstand.polls.models import Choice, Question
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.query_values import page_of
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

PER_PAGE = 30
FEWEST_CHOICES = 2
MOST_CHOICES = 20


class QuestionForm(forms.ModelForm[Question]):
    """The question and its voting period."""

    class Meta:
        model = Question
        fields = ["text", "published_at", "closes_at"]


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


@require_safe
@needs("polls.view_question")
def index(request: TeamRequest) -> HttpResponse:
    """List the polls, newest first."""
    questions = Question.objects.with_vote_count().order_by("-published_at", "-pk")  # annotating drops the order
    page = page_of(request, questions, PER_PAGE)
    return render(request, "polls/backstage/list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("polls.add_question")
@makes_once
def add(request: TeamRequest) -> HttpResponse:
    """Create a poll."""
    return _edit(request, Question())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("polls.change_question")
@changes_once
def edit(request: TeamRequest, pk: int) -> HttpResponse:
    """Edit a poll; choices that remain keep their votes."""
    return _edit(request, get_object_or_404(Question, pk=pk))


def _edit(request: TeamRequest, question: Question) -> HttpResponse:
    is_new = question.pk is None
    data = request.POST if request.method == "POST" else None
    form = QuestionForm(data, instance=question)
    choices = ChoiceFormSet(data, instance=question, prefix="choices")
    if data is not None and all([form.is_valid(), choices.is_valid()]):
        with transaction.atomic():
            form.save()
            choices.save()
        messages.success(request, _("The poll has been saved."))
        return redirect("backstage:polls")
    context = {"form": form, "choices": choices, "question": None if is_new else question}
    return render(request, "polls/backstage/edit.html", context, status=200 if data is None else 422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("polls.delete_question")
def delete(request: TeamRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then delete the poll with its votes."""
    question = get_object_or_404(Question.objects.with_vote_count(), pk=pk)
    if request.method == "POST":
        question.delete()
        messages.success(request, _("The poll has been deleted."))
        return redirect("backstage:polls")
    return render(request, "polls/backstage/delete.html", {"question": question})
