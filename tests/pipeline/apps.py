"""The app that the pipeline's processes install."""

from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "tests.pipeline"

    def ready(self) -> None:
        """Put the handlers beside the worker's own."""
        from tests.pipeline import handlers  # noqa: F401, PLC0415
