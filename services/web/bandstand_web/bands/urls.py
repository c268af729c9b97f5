"""URLs of bands."""

from django.urls import path

from bandstand_web.bands import backstage
from bandstand_web.bands.portal import contact, pages, searching

portal_urls = [
    path("", pages.index, name="bands"),
    path("search/", searching.search, name="bands_search"),
    path("<slug:slug>/", pages.detail, name="band"),
    path("<slug:slug>/contact/", contact.contact, name="contact"),
]

backstage_urls = [
    path("", backstage.BandList.as_view(), name="bands"),
    path("known/", backstage.BandsKnown.as_view(), name="bands_known"),
    path("genres/", backstage.GenresKnown.as_view(), name="genres_known"),
    path("instruments/", backstage.InstrumentsKnown.as_view(), name="instruments_known"),
    path("add/", backstage.BandAdd.as_view(), name="band_add"),
    path("<int:pk>/", backstage.BandChange.as_view(), name="band_edit"),
    path("<int:pk>/publish/", backstage.BandPublish.as_view(), name="band_publish"),
    path("<int:pk>/delete/", backstage.BandDelete.as_view(), name="band_delete"),
    path("<int:pk>/history/", backstage.BandHistory.as_view(), name="band_history"),
    path("<int:pk>/put-back/", backstage.BandPutBack.as_view(), name="band_put_back"),
]
