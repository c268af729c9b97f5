"""URLs of imports."""

from django.urls import path

from bandstand_web.imports import backstage

backstage_urls = [
    path("add/", backstage.add, name="import_add"),
    path("blank/<slug:subject>.csv", backstage.blank, name="import_blank"),
    path("<int:pk>/", backstage.detail, name="import"),
    path("<int:pk>/columns/", backstage.columns, name="import_columns"),
    path("<int:pk>/confirm/", backstage.confirm, name="import_confirm"),
    path("<int:pk>/discard/", backstage.discard, name="import_discard"),
    path("<int:pk>/refused.csv", backstage.refused, name="import_refused"),
]
