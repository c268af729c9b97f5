"""URLs of venues."""

from django.urls import path

from bandstand_web.venues import backstage

backstage_urls = [
    path("", backstage.VenueList.as_view(), name="venues"),
    path("add/", backstage.VenueAdd.as_view(), name="venue_add"),
    path("<int:pk>/", backstage.VenueChange.as_view(), name="venue_edit"),
    path("<int:pk>/delete/", backstage.VenueDelete.as_view(), name="venue_delete"),
    path("<int:pk>/history/", backstage.VenueHistory.as_view(), name="venue_history"),
    path("<int:pk>/put-back/", backstage.VenuePutBack.as_view(), name="venue_put_back"),
]
