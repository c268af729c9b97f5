"""How the portal looks: theme, colours, fonts and the like, with a preview of the home page that stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from bandstand.organizations.current import current_organization
from bandstand.portals.colour import Palette, Scheme, Shades, palette
from bandstand.portals.models import THE_ROW, PortalSettings
from bandstand.portals.theme import theme_sheet
from bandstand_web.forms.meanwhile import Meanwhile
from bandstand_web.forms.own_picture import OwnPictureForm
from bandstand_web.forms.picture_file_field import PictureFileField
from bandstand_web.forms.submitting import changes_once
from bandstand_web.portals.colour_input import ColourInput, OptionalColourInput
from bandstand_web.portals.portal import SHEET
from bandstand_web.portals.theme_input import ThemeInput
from bandstand_web.query_values import ImpossibleValueError
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

CHANGE = "portals.change_portalsettings"
AS_THE_THEME = gettext_lazy("As in the theme")
NOT_KEPT = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


class DesignForm(OwnPictureForm):
    """What makes up the portal's look."""

    new_picture = PictureFileField(
        label=gettext_lazy("Picture on the home page"),
        help_text=gettext_lazy("A wide one suits best. The preview shows it once it is saved."),
    )

    class Meta:
        model = PortalSettings
        fields = ["theme", "accent", "second_colour", "fonts", "corners", "density", "header"]
        widgets = {"theme": ThemeInput, "accent": ColourInput, "second_colour": OptionalColourInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, usual in (
            ("fonts", AS_THE_THEME),
            ("corners", AS_THE_THEME),
            ("density", gettext_lazy("Normal")),
            ("header", AS_THE_THEME),
        ):
            field: Any = self.fields[name]
            field.choices = [("", usual), *field.choices[1:]]
            field.one_of = True  # see field.html

    @property
    def row_name(self) -> str:
        return current_organization().name

    def query(self) -> str:
        """Return what was chosen as the query of the preview. The form is valid."""
        return urlencode({name: self.cleaned_data[name] for name in self.Meta.fields})


@dataclass(frozen=True)
class DesignPreview:
    """Noted on a request whose page shows a look that isn't stored."""

    settings: PortalSettings
    sheet_url: str


@dataclass(frozen=True)
class ColourSample:
    """A chosen colour on both of a theme's papers, and what becomes of it there."""

    label: str
    palette: Palette
    schemes: tuple[tuple[Scheme, Shades], ...]
    moved: list[str]


@csp_update({"frame-src": [SELF]})
@require_http_methods(["GET", "HEAD", "POST"])
@needs(CHANGE)
@changes_once
def index(request: TeamRequest) -> HttpResponse:
    """Show the form beside the home page; save what was chosen, or show it with the button for that."""
    meanwhile = Meanwhile(request, PortalSettings, THE_ROW)
    unsent = DesignForm(instance=PortalSettings.objects.current())
    if request.method == "POST":
        meanwhile.merge(lambda: ([unsent], ()))
    else:
        meanwhile.show([unsent])
    portal = PortalSettings.objects.current()
    is_sent = request.method == "POST"
    form = DesignForm(meanwhile.data, request.FILES, instance=portal) if is_sent else DesignForm(instance=portal)
    is_looked_at = "preview" in request.POST
    form.user = request.user
    if is_sent and not is_looked_at and all([meanwhile.is_agreed, form.is_valid()]):
        with transaction.atomic():
            form.save()
        messages.success(request, _("The design has been saved."))
        return redirect("backstage:design")
    shown = _shown(form) if is_sent else _shown(DesignForm(_as_sent(portal), instance=portal))
    is_refused = is_sent and not (is_looked_at and form.is_valid())
    return render(
        request,
        "portals/backstage/design.html",
        {"form": form, "meanwhile": meanwhile, **shown},
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK,
    )


@require_safe
@needs(CHANGE)
def choice(request: TeamRequest) -> HttpResponse:
    """Show what the form says before it is saved, for htmx."""
    form = DesignForm(request.GET, instance=PortalSettings.objects.current())
    return render(request, "portals/backstage/design_choice.html", {"form": form, **_shown(form)})


@require_safe
@needs(CHANGE)
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type] # its annotation knows plain requests alone
def preview(request: TeamRequest) -> HttpResponse:
    """Show the home page in a look that isn't stored, for the frame beside the form."""
    chosen = _chosen(request)
    url = f"{reverse('backstage:design_sheet')}?{request.GET.urlencode()}"
    request.design_preview = DesignPreview(chosen, url)  # type: ignore[attr-defined]
    match = resolve("/")
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    for name, value in NOT_KEPT.items():
        response[name] = value
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@require_safe
@needs(CHANGE)
def sheet(request: TeamRequest) -> HttpResponse:
    """Send the style sheet of a look that isn't stored."""
    return HttpResponse(theme_sheet(_chosen(request).design), content_type=SHEET, headers=NOT_KEPT)


def _chosen(request: TeamRequest) -> PortalSettings:
    """Return the settings with what the address says, unsaved. Raises ImpossibleValueError."""
    settings = PortalSettings.objects.current()
    if request.GET:
        form = DesignForm(request.GET, instance=settings)
        if not form.is_valid():
            raise ImpossibleValueError("there is no such design")
    return settings


def _as_sent(settings: PortalSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in DesignForm.Meta.fields}


def _shown(form: DesignForm) -> dict[str, object]:
    """Return what a preview of the form's choice needs; nothing if there is no such design."""
    if not form.is_valid():
        return {}
    return {"query": form.query(), "samples": _samples(form.instance)}


def _samples(settings: PortalSettings) -> list[ColourSample]:
    grounds = settings.design.theme.grounds
    found = []
    for label, text in ((_("Your colour"), settings.accent), (_("Your second colour"), settings.second_colour)):
        if text:
            made = palette(text, grounds)
            schemes = ((grounds.light, made.light), (grounds.dark, made.dark))
            found.append(ColourSample(label, made, schemes, _moved(made)))
    return found


def _moved(made: Palette) -> list[str]:
    """Return what becomes of a colour, in sentences."""
    said = []
    if made.light.text != made.fill:
        said.append(_("As text on light pages it is %(shade)s, so that it can be read.") % {"shade": made.light.text})
    if made.dark.text != made.fill:
        said.append(_("As text on dark pages it is %(shade)s, so that it can be read.") % {"shade": made.dark.text})
    if made.light.edge != made.fill:
        said.append(_("Surfaces get an outline on light pages."))
    if made.dark.edge != made.fill:
        said.append(_("Surfaces get an outline on dark pages."))
    return said or [_("It can be read everywhere as it is.")]
