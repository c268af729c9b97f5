"""The form with which anybody reports a page. Source: Regulation (EU) 2022/2065, Article 16(2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bandstand.organizations.addresses import InvalidHostError, normalize_host
from bandstand.organizations.models import Organization
from bandstand.reports.models import TEXT_MAX_LENGTH, PageReport
from bandstand_web.forms.bot_traps import TrappedForm, new_opening

ADDRESS_MAX_LENGTH = 400  # with the portal's host in front it still fits into the column


class ReportForm(TrappedForm):
    """Which page, why it is illegal, who says so, and that they believe it."""

    address = forms.CharField(
        label=_("Which page?"),
        max_length=ADDRESS_MAX_LENGTH,
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Its exact address, as your browser shows it."),
    )
    kind = forms.ChoiceField(
        label=_("What is it about?"),
        choices=PageReport.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one of these.")},
    )
    explanation = forms.CharField(
        label=_("Why is it illegal?"),
        max_length=TEXT_MAX_LENGTH,
        widget=forms.Textarea({"rows": 6}),
        help_text=_(
            "Say what you see there, and which right or law it violates."
            " If a picture or text is yours, say where it is from."
        ),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=120, required=False, widget=forms.TextInput({"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your email address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    good_faith = forms.BooleanField(
        label=_("I believe in good faith that what I say here is accurate and complete."),
        error_messages={"required": _("Please confirm this: we can't look at a report without it.")},
    )

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "report_%s", **kwargs})
        self.organization = organization
        self.initial.setdefault("opened", new_opening())
        for name in ("name", "email"):
            self.fields[name].one_of = True  # type: ignore[attr-defined] # whether it is needed depends on the kind

    def clean_address(self) -> str:
        """Return the page's whole address at the portal's main domain. Raises ValidationError for any other site."""
        typed = self.cleaned_data["address"].strip()
        parts = _split(typed)
        if parts is None or not self._is_here(parts.netloc):
            raise ValidationError(
                _("This isn't a page of %(portal)s. Copy its address from your browser."),
                params={"portal": self.organization.name},
            )
        return self.organization.url(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")

    def clean(self) -> dict[str, Any]:
        """Ask for name and address of who reports, unless it is about what nobody has to give theirs for."""
        cleaned = super().clean()
        if cleaned.get("kind") != PageReport.Kind.CHILD_ABUSE:
            for name, problem in (("name", _("Enter your name.")), ("email", _("Enter your email address."))):
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, problem)
        return cleaned

    def said(self) -> dict[str, Any]:
        """Return the arguments for `report_submit`. Valid forms only."""
        return {name: value for name, value in self.typed().items() if name != "good_faith"}

    def _is_here(self, host: str) -> bool:
        if not host:
            return True
        try:
            name = normalize_host(host)
        except InvalidHostError:
            return False
        return name == self.organization.own_host or self.organization.domains.filter(domain=name).exists()


def _split(typed: str) -> Any:
    """Return the parts of an address with or without its scheme, or of a path; None if it is neither."""
    try:
        parts = urlsplit(typed if typed.startswith("/") or "://" in typed else f"//{typed}")
    except ValueError:
        return None
    is_one = parts.scheme in {"", "http", "https"} and "\\" not in typed and not any(map(str.isspace, typed))
    return parts if is_one else None
