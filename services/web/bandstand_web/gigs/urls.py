"""URLs of gigs."""

from django.urls import path

from bandstand_web.gigs import backstage, portal

portal_urls = [
    path("", portal.index, name="gigs"),
    path("<slug:slug>/", portal.detail, name="gig"),
    path("<slug:slug>.ics", portal.calendar, name="gig_calendar"),
]

backstage_urls = [
    path("", backstage.index, name="gigs"),
    path("add/", backstage.add, name="gig_add"),
    path("<int:pk>/", backstage.edit, name="gig_edit"),
    path("<int:pk>/publish/", backstage.publish, name="gig_publish"),
    path("<int:pk>/delete/", backstage.delete, name="gig_delete"),
]
