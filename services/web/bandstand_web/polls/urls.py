"""URLs of polls."""

from django.urls import path

from bandstand_web.polls import backstage, portal

portal_urls = [
    path("", portal.index, name="polls"),
    path("<int:pk>/", portal.vote, name="poll"),
    path("<int:pk>/results/", portal.results, name="poll_results"),
]

backstage_urls = [
    path("", backstage.PollList.as_view(), name="polls"),
    path("add/", backstage.PollAdd.as_view(), name="poll_add"),
    path("<int:pk>/", backstage.PollChange.as_view(), name="poll_edit"),
    path("<int:pk>/delete/", backstage.PollDelete.as_view(), name="poll_delete"),
    path("<int:pk>/history/", backstage.PollHistory.as_view(), name="poll_history"),
    path("<int:pk>/put-back/", backstage.PollPutBack.as_view(), name="poll_put_back"),
]
