"""Content whose changes are recorded."""

from __future__ import annotations

from typing import ClassVar

from bandstand.content.sparse import Sparse


class Recorded(Sparse):
    """A row whose changes are recorded by the database, whoever makes them.

    A part of another row (a member of a band) is recorded under that one; so are the links of many-to-many fields.
    Each table needs `content.recording.record_changes()` in a migration; a test compares the two.
    """

    recorded_under: ClassVar[str] = ""  # the foreign key to the row that this one is a part of
    recorded_links: ClassVar[tuple[str, ...]] = ()  # many-to-many fields without a model of their own
    unrecorded: ClassVar[tuple[str, ...]] = ()  # columns that nobody edits
    told_as_part: ClassVar[tuple[str, ...]] = ()  # fields of a part that say what its other fields say too
    put_back_otherwise: ClassVar[tuple[str, ...]] = ()  # columns that only something else than the history puts back
    private: ClassVar[tuple[str, ...]] = ()  # fields for those alone who have the permission `private_<model>`

    class Meta:
        abstract = True

    def validate_parts(self) -> None:
        """Raise ValidationError if the parts, as they are stored, break a rule that forms keep for the row."""
