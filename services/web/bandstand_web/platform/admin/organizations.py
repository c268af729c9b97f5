"""Organizations and their domains. A portal's contents can't be reached from here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bandstand.audit.models import Act
from bandstand.domains.claiming import domain_record
from bandstand.organizations.addresses import InvalidHostError, normalize_host
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.models import Domain, Organization
from bandstand.organizations.quotas import plan_of
from bandstand.support.consenting import standing_of
from bandstand.support.visiting import ENTER, VisitRefusedError, consent_for, visit_link
from bandstand.teams.suspending import organization_activate, organization_suspend
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.accounts.hand_over import redirects_to_portals
from bandstand_web.platform.admin.health import Health, health_of, missing_migrations, worries
from bandstand_web.requests import OwnerRequest
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.looking import LookingAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site

EMPTY = "-"
NOTES_SHOWN = 5


class SuspensionForm(forms.Form):
    """Why portals are suspended."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("The owners read it, in an email, under “My organizations” and in the security log."),
    )


@admin.register(Organization, site=platform_site)
class OrganizationAdmin(LookingAdmin):
    """All organizations; suspending and activating ask for confirmation."""

    list_display = ["name", "slug", "state", "owner_addresses", "address", "created_at"]
    list_filter = ["state", "language"]
    search_fields = ["name", "slug", "schema_name", "domains__domain", "owners__email"]
    date_hierarchy = "created_at"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "slug",
                    "state",
                    "suspension_reason",
                    "language",
                    "time_zone",
                    "owner_addresses",
                    "address",
                    "created_at",
                ]
            },
        ),
        (
            gettext_lazy("Health"),
            {
                "fields": [
                    "attention",
                    "active",
                    "jobs",
                    "mails",
                    "backup",
                    "own_domains",
                    "schema_name",
                    "schema",
                    "served_by",
                ]
            },
        ),
        (gettext_lazy("Plan"), {"fields": ["plan", "use"]}),
        (gettext_lazy("Support access"), {"fields": ["support"]}),
        (gettext_lazy("Staff notes"), {"fields": ["notes"]}),
    ]
    actions = ["suspend", "activate"]

    @method_decorator(confirmed_to_write)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List the organizations; suspending and activating require the password."""
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the record, and note the visit in the log that its owners can read."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        organization = (getattr(answer, "context_data", None) or {}).get("original")
        if organization is not None:
            organization_record(organization, Act.LOOKED_AT)
        return answer

    def get_urls(self) -> list[URLPattern]:
        enter = self.admin_site.admin_view(redirects_to_portals(self.support_view))
        ours = path("<path:object_id>/support/", enter, name="organizations_organization_support")
        return [ours, *super().get_urls()]

    @method_decorator(confirmed_to_write)
    def support_view(self, request: OwnerRequest, object_id: str) -> HttpResponse:
        """Say whether an owner has let this member of the staff in, and log them in at the portal."""
        organization = super().get_object(request, object_id)
        if organization is None or not request.user.has_perm(ENTER):
            raise PermissionDenied
        if request.method == "POST":
            try:
                token = visit_link(organization=organization, staff=request.user)
            except VisitRefusedError:
                messages.error(request, _("No owner's consent lets you in."))
                return redirect(request.path)
            there = reverse("account_support", urlconf=settings.ROOT_URLCONF)
            answer = redirect(organization.team_url(f"{there}?{urlencode({'token': token})}"))
            answer["Referrer-Policy"] = "same-origin"
            return answer
        context = {
            **self.admin_site.each_context(request),
            "title": _("Log in to %(portal)s") % {"portal": organization},
            "organization": organization,
            "consent": consent_for(organization, request.user),
            "standing": standing_of(organization),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/organizations/support.html", context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Organization | None:
        organization: Organization | None = super().get_object(request, object_id, from_field)
        if organization is not None:
            organization.remembered["may"] = request.user.has_perm  # fields on the page don't get the request
        return organization

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        return super().get_queryset(request).prefetch_related("owners", "domains")

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        """Whether the user may suspend and activate portals."""
        return request.user.has_perm("organizations.change_organization")

    @admin.display(description=gettext_lazy("owners"))
    def owner_addresses(self, organization: Organization) -> str:
        return ", ".join(owner.email for owner in organization.owners.all())  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("plan"))
    def plan(self, organization: Organization) -> str:
        """Return the organization's current plan."""
        return str(plan_of(organization))

    @admin.display(description=gettext_lazy("in use"))
    def use(self, organization: Organization) -> SafeString | str:
        """Return each limit with the last measured usage, one per line."""
        return _lines(f"{line.title}: {line.text}" for line in _health(organization).standings)

    @admin.display(description=gettext_lazy("needs attention"))
    def attention(self, organization: Organization) -> SafeString | str:
        """Return what is wrong with the portal, one per line."""
        return _lines(worries(_health(organization)))

    @admin.display(description=gettext_lazy("jobs"))
    def jobs(self, organization: Organization) -> SafeString | str:
        """Return how many jobs wait, run and have failed, with a link for staff who may see them."""
        counts = _health(organization).jobs
        text = _("%(waiting)d waiting, %(running)d running, %(failed)d failed") % vars(counts)
        if not organization.remembered["may"]("jobs.view_job"):
            return text
        query = urlencode({"organization__id__exact": organization.pk})
        return format_html('<a href="{}?{}">{}</a>', reverse("admin:jobs_job_changelist"), query, text)

    @admin.display(description=gettext_lazy("emails of the last 30 days"))
    def mails(self, organization: Organization) -> str:
        """Return how many emails failed and came back."""
        inside = _health(organization).inside
        if inside is None or inside.missing_migrations:
            return EMPTY
        return _("%(failed_mails)d failed, %(bounced_mails)d bounced") % vars(inside)

    @admin.display(description=gettext_lazy("last activity of the team"))
    def active(self, organization: Organization) -> str:
        inside = _health(organization).inside
        return _moment(inside.active_at) if inside and inside.active_at else EMPTY

    @admin.display(description=gettext_lazy("last backup"))
    def backup(self, organization: Organization) -> SafeString | str:
        """Return when it was taken, and its name."""
        archive = _health(organization).backup
        return format_html("{}<br>{}", _moment(archive.taken_at), archive.path) if archive else EMPTY

    @admin.display(description=gettext_lazy("own domains"))
    def own_domains(self, organization: Organization) -> SafeString | str:
        """Return each domain with its state, and the problem if there is one, one per line."""
        return _lines(
            " · ".join(str(part) for part in (domain, domain.state.label, domain.get_problem_display()) if part)
            for domain in _health(organization).domains
        )

    @admin.display(description=gettext_lazy("migrations"))
    def schema(self, organization: Organization) -> str:
        """Return whether the schema is migrated."""
        inside = _health(organization).inside
        if inside is None:
            return EMPTY
        missing = inside.missing_migrations
        return missing_migrations(missing) if missing else _("up to date")

    @admin.display(description=gettext_lazy("cell"))
    def served_by(self, organization: Organization) -> str:
        return _health(organization).cell or EMPTY

    @admin.display(description=gettext_lazy("newest"))
    def notes(self, organization: Organization) -> SafeString | str:
        """Return the newest notes of staff, and links for staff who may read or write more."""
        may = organization.remembered["may"]
        if not may("organizations.view_note"):
            return EMPTY
        newest = organization.notes.all()[:NOTES_SHOWN]
        context = {"organization": organization, "notes": newest, "may_add": may("organizations.add_note")}
        return render_to_string("admin/organizations/notes.html", context)

    @admin.display(description=gettext_lazy("an owner's consent"))
    def support(self, organization: Organization) -> SafeString | str:
        """Return whether an owner has let support in, with a link for staff who may enter."""
        standing = standing_of(organization)
        if standing is None:
            return _("none")
        until = date_format(timezone.localtime(standing.consent.expires_at), "SHORT_DATETIME_FORMAT")
        text = _("until %(until)s") % {"until": until}
        if not organization.remembered["may"](ENTER):
            return text
        there = reverse("admin:organizations_organization_support", args=[organization.pk])
        return format_html('{} · <a href="{}">{}</a>', text, there, _("Log in to the portal"))

    @admin.display(description=gettext_lazy("portal"))
    def address(self, organization: Organization) -> SafeString:
        """Return a link to the portal."""
        primary = next((domain for domain in organization.domains.all() if domain.is_primary), None)
        organization.domain_url = primary.domain if primary else organization.slug
        return format_html('<a href="{}" rel="noreferrer">{}</a>', organization.url(), organization.host)

    @admin.action(description=gettext_lazy("Suspend"), permissions=["suspend"])
    def suspend(self, request: HttpRequest, organizations: QuerySet[Organization]) -> HttpResponse | None:
        """Suspend the portals after confirmation."""
        form = SuspensionForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, organizations, "suspend", _("Suspend these organizations?"), form)
        reason = form.cleaned_data["reason"]
        done = [item for item in organizations if organization_suspend(organization=item, reason=reason)]
        self._report(request, done, _("Suspended."))
        return None

    @admin.action(description=gettext_lazy("Activate"), permissions=["suspend"])
    def activate(self, request: HttpRequest, organizations: QuerySet[Organization]) -> HttpResponse | None:
        """Activate the portals after confirmation."""
        if "confirmed" not in request.POST:
            return self._ask(request, organizations, "activate", _("Activate these organizations?"))
        done = [item for item in organizations if organization_activate(organization=item)]
        self._report(request, done, _("Activated."))
        return None

    def _ask(
        self,
        request: HttpRequest,
        organizations: QuerySet[Organization],
        action: str,
        title: str,
        form: forms.Form | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "organizations": organizations,
            "action": action,
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/organizations/confirm.html", context)

    def _report(self, request: HttpRequest, done: list[Organization], note: str) -> None:
        for organization in done:
            self.log_change(request, organization, note)
        count = len(done)
        text = ngettext("%(count)d organization changed.", "%(count)d organizations changed.", count) % {"count": count}
        messages.success(request, text)


def _health(organization: Organization) -> Health:
    """Return the organization's health, found once for all fields of the page."""
    if "health" not in organization.remembered:
        organization.remembered["health"] = health_of(organization)
    found: Health = organization.remembered["health"]
    return found


def _lines(lines: Iterable[str]) -> SafeString | str:
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines)) or EMPTY


def _moment(moment: datetime) -> str:
    when = date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    return _("%(when)s (%(age)s ago)") % {"when": when, "age": timesince(moment)}


class DomainAdminForm(forms.ModelForm):
    """A host name, normalized before it is saved."""

    class Meta:
        model = Domain
        fields = ["tenant", "domain"]

    def clean_domain(self) -> str:
        try:
            return normalize_host(self.cleaned_data["domain"])
        except InvalidHostError:
            raise ValidationError(_("This isn't a host name.")) from None

    def save(self, commit: bool = True) -> Model:
        """Save as an additional domain; the primary one is chosen elsewhere."""
        if self.instance.pk is None:
            self.instance.is_primary = False
        return super().save(commit)  # type: ignore[no-any-return]


@admin.register(Domain, site=platform_site)
class DomainAdmin(GuardedAdmin):
    """The host names that portals are served at."""

    form = DomainAdminForm
    list_display = ["domain", "tenant", "is_primary", "created_at"]
    list_filter = ["is_primary"]
    list_select_related = ["tenant"]
    search_fields = ["domain", "tenant__name", "tenant__slug"]
    autocomplete_fields = ["tenant"]

    @method_decorator(confirmed_to_write)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; adding a domain requires the password."""
        return super().changeform_view(request, *args, **kwargs)

    @method_decorator(confirmed_to_write)
    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for confirmation; deleting a domain requires the password."""
        return super().delete_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Domain, form: Any, change: bool) -> None:
        """Save, and note it in the log that the portal's owners can read."""
        super().save_model(request, obj, form, change)
        domain_record(obj.tenant, Act.DOMAIN_ADDED, obj.domain)

    def delete_model(self, request: HttpRequest, obj: Domain) -> None:
        """Delete, and note it in the log that the portal's owners can read."""
        super().delete_model(request, obj)
        domain_record(obj.tenant, Act.DOMAIN_REMOVED, obj.domain)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Domains can be added and deleted, but not changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Domain | None = None) -> bool:
        """Forbid deleting the primary domain, and bulk deletion, which isn't checked row by row."""
        return obj is not None and not obj.is_primary and super().has_delete_permission(request, obj)
