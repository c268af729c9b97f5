"""A portal's URLs: its public pages, and below them accounts, backstage and admin.

Pages in other languages: see bandstand_web.page_languages.
"""

from django.urls import URLPattern, URLResolver, include, path

from bandstand_web import csp_reports, language, security_txt
from bandstand_web.accounts import urls as accounts
from bandstand_web.bands import urls as bands
from bandstand_web.enquiries import portal as enquiries
from bandstand_web.gigs import urls as gigs
from bandstand_web.home import portal as home
from bandstand_web.mail import portal as mail
from bandstand_web.media import urls as media
from bandstand_web.news import urls as news
from bandstand_web.pages import urls as pages
from bandstand_web.polls import urls as polls
from bandstand_web.portals import urls as portals
from bandstand_web.previews import urls as previews
from bandstand_web.reports import urls as reports
from bandstand_web.search import urls as search
from bandstand_web.search_engines import urls as search_engines
from bandstand_web.shell.admin.discovering import discovered
from bandstand_web.shell.admin.tenant_site import site as tenant_site
from bandstand_web.support import urls as support
from bandstand_web.tours import urls as tours

handler400 = "bandstand_web.errors.bad_request"
handler500 = "bandstand_web.errors.server_error"
# What people read, which a portal may have in several languages.
_pages: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("bands/", include(bands.portal_urls)),
    path("contact-form/", enquiries.opening, name="contact_opening"),
    path("gigs/", include(gigs.portal_urls)),
    path("", include(gigs.feed_urls)),
    path("tours/", include(tours.portal_urls)),
    path("news/", include(news.portal_urls)),
    path("", include(news.feed_urls)),
    path("polls/", include(polls.portal_urls)),
    path("search/", include(search.portal_urls)),
    path("", include(reports.portal_urls)),
]
without_languages: list[URLPattern | URLResolver] = [
    path("", include(gigs.urls_at_one_place)),
    path("", include(news.picture_urls)),
    path("media/", include(media.portal_urls)),
    path("preview/", include(previews.portal_urls)),
    path("mail/unsubscribe/<str:token>/", mail.unsubscribe, name="unsubscribe"),
    path("language/", language.choose, name="language"),
    path("csp-reports/", csp_reports.collect, name="csp_reports"),
    path(".well-known/security.txt", security_txt.security_txt, name="security_txt"),
    path("", include(portals.portal_urls)),
    path("", include(search_engines.portal_urls)),
    path("accounts/", include("bandstand_web.accounts.urls")),
    path("accounts/", include(accounts.portal_urls)),
    path("accounts/support/", include(support.portal_urls)),
    path("backstage/", include("bandstand_web.urls.backstage")),
    path("admin/", discovered(tenant_site).urls),
]
_any_word = path("", include(pages.portal_urls))  # the last: any word may be a page's address
in_languages = [*_pages, _any_word]
urlpatterns = [*_pages, *without_languages, _any_word]
