"""The base of the backstage's views guards by itself."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from bandstand_web.bands.backstage import BandAdd, BandChange, BandDelete, BandList, BandPublish
from bandstand_web.shell.views import KindView, TeamView


def test_a_view_that_names_no_permission_stops_the_process() -> None:
    class Forgetful(TeamView):
        pass

    with pytest.raises(ImproperlyConfigured, match="Forgetful names no permission"):
        Forgetful.as_view()


@pytest.mark.parametrize(
    ("view", "permission"),
    [
        (BandList, "bands.view_band"),
        (BandAdd, "bands.add_band"),
        (BandChange, "bands.change_band"),
        (BandPublish, "bands.change_band"),
        (BandDelete, "bands.delete_band"),
    ],
)
def test_a_kinds_views_need_what_its_model_is_called(view: type[KindView], permission: str) -> None:
    assert view.as_view().permission == permission  # type: ignore[attr-defined]
