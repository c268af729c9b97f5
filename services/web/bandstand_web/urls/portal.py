"""Addresses of a portal: its public pages, and below them backstage, accounts and admin."""

from django.urls import URLPattern, URLResolver, include, path

from bandstand_web import csp_reports, language, security_txt
from bandstand_web.accounts import hand_over, invitations
from bandstand_web.bands.portal import contact, searching
from bandstand_web.bands.portal import pages as bands
from bandstand_web.gigs import portal as gigs
from bandstand_web.home import portal as home
from bandstand_web.mail import portal as unsubscribing
from bandstand_web.media import portal as pictures
from bandstand_web.polls import portal as polls
from bandstand_web.portals import portal as theme
from bandstand_web.shell.admin.tenant_site import site as tenant_site
from bandstand_web.support import portal as support

handler400 = "bandstand_web.errors.bad_request"
handler500 = "bandstand_web.errors.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("bands/", bands.index, name="bands"),
    path("bands/search/", searching.search, name="search"),
    path("bands/<slug:slug>/", bands.detail, name="band"),
    path("bands/<slug:slug>/contact/", contact.contact, name="contact"),
    path("contact-form/", contact.opening, name="contact_opening"),
    path("gigs/", gigs.index, name="gigs"),
    path("gigs/<slug:slug>/", gigs.detail, name="gig"),
    path("gigs/<slug:slug>.ics", gigs.calendar, name="gig_calendar"),
    path("polls/", polls.index, name="polls"),
    path("polls/<int:pk>/", polls.vote, name="poll"),
    path("polls/<int:pk>/results/", polls.results, name="poll_results"),
    path("mail/unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("language/", language.choose, name="language"),
    path("csp-reports/", csp_reports.collect, name="csp_reports"),
    path(".well-known/security.txt", security_txt.security_txt, name="security_txt"),
    path("theme.css", theme.theme, name="theme"),
    path("media/<path:path>", pictures.picture, name="picture"),
    path("accounts/", include("bandstand_web.accounts.urls")),
    path("accounts/hand-over/", hand_over.begin_or_finish, name="hand_over"),
    path("accounts/hand-over/confirm/", hand_over.confirm, name="hand_over_confirm"),
    path("accounts/hand-over/resume/", hand_over.resume, name="hand_over_resume"),
    path("accounts/support/", support.enter, name="account_support"),
    path("accounts/emergency/", hand_over.emergency, name="emergency"),
    path("accounts/join/<str:token>/", invitations.accept, name="invitation_accept"),
    path("backstage/", include("bandstand_web.urls.backstage")),
    path("admin/", tenant_site.urls),
]
