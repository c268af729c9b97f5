"""The platform's admin for its staff: organizations, domains and jobs, but no portal's contents."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.announcements.models import Announcement
from bandstand.audit.models import Entry
from bandstand.jobs.models import Job
from bandstand.organizations.maintenance import Maintenance
from bandstand.organizations.models import Domain, Organization
from bandstand.organizations.notes import Note
from bandstand.organizations.plans import Allowance, HeldSlug, Plan, Subscription, Usage
from bandstand.terms.models import Acceptance, Terms
from bandstand_web.announcements.admin import AnnouncementAdmin
from bandstand_web.audit.admin import EntryAdmin, LogEntryAdmin
from bandstand_web.jobs.admin import JobAdmin
from bandstand_web.plans.admin import AllowanceAdmin, HeldSlugAdmin, PlanAdmin, SubscriptionAdmin, UsageAdmin
from bandstand_web.platform.admin.maintenance import MaintenanceAdmin
from bandstand_web.platform.admin.notes import NoteAdmin
from bandstand_web.platform.admin.organizations import DomainAdmin, OrganizationAdmin
from bandstand_web.platform.admin.users import PlatformUserAdmin
from bandstand_web.shell.admin.sign_in import SignInSite
from bandstand_web.terms.admin import AcceptanceAdmin, TermsAdmin


class PlatformSite(SignInSite):
    """Open to active staff users of the platform."""

    site_header = _("Bandstand platform")
    site_title = _("Bandstand platform")
    index_title = _("Organizations and jobs")

    def is_for(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)


site = PlatformSite(name="admin")
site.register(Organization, OrganizationAdmin)
site.register(Note, NoteAdmin)
site.register(Domain, DomainAdmin)
site.register(Plan, PlanAdmin)
site.register(Subscription, SubscriptionAdmin)
site.register(Allowance, AllowanceAdmin)
site.register(Usage, UsageAdmin)
site.register(HeldSlug, HeldSlugAdmin)
site.register(Announcement, AnnouncementAdmin)
site.register(Maintenance, MaintenanceAdmin)
site.register(Terms, TermsAdmin)
site.register(Acceptance, AcceptanceAdmin)
site.register(Job, JobAdmin)
site.register(User, PlatformUserAdmin)
site.register(LogEntry, LogEntryAdmin)
site.register(Entry, EntryAdmin)
