from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class PublishingConfig(AppConfig):
    name = "bandstand.publishing"
    verbose_name = _("Publishing")

    def ready(self) -> None:
        from bandstand.content.publishable import publishable_models  # noqa: PLC0415 - needs all models
        from bandstand.publishing.scheduling import saved_row_enqueue  # noqa: PLC0415 - needs all models

        for model in publishable_models():
            post_save.connect(saved_row_enqueue, sender=model)
