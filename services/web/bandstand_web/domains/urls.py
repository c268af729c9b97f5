"""URLs of an organization's own domains."""

from django.urls import path

from bandstand_web.domains import backstage

backstage_urls = [
    path("", backstage.index, name="domains"),
    path("primary/", backstage.choose, name="domain_choose"),
    path("<int:pk>/", backstage.detail, name="domain"),
    path("<int:pk>/state/", backstage.state, name="domain_state"),
    path("<int:pk>/check/", backstage.check, name="domain_check"),
    path("<int:pk>/remove/", backstage.remove, name="domain_remove"),
]
