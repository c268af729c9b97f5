"""URLs of people."""

from django.urls import path

from bandstand_web.people import backstage

backstage_urls = [
    path("", backstage.PersonList.as_view(), name="people"),
    path("known/", backstage.PeopleKnown.as_view(), name="people_known"),
    path("add/", backstage.PersonAdd.as_view(), name="person_add"),
    path("<int:pk>/", backstage.PersonChange.as_view(), name="person_edit"),
    path("<int:pk>/delete/", backstage.PersonDelete.as_view(), name="person_delete"),
    path("<int:pk>/history/", backstage.PersonHistory.as_view(), name="person_history"),
    path("<int:pk>/put-back/", backstage.PersonPutBack.as_view(), name="person_put_back"),
]
