"""Polls: a question with its choices on one page."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.polls.models import Choice, Question
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.relations import RowsInline
from bandstand_web.shell.admin.tenant_site import site as tenant_site


class ChoiceInline(RowsInline):
    """The choices, ordered by position."""

    model = Choice
    extra = 3
    fields = ["position", "text", "vote_count"]
    readonly_fields = ["vote_count"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Choice]:
        return super().get_queryset(request).annotate(vote_count=Count("votes"))  # type: ignore[no-any-return]

    @admin.display(description=_("votes"))
    def vote_count(self, choice: Choice) -> int:
        """Return the number of votes for this choice."""
        return getattr(choice, "vote_count", 0)


@admin.register(Question, site=tenant_site)
class QuestionAdmin(GuardedAdmin):
    """Questions with their voting period."""

    list_display = ["text", "published_at", "closes_at", "is_open", "vote_count"]
    list_filter = ["published_at"]
    search_fields = ["text"]
    date_hierarchy = "published_at"
    fields = ["text", "published_at", "closes_at"]
    inlines = [ChoiceInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        counted = super().get_queryset(request).annotate(vote_count=Count("votes"))
        return counted.order_by(*Question._meta.ordering or ())  # type: ignore[no-any-return] # noqa: SLF001 # a count drops it

    def view_on_site(self, question: Question) -> str:
        return question.get_absolute_url()

    @admin.display(description=_("open"), boolean=True)
    def is_open(self, question: Question) -> bool:
        return question.is_open

    @admin.display(description=_("votes"), ordering="vote_count")
    def vote_count(self, question: Question) -> int:
        """Return the number of votes for this question."""
        return question.vote_count  # type: ignore[attr-defined, no-any-return]
