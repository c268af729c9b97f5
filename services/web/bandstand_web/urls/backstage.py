"""URLs of the backstage."""

from django.conf import settings as django_settings
from django.urls import path

from bandstand_web.announcements import backstage as announcements
from bandstand_web.audit import backstage as audit
from bandstand_web.bands import backstage as bands
from bandstand_web.domains import backstage as domains
from bandstand_web.enquiries import backstage as enquiries
from bandstand_web.gigs import backstage as gigs
from bandstand_web.home import backstage as dashboard
from bandstand_web.imports import backstage as imports
from bandstand_web.jobs import backstage as jobs
from bandstand_web.media import backstage as photos
from bandstand_web.plans import backstage as plan
from bandstand_web.polls import backstage as polls
from bandstand_web.portals import backstage as settings
from bandstand_web.support import backstage as support
from bandstand_web.teams import backstage as team

app_name = "backstage"
urlpatterns = [
    path("", dashboard.index, name="dashboard"),
    path("bands/", bands.index, name="bands"),
    path("bands/add/", bands.add, name="band_add"),
    path("bands/<int:pk>/", bands.edit, name="band_edit"),
    path("bands/<int:pk>/publish/", bands.publish, name="band_publish"),
    path("bands/<int:pk>/delete/", bands.delete, name="band_delete"),
    path("bands/<int:pk>/photos/", photos.index, name="band_photos"),
    path("bands/<int:pk>/photos/describe/", photos.describe, name="band_photos_describe"),
    path("bands/<int:pk>/photos/waiting/", photos.waiting, name="band_photos_waiting"),
    path("bands/<int:pk>/photos/<int:photo>/", photos.describe_one, name="band_photo_describe"),
    path("bands/<int:pk>/photos/<int:photo>/remove/", photos.remove, name="band_photo_remove"),
    path("gigs/", gigs.index, name="gigs"),
    path("gigs/add/", gigs.add, name="gig_add"),
    path("gigs/<int:pk>/", gigs.edit, name="gig_edit"),
    path("gigs/<int:pk>/publish/", gigs.publish, name="gig_publish"),
    path("gigs/<int:pk>/delete/", gigs.delete, name="gig_delete"),
    path("enquiries/", enquiries.index, name="enquiries"),
    path("enquiries/blocked/", enquiries.blocked_senders, name="blocked_senders"),
    path("enquiries/blocked/<int:pk>/remove/", enquiries.unblock, name="blocked_sender_remove"),
    path("enquiries/<int:pk>/", enquiries.detail, name="enquiry"),
    path("enquiries/<int:pk>/state/", enquiries.change_state, name="enquiry_state"),
    path("enquiries/<int:pk>/block/", enquiries.block, name="enquiry_block"),
    path("polls/", polls.index, name="polls"),
    path("polls/add/", polls.add, name="poll_add"),
    path("polls/<int:pk>/", polls.edit, name="poll_edit"),
    path("polls/<int:pk>/delete/", polls.delete, name="poll_delete"),
    path("jobs/", jobs.index, name="jobs"),
    path("jobs/again/", jobs.try_all_again, name="jobs_try_again"),
    path("jobs/<int:pk>/again/", jobs.try_again, name="job_try_again"),
    path("jobs/<int:pk>/stop/", jobs.stop, name="job_stop"),
    path("imports/add/", imports.add, name="import_add"),
    path("imports/blank/<slug:subject>.csv", imports.blank, name="import_blank"),
    path("imports/<int:pk>/", imports.detail, name="import"),
    path("imports/<int:pk>/columns/", imports.columns, name="import_columns"),
    path("imports/<int:pk>/confirm/", imports.confirm, name="import_confirm"),
    path("imports/<int:pk>/discard/", imports.discard, name="import_discard"),
    path("imports/<int:pk>/refused.csv", imports.refused, name="import_refused"),
    path("plan/", plan.index, name="plan"),
    path("announcements/<int:pk>/dismiss/", announcements.dismiss, name="announcement_dismiss"),
    path("support/end/", support.end, name="support_end"),
    path("settings/", settings.index, name="settings"),
    path("settings/accent/", settings.accent, name="settings_accent"),
    path("log/", audit.index, name="log"),
    path("log/log.csv", audit.download, name="log_download"),
    path("log/unlock/", audit.unlock, name="log_unlock"),
    path("team/", team.index, name="team"),
    path("team/invite/", team.invite, name="team_invite"),
    path("team/invitations/<int:pk>/resend/", team.resend, name="team_invitation_resend"),
    path("team/invitations/<int:pk>/revoke/", team.revoke, name="team_invitation_revoke"),
    path("team/second-step/", team.demand_second_step, name="team_second_step"),
    path("team/<int:pk>/role/", team.change_role, name="team_role"),
    path("team/<int:pk>/remove/", team.remove, name="team_remove"),
]

if django_settings.CUSTOM_DOMAINS != "off":
    urlpatterns += [
        path("domains/", domains.index, name="domains"),
        path("domains/primary/", domains.choose, name="domain_choose"),
        path("domains/<int:pk>/", domains.detail, name="domain"),
        path("domains/<int:pk>/state/", domains.state, name="domain_state"),
        path("domains/<int:pk>/check/", domains.check, name="domain_check"),
        path("domains/<int:pk>/remove/", domains.remove, name="domain_remove"),
    ]
