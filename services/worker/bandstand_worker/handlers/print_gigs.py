"""Makes a poster, a day sheet or a season for somebody on the team."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.text import slugify
from django.utils.translation import gettext as _

from bandstand.accounts.models import User
from bandstand.gigs.job_kinds import PRINT_GIGS, PrintGigs
from bandstand.gigs.models import Gig
from bandstand.gigs.printing import POSTER_PIXELS, SIZES, day_sheet, for_printing, of_year, poster, season
from bandstand.media.storage import new_print_path
from bandstand.organizations.models import Organization
from bandstand.organizations.quotas import LimitReachedError
from bandstand.portals.models import PortalSettings
from bandstand.portals.prints import Setting
from bandstand_worker.confining import ConfinedError
from bandstand_worker.printing.asking import set_prints
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run

_INCH = 25.4  # millimetres


@handles(PRINT_GIGS)
def print_gigs(payload: PrintGigs, run: Run) -> dict[str, str]:
    """Return where the file is and its name. What somebody may see is asked now, not when they asked for it."""
    user = User.objects.filter(pk=payload.user_id, is_active=True).first()
    if user is None:
        raise JobFailed(_("Whoever asked for it is no longer on the team."))
    setting, name = _setting(payload, user, Organization.objects.get(pk=run.organization.pk))
    output = f"print.{payload.file}"
    with TemporaryDirectory(prefix="bandstand-prints-") as folder:
        try:
            (made,) = set_prints([(setting, output, _resolution(payload))], Path(folder), run)
            with made.open("rb") as content:
                path = default_storage.save(new_print_path(f".{payload.file}"), File(content))
        except ConfinedError:
            raise JobFailed(_("This can't be set. Please report it to us.")) from None
        except LimitReachedError as problem:
            raise JobFailed(problem.messages[0]) from None
    return {"file": path, "name": f"{name}.{payload.file}"}


def _setting(payload: PrintGigs, user: User, organization: Organization) -> tuple[Setting, str]:
    """Return what is set, and the file's name without its ending."""
    if payload.what == "season":
        gigs = Gig.objects.visible_to(user)
        of_time = of_year(gigs, payload.year, organization.time_zone) if payload.year else gigs.upcoming()
        title = _("Gigs %(year)s") % {"year": payload.year} if payload.year else _("Upcoming gigs")
        return season(for_printing(of_time, of_team=True), organization, title=title), slugify(title)
    is_poster = payload.what == "poster"
    gig = for_printing(Gig.objects.visible_to(user), of_team=not is_poster).filter(pk=payload.gig_id).first()
    if gig is None:
        raise JobFailed(_("This gig is no longer there."))
    if is_poster:
        palette = PortalSettings.objects.current().palette
        setting = poster(gig, organization, palette, design=payload.design, size=payload.size)
        return setting, f"{gig.slug}-{payload.design}-{payload.size}"
    return day_sheet(gig, organization), "-".join((gig.slug, slugify(_("Day sheet"))))


def _resolution(payload: PrintGigs) -> int:
    """Return the pixels per inch that make a picture as wide as we want it; 0 for a PDF."""
    width = float(SIZES[payload.size][0].removesuffix("mm"))
    return 0 if payload.file == "pdf" else round(POSTER_PIXELS / (width / _INCH))
