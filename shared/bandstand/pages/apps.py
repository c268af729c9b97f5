from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITED_BY_EDITORS, OF_NO_BAND, Declarations, Place


class PagesConfig(Declarations, AppConfig):
    name = "bandstand.pages"
    verbose_name = _("Pages")
    actions = EDITED_BY_EDITORS
    band_paths = {"page": OF_NO_BAND}
    is_exported = True
    in_menus = ("page",)
    backstage_places = (Place(26, _("Pages"), "backstage:pages", "pages.view_page"),)

    def ready(self) -> None:
        # It imports models, which can't be imported before the apps are loaded.
        from bandstand.pages.files import remove_files_of_page  # noqa: PLC0415

        post_delete.connect(remove_files_of_page, sender="pages.Page", dispatch_uid="pages.remove_files")
