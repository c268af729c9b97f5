"""URLs of news."""

from django.urls import path

from bandstand_web.news import backstage
from bandstand_web.news.portal import feeds, pages

portal_urls = [
    path("", pages.index, name="news"),
    path("<slug:slug>/", pages.detail, name="post"),
]

# Where feeds find them for good, whatever becomes of a language.
picture_urls = [
    path("news/pictures/<uuid:uid>/<uuid:picture>.jpg", pages.picture, name="post_picture"),
]

feed_urls = [
    path("news.rss", feeds.rss, name="news_rss"),
    path("news.atom", feeds.atom, name="news_atom"),
    path("news.json", feeds.json_feed, name="news_json"),
    path("bands/<slug:slug>/news.rss", feeds.rss, name="band_news_rss"),
    path("bands/<slug:slug>/news.atom", feeds.atom, name="band_news_atom"),
    path("bands/<slug:slug>/news.json", feeds.json_feed, name="band_news_json"),
]

backstage_urls = [
    path("", backstage.PostList.as_view(), name="posts"),
    path("add/", backstage.PostAdd.as_view(), name="post_add"),
    path("<int:pk>/", backstage.PostChange.as_view(), name="post_edit"),
    path("<int:pk>/publish/", backstage.PostPublish.as_view(), name="post_publish"),
    path("<int:pk>/delete/", backstage.PostDelete.as_view(), name="post_delete"),
    path("<int:pk>/history/", backstage.PostHistory.as_view(), name="post_history"),
    path("<int:pk>/put-back/", backstage.PostPutBack.as_view(), name="post_put_back"),
]
