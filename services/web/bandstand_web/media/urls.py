"""URLs of pictures, at portals, in the backstage and on the media host."""

from django.urls import path

from bandstand_web.media import backstage, host, portal

portal_urls = [
    path("<path:path>", portal.picture, name="picture"),
]

backstage_urls = [
    path("", backstage.index, name="band_photos"),
    path("describe/", backstage.describe, name="band_photos_describe"),
    path("waiting/", backstage.waiting, name="band_photos_waiting"),
    path("<int:photo>/", backstage.describe_one, name="band_photo_describe"),
    path("<int:photo>/original/", backstage.original, name="band_photo_original"),
    path("<int:photo>/remove/", backstage.remove, name="band_photo_remove"),
]

host_urls = [
    path("<str:token>/<path:path>", host.picture, name="picture"),
]
