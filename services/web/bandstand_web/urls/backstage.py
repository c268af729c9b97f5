"""The backstage's URLs."""

from django.conf import settings
from django.urls import include, path

from bandstand_web.announcements import urls as announcements
from bandstand_web.audit import urls as audit
from bandstand_web.bands import urls as bands
from bandstand_web.calendars import urls as calendars
from bandstand_web.domains import urls as domains
from bandstand_web.enquiries import urls as enquiries
from bandstand_web.gigs import urls as gigs
from bandstand_web.home import backstage as home
from bandstand_web.imports import urls as imports
from bandstand_web.jobs import urls as jobs
from bandstand_web.listings import urls as listings
from bandstand_web.media import urls as media
from bandstand_web.news import urls as news
from bandstand_web.notices import urls as notices
from bandstand_web.numbers import urls as numbers
from bandstand_web.pages import urls as pages
from bandstand_web.people import urls as people
from bandstand_web.plans import urls as plans
from bandstand_web.polls import urls as polls
from bandstand_web.portals import urls as portals
from bandstand_web.previews import urls as previews
from bandstand_web.search import urls as search
from bandstand_web.site_frame import urls as site_frame
from bandstand_web.support import urls as support
from bandstand_web.teams import urls as teams
from bandstand_web.tours import urls as tours
from bandstand_web.trash import urls as trash
from bandstand_web.venues import urls as venues

app_name = "backstage"
urlpatterns = [
    path("", home.index, name="dashboard"),
    path("bands/", include(bands.backstage_urls)),
    path("bands/<int:pk>/photos/", include(media.backstage_urls)),
    path("gigs/", include(gigs.backstage_urls)),
    path("tours/", include(tours.backstage_urls)),
    path("news/", include(news.backstage_urls)),
    path("pages/", include(pages.backstage_urls)),
    path("venues/", include(venues.backstage_urls)),
    path("people/", include(people.backstage_urls)),
    path("enquiries/", include(enquiries.backstage_urls)),
    path("polls/", include(polls.backstage_urls)),
    path("jobs/", include(jobs.backstage_urls)),
    path("imports/", include(imports.backstage_urls)),
    path("listings/", include(listings.backstage_urls)),
    path("calendars/", include(calendars.backstage_urls)),
    path("plan/", include(plans.backstage_urls)),
    path("announcements/", include(announcements.backstage_urls)),
    path("menu/", include(site_frame.backstage_urls)),
    path("settings/", include(portals.backstage_urls)),
    path("design/", include(portals.design_urls)),
    path("log/", include(audit.backstage_urls)),
    path("support/", include(support.backstage_urls)),
    path("team/", include(teams.backstage_urls)),
    path("statistics/", include(numbers.backstage_urls)),
    path("notices/", include(notices.backstage_urls)),
    path("trash/", include(trash.backstage_urls)),
    path("find/", include(search.backstage_urls)),
    path("previews/", include(previews.backstage_urls)),
]

if settings.CUSTOM_DOMAINS != "off":
    urlpatterns.append(path("domains/", include(domains.backstage_urls)))
