"""URLs of tours. Their feeds stand among those of gigs."""

from django.urls import path

from bandstand_web.tours import backstage, portal

portal_urls = [
    path("", portal.index, name="tours"),
    path("<slug:slug>/", portal.detail, name="tour"),
]

backstage_urls = [
    path("", backstage.TourList.as_view(), name="tours"),
    path("known/", backstage.ToursKnown.as_view(), name="tours_known"),
    path("add/", backstage.TourAdd.as_view(), name="tour_add"),
    path("<int:pk>/", backstage.TourChange.as_view(), name="tour_edit"),
    path("<int:pk>/publish/", backstage.TourPublish.as_view(), name="tour_publish"),
    path("<int:pk>/delete/", backstage.TourDelete.as_view(), name="tour_delete"),
    path("<int:pk>/history/", backstage.TourHistory.as_view(), name="tour_history"),
    path("<int:pk>/put-back/", backstage.TourPutBack.as_view(), name="tour_put_back"),
]
