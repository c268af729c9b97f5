"""The portal's settings: name, language, time zone, texts, logo, addresses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from bandstand.accounts import roles
from bandstand.content.languages import choices as language_choices
from bandstand.media.adding import picture_add
from bandstand.organizations.current import current_organization
from bandstand.organizations.describing import organization_describe
from bandstand.organizations.models import Organization
from bandstand.organizations.time_zones import TimeZoneField, time_zones_with
from bandstand.portals.models import THE_ROW, PortalSettings
from bandstand.portals.presenting import further_languages
from bandstand_web.forms.known_rows import MOST_SUGGESTED
from bandstand_web.forms.meanwhile import Meanwhile
from bandstand_web.forms.picture_file_field import PictureFileField
from bandstand_web.forms.submitting import changes_once
from bandstand_web.forms.versions import with_versions
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import GUESTS_TOO, OWNERS, needs
from bandstand_web.shell.history import HistoryView, KindHistory, KindPutBack
from bandstand_web.shell.known import options, typed_into
from bandstand_web.shell.views import TeamView


class OrganizationSettingsForm(forms.ModelForm[Organization]):
    """The organization's settings, stored on the platform."""

    time_zone = TimeZoneField(label=gettext_lazy("Time zone"))

    class Meta:
        model = Organization
        fields = ["name", "language", "time_zone"]
        help_texts = {
            "language": gettext_lazy("For visitors whose language isn't available."),
            "time_zone": gettext_lazy("The default for new gigs, and the clock for reminders."),
        }


class PortalForm(forms.ModelForm[PortalSettings]):
    """The portal's texts, logo and addresses."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Further languages"),
        required=False,
        choices=language_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=PortalSettings._meta.get_field("languages").help_text,  # noqa: SLF001 - Django documents it
    )
    new_logo = PictureFileField(
        label=gettext_lazy("Logo"), help_text=gettext_lazy("Choose a file to replace the logo.")
    )

    class Meta:
        model = PortalSettings
        fields = ["languages", "tagline", "introduction", "contact_email", "imprint_url", "privacy_url", "minors"]
        fields += ["tells_search_engines"]
        widgets = {"introduction": forms.Textarea(attrs={"rows": 6})}

    field_order = ["languages", "tagline", "introduction", "new_logo", "contact_email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages: Any = self.fields["languages"]
        languages.choices = [each for each in languages.choices if each[0] != current_organization().language]
        languages.one_of = True  # see field.html
        self.fields["minors"].required = False  # a page of an older release doesn't send it
        self.fields["minors"].one_of = True  # type: ignore[attr-defined] # one of its choices holds anyway
        if not settings.INDEX_NOW_URL:
            del self.fields["tells_search_engines"]

    def clean_minors(self) -> str:
        return str(self.cleaned_data["minors"] or self.instance.minors)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("portals.change_portalsettings")
@changes_once
def index(request: TeamRequest) -> HttpResponse:
    """Show and save all settings on one page."""
    # Organizations stand in `public` and have no record of changes there.
    meanwhile = Meanwhile(request, PortalSettings, THE_ROW, is_recorded=False)
    organization, portal = _rows(request)
    portal_form = with_versions(PortalForm, further_languages(organization))
    unsent: list[forms.BaseForm] = [
        OrganizationSettingsForm(instance=organization, prefix="organization"),
        portal_form(instance=portal, prefix="portal"),
    ]
    if request.method == "POST":
        meanwhile.merge(lambda: (unsent, ()))
    else:
        meanwhile.show(unsent)
    data, files = (meanwhile.data, request.FILES) if request.method == "POST" else (None, None)
    about = OrganizationSettingsForm(data, instance=organization, prefix="organization")
    looks = portal_form(data, files, instance=portal, prefix="portal")
    if data is not None and all([meanwhile.is_agreed, about.is_valid(), looks.is_valid()]):
        with transaction.atomic():
            organization_describe(organization=organization, **about.cleaned_data)
            if logo := looks.cleaned_data["new_logo"]:
                looks.instance.logo = picture_add(file=logo, uploaded_by=request.user)
            looks.save()
        messages.success(request, _("The settings have been saved."))
        return redirect("backstage:settings")
    context = {
        "about": about,
        "looks": looks,
        "meanwhile": meanwhile,
        "portal_settings": portal,
        **_leaving(request),
    }
    return render(
        request,
        "portals/backstage/settings.html",
        context,
        status=HTTPStatus.OK if data is None else HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _leaving(request: TeamRequest) -> dict[str, object]:
    """Return where an owner takes everything along or deletes the portal, or else who may."""
    if not request.user.has_perm(OWNERS):
        return {"owners": roles.holders(roles.OWNER).order_by("pk")}
    pages = {
        page: reverse(f"organization_{page}", args=[request.organization.slug], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
        for page in ("export", "edit", "delete")
    }
    return {"owners_pages": {page: f"{settings.PUBLIC_URL}{path}" for page, path in pages.items()}}


def _rows(request: TeamRequest) -> tuple[Organization, PortalSettings]:
    """Return the two rows, locked if they are to be stored."""
    organizations = Organization.objects.all()
    if request.method == "POST":
        organizations = organizations.select_for_update(no_key=True)
    return organizations.get(pk=request.organization.pk), PortalSettings.objects.current()


class SettingsPages(HistoryView):
    """The settings, a single row."""

    model: Any = PortalSettings
    permission = "portals.change_portalsettings"

    def get_object(self, queryset: Any = None) -> PortalSettings:
        return PortalSettings.objects.current()

    def url_of(self, page: str, row: Any) -> str:
        return reverse("backstage:settings" if page == "edit" else f"backstage:settings_{page}")


class SettingsHistory(SettingsPages, KindHistory):
    """What was changed of the settings."""


class SettingsPutBack(SettingsPages, KindPutBack):
    """Puts back a change of the settings."""


class TimeZonesKnown(TeamView):
    """The time zones that may be meant by what is typed, near the portal's own first."""

    permission = GUESTS_TOO
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        found = time_zones_with(typed_into(request), near=current_organization().time_zone)
        return options(request, found[:MOST_SUGGESTED])
