"""A person's own notices, and which of them they want by email."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.content.of_bands import rows_for
from bandstand.content.whole_numbers import whole_number
from bandstand.enquiries.models import Enquiry
from bandstand.imports.models import SpreadsheetImport
from bandstand.notices.models import KEPT, PERMISSIONS, EmailChoice, Notice, NoticeQuerySet
from bandstand.organizations.models import Organization
from bandstand.teams.models import Invitation
from bandstand_web.forms.known_rows import KnownRowsField, KnownRowTicks
from bandstand_web.forms.submitting import changes_once
from bandstand_web.query_values import page_of
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import GUESTS_TOO, may_somewhere, needs

PER_PAGE = 30
MOST_COUNTED = 99
_THINGS = {
    Notice.Kind.MESSAGE: Enquiry.objects,
    Notice.Kind.IMPORT: SpreadsheetImport.objects,
    Notice.Kind.INVITATION: Invitation.objects,
}
# The form's fields of kinds that only some roles are told of.
_FIELDS = {
    "messages": Notice.Kind.MESSAGE,
    "bands": Notice.Kind.MESSAGE,
    "failed_imports": Notice.Kind.IMPORT,
    "quotas": Notice.Kind.QUOTA,
    "bounced_invitations": Notice.Kind.INVITATION,
    "listings": Notice.Kind.LISTING,
}


class EmailsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which emails about notices a person wants, among those that their role allows."""

    class Meta:
        model = EmailChoice
        fields = ["messages", "bands", "failed_imports", "quotas", "bounced_invitations", "listings", "language"]
        labels = {
            "messages": _("New messages"),
            "bands": _("Bands"),
            "failed_imports": _("An import of mine failed"),
            "quotas": _("Usage of the plan reaches 80%"),
            "bounced_invitations": _("An invitation of mine couldn't be delivered"),
            "listings": _("Another portal asks, answers or ends a listing of a band"),
        }
        help_texts = {
            "messages": _(
                "A band's contact address, or else the portal's, gets every message, whatever you choose here. If both"
                " are blank, the owners get it."
            )
        }
        widgets = {"messages": forms.RadioSelect, "bands": KnownRowTicks}
        field_classes = {"bands": KnownRowsField}

    def __init__(self, *args: Any, person: User, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        portals = get_language_info(organization.language)["name_local"]
        languages = [(code, capfirst(get_language_info(code)["name_local"])) for code, _name in settings.LANGUAGES]
        self.fields["language"] = forms.ChoiceField(
            label=_("Language of these emails"),
            choices=[("", gettext("The portal's: %(language)s") % {"language": portals}), *languages],
            required=False,
        )
        self.fields["bands"].one_of = self.fields["language"].one_of = True  # type: ignore[attr-defined] # see field.html
        self.fields["bands"].queryset = Band.objects.visible_to(person)  # type: ignore[attr-defined]
        self._offer_messages(is_owner=roles.role_of(person) == roles.OWNER)
        for name, kind in _FIELDS.items():
            if not may_somewhere(person, PERMISSIONS[kind]):
                del self.fields[name]

    def _offer_messages(self, *, is_owner: bool) -> None:
        kinds = EmailChoice.Messages
        offered = [(kind, kind.label) for kind in kinds]
        if not is_owner:  # who gets none unless they choose to
            offered = [(kinds.USUAL, kinds.NONE.label), *offered[1:-1]]
            if self.initial["messages"] == kinds.NONE:
                self.initial["messages"] = kinds.USUAL
        self.fields["messages"].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("messages") == EmailChoice.Messages.CHOSEN
            and not cleaned.get("bands")
            and "bands" not in self.errors
        ):
            self.add_error("bands", ValidationError(_("Choose at least one band."), code="required"))
        return cleaned


@require_safe
@needs(GUESTS_TOO)
def index(request: TeamRequest) -> HttpResponse:
    """List the person's notices, newest first."""
    page = page_of(request, notices_of(request.user).select_related("band"), PER_PAGE)
    return render(request, "notices/backstage/list.html", {"page": page, "kept_days": KEPT.days})


@require_safe
@needs(GUESTS_TOO)
def follow(request: TeamRequest, pk: int) -> HttpResponse:
    """Lead to what the notice is about, and mark it as read."""
    notice = get_object_or_404(notices_of(request.user), pk=pk)
    if not request.organization.is_read_only:
        Notice.objects.filter(pk=notice.pk).mark_read()
    return redirect(notice.path)


@require_POST
@needs(GUESTS_TOO)
def mark_read(request: TeamRequest) -> HttpResponse:
    """Mark the person's notices as read, up to the newest one that their page showed."""
    newest = whole_number(request.POST.get("newest", ""))
    if newest is not None:
        Notice.objects.of(request.user.pk).filter(pk__lte=newest).mark_read()
    return redirect("backstage:notices")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(GUESTS_TOO)
@changes_once
def emails(request: TeamRequest) -> HttpResponse:
    """Show and save which emails the person wants."""
    form = EmailsForm(
        request.POST or None,
        instance=EmailChoice.objects.of(request.user.pk),
        person=request.user,
        organization=request.organization,
    )
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, gettext("Your choice has been saved."))
        return redirect("backstage:notices")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "notices/backstage/emails.html", {"form": form}, status=status)


def notices_of(user: User) -> NoticeQuerySet:
    """Return the person's notices of the kinds that their role allows, about things that still exist."""
    kinds = [kind for kind, permission in PERMISSIONS.items() if may_somewhere(user, permission)]
    exists = Q(kind__in=[Notice.Kind.QUOTA, Notice.Kind.LISTING])  # these are about no row of the portal
    for kind, things in _THINGS.items():
        exists |= Q(kind=kind) & Q(Exists(rows_for(user, "view", things.all()).filter(pk=OuterRef("number"))))
    return Notice.objects.of(user.pk).filter(exists, kind__in=kinds)


def unread(request: HttpRequest) -> dict[str, Any]:
    """Return `unread_notices`, their number for people; asks nothing on pages that don't show it."""
    return {"unread_notices": SimpleLazyObject(lambda: _unread(request))}


def _unread(request: HttpRequest) -> str:
    if getattr(request, "organization", None) is None or not isinstance(request.user, User):
        return ""
    if not Notice.objects.of(request.user.pk).unread().exists():  # as nearly always, so the rest needn't be asked
        return ""
    count = notices_of(request.user).unread()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")
