"""The jobs' migrations and one more."""

from bandstand.jobs import migrations

__path__ = [*__path__, *migrations.__path__]
