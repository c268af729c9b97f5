"""URLs of agreements with other portals about listing bands."""

from django.urls import path

from bandstand_web.listings import backstage

backstage_urls = [
    path("", backstage.index, name="listings"),
    path("<int:pk>/accept/", backstage.accept, name="listing_accept"),
    path("<int:pk>/refuse/", backstage.refuse, name="listing_refuse"),
    path("<int:pk>/gigs/", backstage.gigs, name="listing_gigs"),
    path("<int:pk>/end/", backstage.end, name="listing_end"),
]
