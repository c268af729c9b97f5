"""The media host's URLs."""

from bandstand_web.media.urls import host_urls

handler500 = "bandstand_web.errors.server_error"
urlpatterns = host_urls
