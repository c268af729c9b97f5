"""Polls: list, voting, results."""

from __future__ import annotations

import secrets
from datetime import timedelta
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from bandstand.polls.models import Choice, Question
from bandstand.polls.voting import AlreadyVotedError, PollClosedError, vote_cast
from bandstand_web import rate_limits
from bandstand_web.forms.submitting import makes_once
from bandstand_web.pagecache.pages import PAGE_NUMBER, anonymous_page, showing_apart
from bandstand_web.query_values import page_of
from bandstand_web.shell.language_tags import in_language
from bandstand_web.shell.structured_data import item_list

PAGE_SIZE = 20
VOTER_COOKIE = "voter"
VOTER_COOKIE_AGE = timedelta(days=365)


class PollChoiceField(forms.ModelChoiceField[Choice]):
    """The answers, each with its language where that isn't the page's."""

    def label_from_instance(self, obj: Choice) -> str:
        language = in_language(obj, "text")
        return format_html("<span{}>{}</span>", language, obj.text) if language else obj.text


class VoteForm(forms.Form):
    """The choice of one answer."""

    choice = PollChoiceField(
        Choice.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose one."),
            "invalid_choice": gettext_lazy("Choose one of these."),
        },
    )

    def __init__(self, question: Question, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.fields["choice"].queryset = question.choices.all()  # type: ignore[attr-defined]
        self.fields["choice"].label = question.text


@showing_apart("votes")
@anonymous_page(page=PAGE_NUMBER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the published questions, newest first."""
    page = page_of(request, Question.objects.recent().with_vote_count(), PAGE_SIZE)
    shown = item_list(page, base=request.build_absolute_uri("/"))
    return render(request, "polls/portal/list.html", {"page": page, "structured_data": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the choices and accept one vote per browser, identified by a signed cookie."""
    question = get_object_or_404(Question.objects.published(), pk=pk)
    if not question.is_open:
        return redirect("poll_results", pk=pk)
    voter = request.get_signed_cookie(VOTER_COOKIE, default=None, salt=VOTER_COOKIE)
    form = VoteForm(question, request.POST if request.method == "POST" else None)
    if form.is_bound and not voter:
        form.add_error(None, _("We need a cookie to count your vote. Please allow it and vote again."))
    if form.is_bound and voter and form.is_valid():
        if not rate_limits.allows(request, "vote"):
            return rate_limits.too_many_requests(request)
        return _cast(request, question, form.cleaned_data["choice"], voter)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
    response = render(request, "polls/portal/detail.html", {"question": question, "form": form}, status=status)
    return response if voter else _with_voter(request, response)


@showing_apart("votes")
@anonymous_page()
@require_safe
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the results."""
    question = get_object_or_404(Question.objects.published(), pk=pk)
    choices = list(question.results())
    total = sum(choice.vote_count for choice in choices)  # type: ignore[attr-defined]
    return render(request, "polls/portal/results.html", {"question": question, "choices": choices, "total": total})


def _cast(request: HttpRequest, question: Question, choice: Choice, voter: str) -> HttpResponse:
    try:
        vote_cast(question=question, choice=choice, voter=voter)
    except AlreadyVotedError:
        messages.info(request, _("You've already voted. Your first vote counts."))
    except PollClosedError:
        messages.info(request, _("This poll has just closed."))
    else:
        messages.success(request, _("Your vote counts. Thank you!"))
    return redirect("poll_results", pk=question.pk)


def _with_voter(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    response.set_signed_cookie(
        VOTER_COOKIE,
        secrets.token_urlsafe(16),
        salt=VOTER_COOKIE,
        max_age=VOTER_COOKIE_AGE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response
