from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import ALL, EDITOR, EVERY_MODEL, MANAGER, OF_NO_BAND, OWNER, Declarations


class ImportsConfig(Declarations, AppConfig):
    name = "bandstand.imports"
    verbose_name = _("Imports")
    off_pages = EVERY_MODEL
    actions = {OWNER: ALL, MANAGER: ALL, EDITOR: ALL}
    band_paths = {"spreadsheetimport": OF_NO_BAND}
