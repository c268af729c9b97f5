from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import OWNER, VIEW, Declarations


class AuditConfig(Declarations, AppConfig):
    name = "bandstand.audit"
    verbose_name = _("Security log")
    actions = {OWNER: VIEW}
