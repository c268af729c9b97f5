"""URLs of previews."""

from django.urls import path

from bandstand_web.previews import backstage, portal

portal_urls = [
    path("<str:token>/", portal.preview, name="preview"),
]

backstage_urls = [
    path("<str:kind>/<int:pk>/publish/", backstage.publish, name="preview_publish"),
    path("<str:kind>/<int:pk>/link/", backstage.open_link, name="preview_link_open"),
    path("<str:kind>/<int:pk>/link/revoke/", backstage.revoke_link, name="preview_link_revoke"),
]
