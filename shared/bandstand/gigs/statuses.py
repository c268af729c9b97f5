"""Whether a gig takes place, how certain that is, and what visitors are told of it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content.fields import BoundedNumber, RowConstraint, in_bounds
from bandstand.content.publishable import hidden

STATUS_NOTE_MAX_LENGTH = 300


class Status(models.TextChoices):
    """From the first idea to what became of it. Visitors never see the first three."""

    IDEA = "idea", _("idea")
    HOLD = "hold", _("hold")
    CONFIRMED = "confirmed", _("confirmed")
    SCHEDULED = "scheduled", _("announced")  # the stored value is older than the word
    SOLD_OUT = "sold_out", _("sold out")
    POSTPONED = "postponed", _("postponed")
    CANCELLED = "cancelled", _("cancelled")


OF_TEAM = (Status.IDEA, Status.HOLD, Status.CONFIRMED)
OFF = (Status.CANCELLED, Status.POSTPONED)

NOT_FOR_VISITORS = _("Visitors can't see a gig with this status. Choose “Announced” to publish it, or keep a draft.")
# What follows from each, for whoever chooses it.
CONSEQUENCES = {
    Status.IDEA: _("Only your team sees it."),
    Status.HOLD: _("Only your team sees it. Say below which option you have."),
    Status.CONFIRMED: _("Only your team sees it, until you announce it."),
    Status.SCHEDULED: _("Visitors see it once it is published, and so do subscribed calendars."),
    Status.SOLD_OUT: _("Visitors see “Sold out”, without the ticket link."),
    Status.POSTPONED: _(
        "Visitors see “Postponed” with your sentence and the new date. Subscribed calendars show it too."
    ),
    Status.CANCELLED: _("Visitors see it struck through, with your sentence. Subscribed calendars strike it too."),
}


class OptionField(BoundedNumber, models.PositiveSmallIntegerField):  # type: ignore[type-arg] # it takes none at run time
    """Whose turn it is when several hold a date: 1 has the first option."""

    least, most = 1, 9
    default_validators = [MinValueValidator(least), MaxValueValidator(most)]


class WithStatus(models.Model):
    """A row that takes place, or doesn't. The model is Publishable."""

    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.SCHEDULED)
    option = OptionField(
        _("option"), null=True, blank=True, help_text=_("For a hold: 1 for a first option, 2 for a second one.")
    )
    status_note = models.CharField(
        _("sentence for visitors"),
        max_length=STATUS_NOTE_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text=_("Shown with the status, for example why it is cancelled and what happens to tickets."),
    )
    new_date = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_default=None,
        related_name="former_dates",
        verbose_name=_("new date"),
        help_text=_("For a postponed gig: the gig that takes its place."),
    )
    new_date_id: int | None

    class Meta:
        abstract = True

    @property
    def is_of_team(self) -> bool:
        """Whether it is too early for visitors to see it."""
        return self.status in OF_TEAM

    @property
    def takes_place(self) -> bool:
        """Whether it makes sense to go there."""
        return self.status not in OFF

    @property
    def standing(self) -> str:
        """The status, of a hold with its option."""
        label = str(Status(self.status).label)
        if self.status == Status.HOLD and self.option:
            return _("%(status)s, option %(number)s") % {"status": label, "number": self.option}
        return label

    def validate_publishable(self) -> None:
        """Raise ValidationError for what isn't announced."""
        if self.is_of_team:
            raise ValidationError({"status": NOT_FOR_VISITORS})

    def validate_new_date(self) -> None:
        """Raise ValidationError for a gig that takes its own place."""
        if self.new_date_id is not None and self.new_date_id == self.pk:
            raise ValidationError({"new_date": _("Choose another gig.")})


def status_constraints(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a model that is WithStatus; their names begin with `name`."""
    return [
        models.CheckConstraint(
            condition=~models.Q(status__in=OF_TEAM) | hidden(),
            name=f"{name}_unannounced_is_draft",
            violation_error_message=NOT_FOR_VISITORS,
        ),
        RowConstraint(
            condition=models.Q(new_date=None) | ~models.Q(new_date=models.F("id")), name=f"{name}_is_not_its_new_date"
        ),
        in_bounds("option", OptionField, name=f"{name}_option_in_bounds"),
    ]
