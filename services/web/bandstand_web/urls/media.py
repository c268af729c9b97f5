"""The media host's only URL: a token for the picture's folder, and the file."""

from django.urls import path

from bandstand_web.media import host as pictures

handler500 = "bandstand_web.errors.server_error"
urlpatterns = [path("<str:token>/<path:path>", pictures.picture, name="picture")]
