"""URLs of gigs."""

from django.urls import path

from bandstand.tours.models import Tour
from bandstand_web.gigs.backstage import calendar, copies, known_venues, outlets, prints, series, several
from bandstand_web.gigs.backstage import embeds as embed_code
from bandstand_web.gigs.backstage import pages as backstage
from bandstand_web.gigs.portal import embeds, feeds, members, pages

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
]

# What isn't a page of the portal: secret addresses, and what stands on other websites.
urls_at_one_place = [
    path("calendar/<str:token>/gigs.ics", members.calendar, name="own_calendar"),
    path("embed/gigs/", embeds.gigs, name="gigs_embed"),
    path("embed/bands/<uuid:uid>/", embeds.gigs, name="band_gigs_embed"),
    path("embed/tours/<uuid:uid>/", embeds.gigs, {"kind": Tour}, name="tour_gigs_embed"),
    path("embed/height.js", embeds.height_script, name="embed_height"),
    path("oembed/", embeds.oembed, name="oembed"),
]

backstage_urls = [
    path("", backstage.GigList.as_view(), name="gigs"),
    path("month/", backstage.GigMonth.as_view(), name="gigs_month"),
    path("venues/", known_venues.VenuesKnown.as_view(), name="gig_venues_known"),
    path("add/", backstage.GigAdd.as_view(), name="gig_add"),
    path("calendar/", calendar.own_calendar, name="gigs_own_calendar"),
    path("calendar/revoke/", calendar.revoke, name="gigs_own_calendar_revoke"),
    path("embed/", embed_code.embed, name="gigs_embed"),
    path("outlets/", outlets.board, name="gigs_outlets"),
    path("outlets/<str:kind>/file/<int:pk>/", outlets.download, name="gigs_outlet_file"),
    path("outlets/<str:kind>/<int:pk>/", outlets.mark, name="gigs_outlet_mark"),
    path("season/", prints.season_print, name="gigs_season"),
    path("prints/<int:pk>/", prints.finished, name="gigs_print"),
    path("prints/<int:pk>/file/", prints.download, name="gigs_print_file"),
    path("<int:pk>/prints/", prints.gig_prints, name="gig_prints"),
    path("<int:pk>/", backstage.GigChange.as_view(), name="gig_edit"),
    path("several/", several.GigsAddSeveral.as_view(), name="gigs_add_several"),
    path("<int:pk>/copy/", copies.GigCopy.as_view(), name="gig_copy"),
    path("<int:pk>/series/", series.GigSeries.as_view(), name="gig_series"),
    path("<int:pk>/sheet/", backstage.GigSheet.as_view(), name="gig_sheet"),
    path("<int:pk>/times/", backstage.GigTimes.as_view(), name="gig_times"),
    path("<int:pk>/publish/", backstage.GigPublish.as_view(), name="gig_publish"),
    path("<int:pk>/delete/", backstage.GigDelete.as_view(), name="gig_delete"),
    path("<int:pk>/history/", backstage.GigHistory.as_view(), name="gig_history"),
    path("<int:pk>/put-back/", backstage.GigPutBack.as_view(), name="gig_put_back"),
]
