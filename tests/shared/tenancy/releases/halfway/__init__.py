"""The polls' migrations and more."""

from bandstand.polls import migrations

__path__ = [*__path__, *migrations.__path__]
