"""URLs of polls."""

from django.urls import path

from bandstand_web.polls import backstage, portal

portal_urls = [
    path("", portal.index, name="polls"),
    path("<int:pk>/", portal.vote, name="poll"),
    path("<int:pk>/results/", portal.results, name="poll_results"),
]

backstage_urls = [
    path("", backstage.index, name="polls"),
    path("add/", backstage.add, name="poll_add"),
    path("<int:pk>/", backstage.edit, name="poll_edit"),
    path("<int:pk>/delete/", backstage.delete, name="poll_delete"),
]
