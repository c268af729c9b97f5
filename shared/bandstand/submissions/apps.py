from django.apps import AppConfig

from bandstand.content.declaring import EVERY_MODEL


class SubmissionsConfig(AppConfig):
    name = "bandstand.submissions"
    off_pages = EVERY_MODEL
