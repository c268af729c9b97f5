"""URLs of people."""

from django.urls import path

from bandstand_web.people import backstage, merging

backstage_urls = [
    path("", backstage.PersonList.as_view(), name="people"),
    path("known/", backstage.PeopleKnown.as_view(), name="people_known"),
    path("add/", backstage.PersonAdd.as_view(), name="person_add"),
    path("<int:pk>/", backstage.PersonChange.as_view(), name="person_edit"),
    path("<int:pk>/delete/", backstage.PersonDelete.as_view(), name="person_delete"),
    path("<int:pk>/history/", backstage.PersonHistory.as_view(), name="person_history"),
    path("<int:pk>/merge/", merging.PersonMerge.as_view(), name="person_merge"),
    path("<int:pk>/unmerge/", merging.PersonUnmerge.as_view(), name="person_unmerge"),
    path("<uuid:uid>/", merging.PersonByUid.as_view(), name="person_by_uid"),
    path("<int:pk>/put-back/", backstage.PersonPutBack.as_view(), name="person_put_back"),
]
