"""URLs of bands."""

from django.urls import path

from bandstand_web.bands import backstage
from bandstand_web.bands.portal import contact, pages, searching

portal_urls = [
    path("", pages.index, name="bands"),
    path("search/", searching.search, name="search"),
    path("<slug:slug>/", pages.detail, name="band"),
    path("<slug:slug>/contact/", contact.contact, name="contact"),
]

backstage_urls = [
    path("", backstage.BandList.as_view(), name="bands"),
    path("add/", backstage.BandAdd.as_view(), name="band_add"),
    path("<int:pk>/", backstage.BandChange.as_view(), name="band_edit"),
    path("<int:pk>/publish/", backstage.BandPublish.as_view(), name="band_publish"),
    path("<int:pk>/delete/", backstage.BandDelete.as_view(), name="band_delete"),
    path("<int:pk>/history/", backstage.BandHistory.as_view(), name="band_history"),
    path("<int:pk>/put-back/", backstage.BandPutBack.as_view(), name="band_put_back"),
]
