from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import Declarations, Place


class ContentConfig(Declarations, AppConfig):
    name = "bandstand.content"
    verbose_name = _("Content")
    is_exported = True
    portal_places = (Place(90, _("Search"), "search"),)
    off_pages = ("change", "searchentry")  # the history and the search are pages of their own visitors
