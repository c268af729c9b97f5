"""Polls: a question, its choices, and one row per vote."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.content.appearing import Appearing
from bandstand.content.fields import MomentField, PositionField, in_bounds
from bandstand.content.identified import Identified
from bandstand.content.one_moment import this_moment
from bandstand.content.previewing import or_previewed
from bandstand.content.recorded import Recorded
from bandstand.content.searched import Searched
from bandstand.content.shown_language import localized
from bandstand.content.translated import translations_in_bounds
from bandstand.content.trashed import LivingQuerySet, Trashed, TrashedQuerySet
from bandstand.organizations.rows_in_languages import InPortalsLanguages

FEWEST_CHOICES = 2


class QuestionQuerySet(TrashedQuerySet["Question"]):
    def published(self, now: datetime | None = None) -> QuestionQuerySet:
        """Those whose publication date has passed and that have choices, latest first."""
        has_choices = models.Exists(Choice.objects.filter(question=models.OuterRef("pk")))
        shown = models.Q(published_at__lte=now or this_moment()) & models.Q(has_choices)
        return self.filter(or_previewed(shown, Question)).order_by("-published_at", "-pk")

    def scheduled(self, now: datetime | None = None) -> QuestionQuerySet:
        """Those that visitors see later, the next first."""
        return self.filter(published_at__gt=now or this_moment()).order_by("published_at", "pk")

    def recent(self) -> QuestionQuerySet:
        """Published ones, latest first, to be sliced."""
        return self.published()

    def open(self, now: datetime | None = None) -> QuestionQuerySet:
        """Published ones that still accept votes."""
        now = now or this_moment()
        return self.published(now).filter(models.Q(closes_at__isnull=True) | models.Q(closes_at__gt=now))

    def with_vote_count(self) -> QuestionQuerySet:
        """With `vote_count`, the number of votes."""
        return self.annotate(vote_count=models.Count("votes"))


class Question(Trashed, Recorded, Searched, Appearing, Identified, InPortalsLanguages):
    """A poll's question."""

    appears_by = "published_at"
    turns_by = ("closes_at",)
    edited_below = "/backstage/polls/"
    translated_fields = ("text",)
    found_by = {"A": ("text",), "B": ("choices__text",)}
    found_in_order_of = "published_at"

    text = models.CharField(_("question"), max_length=200)
    published_at: models.DateTimeField[datetime, datetime] = MomentField(
        _("published from"), default=timezone.now, db_index=True
    )
    closes_at = MomentField(_("closes"), null=True, blank=True, help_text=_("Leave blank to keep it open."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[QuestionQuerySet] = QuestionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_at__isnull=True) | models.Q(closes_at__gt=models.F("published_at")),
                name="poll_closes_after_publication",
                violation_error_message=_("A poll has to close after it is published."),
            ),
            in_bounds("published_at", MomentField, name="poll_published_at_in_bounds"),
            in_bounds("closes_at", MomentField, name="poll_closes_at_in_bounds"),
            translations_in_bounds(name="poll_translations_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """Return the path of the voting page. Written out, because the worker has no URLconf."""
        return localized(f"/polls/{self.pk}/")

    @property
    def is_open(self) -> bool:
        """Whether it accepts votes now."""
        return self.is_visible and (self.closes_at is None or self.closes_at > this_moment())

    def publish(self) -> None:
        """Let it begin now, once it is saved. One that has begun already keeps its moment."""
        if not self.is_visible:
            self.published_at = this_moment()

    def save_publication(self) -> None:
        self.save(update_fields=["published_at"])

    def validate_parts(self) -> None:
        if self.choices.count() < FEWEST_CHOICES:
            raise ValidationError(_("Add at least two choices."))

    def results(self) -> models.QuerySet[Choice]:
        """Return the choices in their order, each with `vote_count`."""
        counted = self.choices.annotate(vote_count=models.Count("votes"))
        return counted.order_by("position", "pk")  # the aggregation drops the order


class Choice(Recorded, InPortalsLanguages):
    """One possible answer."""

    recorded_under = "question"
    translated_fields = ("text",)

    question = models.ForeignKey(
        Question, on_delete=models.CASCADE, related_name="choices", verbose_name=_("question"), db_index=False
    )
    text = models.CharField(_("choice"), max_length=200)
    position = PositionField(_("position"), default=0)

    objects: ClassVar[LivingQuerySet[Choice]] = LivingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "text"],
                name="poll_choice_is_unique",
                violation_error_message=_("The poll already has this choice."),
            ),
            in_bounds("position", PositionField, name="poll_choice_position_in_bounds"),
            translations_in_bounds(name="poll_choice_translations_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.text


class Vote(models.Model):
    """One browser's vote. Rows instead of a counter: concurrent votes neither block each other nor get lost."""

    question = models.ForeignKey(
        Question, on_delete=models.CASCADE, related_name="votes", verbose_name=_("question"), db_index=False
    )
    choice = models.ForeignKey(Choice, on_delete=models.CASCADE, related_name="votes", verbose_name=_("choice"))
    voter = models.CharField(
        _("voter"), max_length=64, help_text=_("A hash of the browser's cookie. It can't be traced back to anyone.")
    )
    created_at = models.DateTimeField(_("cast"), auto_now_add=True)

    objects: ClassVar[LivingQuerySet[Vote]] = LivingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "voter"],
                name="poll_one_vote_per_voter",
                violation_error_message=_("You've already voted."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.choice_id}"
