"""Forms about calendars that gigs come from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.calendars.adding import room_check_followed, source_add, validate_calendar
from bandstand.calendars.bounds import MAX_BYTES
from bandstand.calendars.fetching import validate_address
from bandstand.calendars.models import CalendarSource
from bandstand.content.of_bands import may_with_all
from bandstand.gigs.models import Gig
from bandstand_web.forms.known_rows import KnownRowField
from bandstand_web.shell.own_rows import choices_limit

_FILE = forms.FileInput(attrs={"accept": ".ics,text/calendar,.csv,.xlsx"})
_PUBLISHES = ((False, _("As drafts")), (True, _("Published at once")))


class CalendarOptionsForm(forms.ModelForm[CalendarSource]):
    """Whose gigs they are, and what becomes of them."""

    publishes = forms.TypedChoiceField(
        label=_("New gigs appear"),
        choices=_PUBLISHES,
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        initial=False,
        help_text=_("Events marked as tentative or private always become drafts."),
    )

    class Meta:
        model = CalendarSource
        fields = ["band", "publishes", "shows_notes", "venue", "town"]
        field_classes = {"band": KnownRowField}
        labels = {
            "band": _("Whose gigs are these?"),
            "shows_notes": _("Visitors may read the descriptions"),
            "venue": _("Venue, if an event names none"),
            "town": _("Town, if an event names none"),
        }
        help_texts = {
            "band": _("Without a band, each event needs a band's name in its title or description."),
            "shows_notes": _("Otherwise they are kept as notes for your team."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["band"]
        field.queryset = Band.objects.order_by("name", "pk")
        field.empty_label = _("The bands that each event names")
        choices_limit(self, user, "add", Gig)
        if not may_with_all(user, "add", Gig):  # only roles of the portal may bring gigs of any band
            field.required, field.empty_label, field.help_text = True, None, ""


class CalendarForm(CalendarOptionsForm):
    """A calendar to add: a file, or an address that is read again."""

    file = forms.FileField(
        label=_("Calendar file from this device"), widget=_FILE, validators=[validate_calendar], required=False
    )
    address = forms.CharField(
        label=_("Or the address of a calendar"),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off", "spellcheck": "false"}),
        validators=[validate_address],
        required=False,
        help_text=_(
            "We read it again four times a day and bring your gigs up to date. In Google Calendar, copy the “Secret "
            "address in iCal format” from the calendar's settings; in Apple's calendar, share it as a public calendar."
        ),
    )
    field_order = ["file", "address", "band", "publishes", "shows_notes", "venue", "town"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self._user = user
        self.fields["file"].one_of = self.fields["address"].one_of = True  # type: ignore[attr-defined] # see field.html
        self.fields["file"].help_text = _(
            "An iCalendar file (.ics), or a file in Bandsintown's or Songkick's template, up to %(size)s."
        ) % {"size": filesizeformat(MAX_BYTES)}

    def clean(self) -> dict[str, Any]:
        """Require either a file or an address, but not both."""
        cleaned = super().clean() or self.cleaned_data
        if not {"file", "address"} & self.errors.keys():
            if not cleaned["file"] and not cleaned["address"]:
                self.add_error("file", _("Choose a file, or enter an address."))
            elif cleaned["file"] and cleaned["address"]:
                self.add_error("address", _("Choose a file or enter an address, not both."))
            elif cleaned["address"]:
                try:
                    room_check_followed()
                except forms.ValidationError as problem:
                    self.add_error("address", problem)
        return cleaned

    def begin(self) -> CalendarSource:
        """Add the calendar and return it."""
        given = self.cleaned_data
        options = {name: given[name] for name in self.Meta.fields}
        return source_add(by=self._user, file=given["file"], address=given["address"], **options)


class NewerFileForm(forms.Form):
    """A newer file of the same calendar."""

    file = forms.FileField(label=_("Newer file"), widget=_FILE, validators=[validate_calendar])
