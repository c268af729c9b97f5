"""Code for the team's own websites that shows the gigs there, with a preview of what it shows."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.content.form_fields import WholeNumberField
from bandstand.portals.colour import parse_colour, to_hex
from bandstand.portals.named_colours import NAMED_COLOURS
from bandstand.tours.models import Tour
from bandstand_web.forms.known_rows import KnownRowField
from bandstand_web.gigs.portal.embeds import MOST, USUAL_NUMBER, Embed, embed_of, frame
from bandstand_web.gigs.portal.selection import selected
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

OWN_COLOUR = "own"


class EmbedForm(forms.Form):
    """What a website shows, and how."""

    band = KnownRowField(Band.objects.none(), label=_("Band"), required=False, empty_label=_("All gigs"))
    tour = KnownRowField(Tour.objects.none(), label=_("Tour"), required=False, empty_label=_("All gigs"))
    number = WholeNumberField(label=_("At most"), min_value=1, max_value=MOST, initial=USUAL_NUMBER)
    theme = forms.ChoiceField(
        label=_("Background"),
        choices=[("", _("As the visitor prefers")), ("light", _("Always light")), ("dark", _("Always dark"))],
        required=False,
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    accent = forms.ChoiceField(label=_("Colour"), required=False)
    own_accent = forms.CharField(
        label=_("Your own colour"),
        max_length=60,
        required=False,
        help_text=_(
            "For “Another colour”: such as #e4572e. Text in it is made lighter or darker until it can be read."
        ),
    )
    resizes = forms.BooleanField(
        label=_("As high as its content"),
        required=False,
        help_text=_("Adds a small script to your page. Without it, a longer list scrolls."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("band", Band.objects), ("tour", Tour.objects)):
            field: Any = self.fields[name]
            field.queryset = rows.published().visible_to(user).order_by("name", "pk")
        languages: Any = self.fields["language"]
        names = [(code, capfirst(get_language_info(code)["name_local"])) for code, _name in settings.LANGUAGES]
        languages.choices = [("", _("The portal's")), *names]
        accents: Any = self.fields["accent"]
        named = [(colour.removeprefix("#"), name) for colour, name in NAMED_COLOURS]
        accents.choices = [("", _("The portal's")), *named, (OWN_COLOUR, _("Another colour"))]
        for name in ("band", "tour", "theme", "language", "accent"):
            self.fields[name].one_of = True  # type: ignore[attr-defined] # see field.html

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("band") and cleaned.get("tour"):
            self.add_error("tour", _("Choose a band or a tour, not both."))
        if cleaned.get("accent") == OWN_COLOUR and "own_accent" not in self.errors:
            try:
                cleaned["accent"] = to_hex(parse_colour(cleaned.get("own_accent") or "")).removeprefix("#")
            except ValidationError as problem:
                self.add_error("own_accent", problem)
        return cleaned

    @property
    def chosen(self) -> Band | Tour | None:
        """The band or tour whose gigs are shown; None for all. The form is valid."""
        chosen: Band | Tour | None = self.cleaned_data["band"] or self.cleaned_data["tour"]
        return chosen

    def embed(self) -> Embed:
        """Return what was chosen. The form is valid."""
        given = self.cleaned_data
        names = ("number", "theme", "language", "accent", "resizes")
        return Embed(**{name: given[name] for name in names})


@csp_update({"frame-src": [SELF]})
@require_safe
@needs("gigs.view_gig", in_bands=True)
def embed(request: TeamRequest) -> HttpResponse:
    """Show the code and what it shows; for htmx, these alone."""
    fresh = {name: field.initial or "" for name, field in EmbedForm.base_fields.items()}
    form = EmbedForm(request.GET if "number" in request.GET else fresh, user=request.user)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        of, embed_ = form.chosen, form.embed()
        address, name = embed_of(request, of), selected(request, of).name
        script = request.organization.url(reverse("embed_height")) if embed_.resizes else ""
        here = address.removeprefix(request.organization.url(""))
        context |= {
            "code": frame(address + embed_.query(), name, script=script),
            "preview": frame(here + embed_.query(), name),
        }
    template = "gigs/backstage/embed_code.html" if request.htmx else "gigs/backstage/embed.html"
    return render(request, template, context)
