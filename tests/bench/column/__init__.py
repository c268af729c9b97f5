"""The polls' migrations and one more, which adds a column: what a release with a small change brings."""

from bandstand.polls import migrations

__path__ = [*__path__, *migrations.__path__]
