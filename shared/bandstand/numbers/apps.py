from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import (
    ALL,
    EDITOR,
    EVERY_MODEL,
    MANAGER,
    MEMBER,
    OF_NO_BAND,
    OWNER,
    VIEW,
    Declarations,
    Place,
)


class NumbersConfig(Declarations, AppConfig):
    name = "bandstand.numbers"
    verbose_name = _("Statistics")
    off_pages = EVERY_MODEL
    is_exported = True
    actions = {OWNER: ALL, MANAGER: ALL, EDITOR: VIEW, MEMBER: VIEW}
    band_paths = {"countedday": OF_NO_BAND}
    backstage_places = (Place(80, _("Statistics"), "backstage:statistics", "numbers.view_countedday"),)
