from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITED_BY_EDITORS, OF_NO_BAND, Declarations, Place


class PollsConfig(Declarations, AppConfig):
    name = "bandstand.polls"
    verbose_name = _("Polls")
    actions = EDITED_BY_EDITORS
    band_paths = {"question": OF_NO_BAND, "vote": OF_NO_BAND}
    is_exported = True
    shown_apart = {"vote": "votes"}
    portal_places = (Place(30, _("Polls"), "polls"),)
    backstage_places = (Place(40, _("Polls"), "backstage:polls", "polls.view_question"),)
