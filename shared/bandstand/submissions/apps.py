from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "bandstand.submissions"
