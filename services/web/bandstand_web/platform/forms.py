"""Forms for signing up and for "My organizations"."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.content.shown_names import NAME_MAX_LENGTH, validate_shown_name
from bandstand.organizations.availability import validate_free_slug
from bandstand.organizations.models import Organization
from bandstand.organizations.slugs import SLUG_MAX_LENGTH
from bandstand.organizations.time_zones import TimeZoneField
from bandstand.portals.changing_address import validate_address
from bandstand.terms.models import Terms
from bandstand_web.accounts.forms import PASSWORD_HELP

_AS_TYPED = {"autocapitalize": "none", "spellcheck": "false"}


class FreeSlugField(forms.CharField):
    """The first part of a portal's address; must be available, to `owner` if known."""

    owner: User | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Address"),
            help_text=_("Lowercase letters, numbers and hyphens. Visitors will type it."),
            max_length=SLUG_MAX_LENGTH,
            widget=forms.TextInput(
                attrs={
                    **_AS_TYPED,
                    "autocomplete": "off",
                    "hx-get": reverse_lazy("signup_address", urlconf=settings.PUBLIC_SCHEMA_URLCONF),
                    "hx-trigger": "input changed delay:300ms",
                    "hx-target": "#address-state",
                    "hx-swap": "outerHTML",
                    "hx-sync": "this:replace",
                }
            ),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        """Return the slug in lowercase. Raises ValidationError if it isn't allowed or is taken."""
        slug = str(super().clean(value)).lower()
        validate_free_slug(slug, self.owner)
        return slug


class SlugForm(forms.Form):
    """Only the address."""

    slug = FreeSlugField()


class OrganizationForm(SlugForm):
    """A new portal for an existing account."""

    name = forms.CharField(
        label=_("Name of your organization"),
        help_text=_("A label, a school, an association, or simply your band."),
        max_length=NAME_MAX_LENGTH,
        validators=[validate_shown_name],
        widget=forms.TextInput(
            attrs={
                "autocomplete": "organization",
                "hx-get": reverse_lazy("signup_address", urlconf=settings.PUBLIC_SCHEMA_URLCONF),
                "hx-trigger": "input changed delay:300ms",
                "hx-include": "#id_slug, #id_suggested",
                "hx-target": "#address-field",
                "hx-swap": "outerHTML",
                "hx-sync": "this:replace",
            }
        ),
    )
    suggested = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ["name", "slug"]

    def __init__(self, *args: Any, owner: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].owner = owner  # type: ignore[attr-defined]


class SignupForm(OrganizationForm):
    """A new portal and its owner."""

    email = forms.EmailField(
        label=_("Your email address"),
        help_text=_("We'll send a code to it. You'll log in with it later."),
        widget=forms.EmailInput(attrs={**_AS_TYPED, "autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=PASSWORD_HELP,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = TimeZoneField(label=_("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents = list(Terms.objects.current())
        if self.documents:
            # The value names the versions that were shown, so that no other is accepted.
            shown = ",".join(str(terms.pk) for terms in self.documents)
            self.fields["accepted"] = forms.MultipleChoiceField(
                label="",
                choices=[(shown, _agreement(self.documents))],
                widget=forms.CheckboxSelectMultiple,
                error_messages={
                    "required": _("Please accept them to open a portal."),
                    "invalid_choice": _("They changed a moment ago. Please read and accept the new version."),
                },
            )

    @property
    def accepted_versions(self) -> list[int]:
        """The numbers of the versions that were accepted; for a valid form."""
        return [terms.pk for terms in self.documents]

    def clean_email(self) -> str:
        """Normalize the address."""
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        """Validate the password's strength, using the other fields."""
        data = super().clean() or self.cleaned_data
        if "password" in data:
            try:
                validate_password(data["password"], User(email=data.get("email", ""), name=data.get("name", "")))
            except ValidationError as problem:
                self.add_error("password", problem)
        return data


def _agreement(documents: list[Terms]) -> SafeString:
    links = format_html_join(
        ", ",
        '<a href="{}" target="_blank" rel="noopener">{}</a>',
        ((reverse("document", args=[terms.document]), str(terms)) for terms in documents),
    )
    return format_html(str(_("I have read and accept: {}")), links)


class CodeForm(forms.Form):
    """The code from the email."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={**_AS_TYPED, "autocomplete": "one-time-code", "autocapitalize": "characters", "autofocus": True}
        ),
    )


class RenameForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name that visitors see."""

    class Meta:
        model = Organization
        fields = ["name"]


class AddressForm(forms.Form):
    """Another address for a portal."""

    slug = forms.CharField(
        label=_("New address"),
        max_length=SLUG_MAX_LENGTH,
        widget=forms.TextInput(attrs={**_AS_TYPED, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, organization: Organization, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._organization, self._owner = organization, owner
        self.fields["slug"].help_text = _("Lowercase letters, numbers and hyphens, before .%(base)s.") % {
            "base": settings.BASE_DOMAIN
        }

    def clean_slug(self) -> str:
        """Return the slug in lowercase. Raises ValidationError if the portal can't have it."""
        slug = str(self.cleaned_data["slug"]).lower()
        validate_address(self._organization, slug, self._owner)
        return slug


class DeleteForm(forms.Form):
    """Confirms the deletion by typing the portal's address."""

    typed = forms.CharField(
        label=_("The portal's address"), widget=forms.TextInput(attrs={**_AS_TYPED, "autocomplete": "off"})
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean_typed(self) -> str:
        """Raise ValidationError unless the input is the portal's address."""
        typed = str(self.cleaned_data["typed"]).strip().lower()
        if typed not in {self.organization.slug, self.organization.host}:
            raise ValidationError(_("Enter exactly this: %(host)s") % {"host": self.organization.host})
        return typed


class TransferForm(forms.Form):
    """To whom an owner gives a portal."""

    email = forms.EmailField(
        label=_("Email address of the new owner"),
        help_text=_("We'll send a link to it. Nothing changes until they accept."),
        widget=forms.EmailInput(attrs={**_AS_TYPED, "autocomplete": "off"}),
    )
    giver_stays = forms.BooleanField(label=_("I stay on the team, as a manager"), required=False)

    def __init__(self, *args: Any, may_stay: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_stay:
            del self.fields["giver_stays"]
