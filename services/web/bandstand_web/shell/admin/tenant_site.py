"""One portal's admin for its team: everything that the simpler backstage leaves out."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.accounts.roles import ROLES
from bandstand.bands.models import Band, Genre, Instrument
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.models import Gig
from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand.media.models import Picture
from bandstand.polls.models import Question
from bandstand.portals.models import PortalSettings
from bandstand_web.audit.admin import LogEntryAdmin
from bandstand_web.bands.admin import BandAdmin, GenreAdmin, InstrumentAdmin
from bandstand_web.enquiries.admin import EnquiryAdmin
from bandstand_web.gigs.admin import GigAdmin
from bandstand_web.mail.admin import OutgoingMessageAdmin, SuppressedAddressAdmin
from bandstand_web.media.admin import PictureAdmin
from bandstand_web.polls.admin import QuestionAdmin
from bandstand_web.portals.admin import PortalSettingsAdmin
from bandstand_web.shell.admin.sign_in import SignInSite
from bandstand_web.teams.admin import TeamMemberAdmin


class TenantSite(SignInSite):
    """Open to active users with a role on the team; the role's permissions decide what they may do."""

    index_title = _("Everything in this portal")
    site_title = _("Administration")

    def is_for(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_authenticated and user.groups.filter(name__in=list(ROLES)).exists())

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        organization = request.organization  # type: ignore[attr-defined]
        return {**super().each_context(request), "site_header": organization.name, "backstage_url": "/backstage/"}


site = TenantSite(name="admin")
site.register(Band, BandAdmin)
site.register(Genre, GenreAdmin)
site.register(Instrument, InstrumentAdmin)
site.register(Gig, GigAdmin)
site.register(Picture, PictureAdmin)
site.register(Question, QuestionAdmin)
site.register(Enquiry, EnquiryAdmin)
site.register(PortalSettings, PortalSettingsAdmin)
site.register(User, TeamMemberAdmin)
site.register(OutgoingMessage, OutgoingMessageAdmin)
site.register(SuppressedAddress, SuppressedAddressAdmin)
site.register(LogEntry, LogEntryAdmin)
