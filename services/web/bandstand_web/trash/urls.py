"""URLs of the trash."""

from django.urls import path

from bandstand_web.trash import backstage

backstage_urls = [
    path("", backstage.index, name="trash"),
    path("<str:kind>/bring-back/", backstage.bring_back, name="trash_bring_back"),
    path("<str:kind>/<int:pk>/delete/", backstage.delete, name="trash_delete"),
]
