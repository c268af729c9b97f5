"""URLs of gigs."""

from django.urls import path

from bandstand.tours.models import Tour
from bandstand_web.gigs import backstage
from bandstand_web.gigs.portal import embeds, feeds, pages

portal_urls = [
    path("", pages.index, name="gigs"),
    path("month/<str:month>/", pages.month, name="gigs_month"),
    path("<slug:slug>/", pages.detail, name="gig"),
    path("<slug:slug>.ics", pages.calendar, name="gig_calendar"),
]

feed_urls = [
    path("gigs.ics", feeds.calendar, name="gigs_calendar"),
    path("gigs.atom", feeds.atom, name="gigs_atom"),
    path("gigs.rss", feeds.rss, name="gigs_rss"),
    path("gigs.json", feeds.json_feed, name="gigs_json"),
    path("bands/<slug:slug>/gigs.ics", feeds.calendar, name="band_gigs_calendar"),
    path("bands/<slug:slug>/gigs.atom", feeds.atom, name="band_gigs_atom"),
    path("bands/<slug:slug>/gigs.rss", feeds.rss, name="band_gigs_rss"),
    path("bands/<slug:slug>/gigs.json", feeds.json_feed, name="band_gigs_json"),
    path("tours/<slug:slug>/gigs.ics", feeds.calendar, {"kind": Tour}, name="tour_gigs_calendar"),
    path("tours/<slug:slug>/gigs.atom", feeds.atom, {"kind": Tour}, name="tour_gigs_atom"),
    path("tours/<slug:slug>/gigs.rss", feeds.rss, {"kind": Tour}, name="tour_gigs_rss"),
    path("tours/<slug:slug>/gigs.json", feeds.json_feed, {"kind": Tour}, name="tour_gigs_json"),
    path("subscribe/", feeds.subscribe, name="subscribe"),
    path("embed/gigs/", embeds.gigs, name="gigs_embed"),
    path("embed/bands/<uuid:uid>/", embeds.gigs, name="band_gigs_embed"),
    path("oembed/", embeds.oembed, name="oembed"),
]

backstage_urls = [
    path("", backstage.GigList.as_view(), name="gigs"),
    path("month/", backstage.GigMonth.as_view(), name="gigs_month"),
    path("add/", backstage.GigAdd.as_view(), name="gig_add"),
    path("<int:pk>/", backstage.GigChange.as_view(), name="gig_edit"),
    path("<int:pk>/sheet/", backstage.GigSheet.as_view(), name="gig_sheet"),
    path("<int:pk>/times/", backstage.GigTimes.as_view(), name="gig_times"),
    path("<int:pk>/publish/", backstage.GigPublish.as_view(), name="gig_publish"),
    path("<int:pk>/delete/", backstage.GigDelete.as_view(), name="gig_delete"),
    path("<int:pk>/history/", backstage.GigHistory.as_view(), name="gig_history"),
    path("<int:pk>/put-back/", backstage.GigPutBack.as_view(), name="gig_put_back"),
]
