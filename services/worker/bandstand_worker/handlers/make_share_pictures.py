"""Makes the pictures that show where links to pages are shared."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from bandstand.media.storage import new_picture_folder
from bandstand.organizations.models import Organization
from bandstand.organizations.quotas import LimitReachedError
from bandstand.portals.job_kinds import MAKE_SHARE_PICTURES, MakeSharePictures
from bandstand.portals.share_pictures import share_picture_keep, share_pictures_due, share_pictures_withdraw
from bandstand_worker.confining import ConfinedError
from bandstand_worker.printing.asking import set_prints
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run

_AT_ONCE = 20  # a child makes, as each has to cut the fonts first
_RESOLUTION = 72  # the template's points are pixels


@handles(MAKE_SHARE_PICTURES)
def make_share_pictures(payload: MakeSharePictures, run: Run) -> dict[str, int]:
    share_pictures_withdraw(payload.kind)
    due = share_pictures_due(Organization.objects.get(pk=run.organization.pk), payload.kind)
    made = 0
    while batch := list(islice(due, _AT_ONCE)):
        with TemporaryDirectory(prefix="bandstand-prints-") as name:
            wanted = [(setting, "share.jpg", _RESOLUTION) for _row, setting in batch]
            try:
                files = set_prints(wanted, Path(name), run)
            except ConfinedError:
                raise JobFailed(_("The pictures for shared links can't be made.")) from None
            for (row, setting), file in zip(batch, files, strict=True):
                try:
                    with file.open("rb") as content:
                        path = default_storage.save(f"{new_picture_folder()}/share.jpg", File(content))
                except LimitReachedError as problem:
                    raise JobFailed(problem.messages[0]) from None
                share_picture_keep(row, path=path, mark=setting.mark)
        made += len(batch)
        run.progress(made, made)
    return {"made": made}
