"""URLs of people."""

from django.urls import path

from bandstand_web.people.backstage import merging, pages

backstage_urls = [
    path("", pages.PersonList.as_view(), name="people"),
    path("known/", pages.PeopleKnown.as_view(), name="people_known"),
    path("add/", pages.PersonAdd.as_view(), name="person_add"),
    path("<int:pk>/", pages.PersonChange.as_view(), name="person_edit"),
    path("<int:pk>/delete/", pages.PersonDelete.as_view(), name="person_delete"),
    path("<int:pk>/history/", pages.PersonHistory.as_view(), name="person_history"),
    path("<int:pk>/merge/", merging.PersonMerge.as_view(), name="person_merge"),
    path("<int:pk>/unmerge/", merging.PersonUnmerge.as_view(), name="person_unmerge"),
    path("<uuid:uid>/", merging.PersonByUid.as_view(), name="person_by_uid"),
    path("<int:pk>/put-back/", pages.PersonPutBack.as_view(), name="person_put_back"),
]
