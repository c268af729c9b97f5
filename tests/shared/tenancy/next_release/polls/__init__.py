"""The polls' migrations and one more, which changes rows by Python."""

from bandstand.polls import migrations

__path__ = [*__path__, *migrations.__path__]
