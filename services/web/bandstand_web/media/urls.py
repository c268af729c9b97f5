"""The one kind of address of the media host: what opens a picture's folder, and the file."""

from django.urls import path

from bandstand_web.media import pictures

urlpatterns = [path("<str:token>/<path:path>", pictures.picture, name="picture")]
