"""URLs of gigs."""

from django.urls import path

from bandstand_web.gigs import backstage, portal

portal_urls = [
    path("", portal.index, name="gigs"),
    path("<slug:slug>/", portal.detail, name="gig"),
    path("<slug:slug>.ics", portal.calendar, name="gig_calendar"),
]

backstage_urls = [
    path("", backstage.GigList.as_view(), name="gigs"),
    path("add/", backstage.GigAdd.as_view(), name="gig_add"),
    path("<int:pk>/", backstage.GigChange.as_view(), name="gig_edit"),
    path("<int:pk>/times/", backstage.GigTimes.as_view(), name="gig_times"),
    path("<int:pk>/publish/", backstage.GigPublish.as_view(), name="gig_publish"),
    path("<int:pk>/delete/", backstage.GigDelete.as_view(), name="gig_delete"),
    path("<int:pk>/history/", backstage.GigHistory.as_view(), name="gig_history"),
    path("<int:pk>/put-back/", backstage.GigPutBack.as_view(), name="gig_put_back"),
]
