"""What organizations may have unless staff decides otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bandstand.settings.variables.declaring import Variables, variable

PLAN_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class PlanVariables(Variables):
    """The default plan, limits of sign-ups, reserved names."""

    default_plan: str = variable(
        default="standard",
        name="BANDSTAND_DEFAULT_PLAN",
        about="Short name of the plan that organizations are on unless staff chose another; made if it is missing.",
    )
    portals_per_owner: int = variable(
        default=10,
        name="BANDSTAND_PORTALS_PER_OWNER",
        about="Portals that one account may own unless a plan of theirs allows more; 0 for no limit.",
    )
    portals_per_hour: int = variable(
        default=5,
        name="BANDSTAND_PORTALS_PER_HOUR",
        about="Portals that one account may open in an hour; 0 for no limit.",
    )
    signups_per_hour: int = variable(
        default=20,
        name="BANDSTAND_SIGNUPS_PER_HOUR",
        about="Sign-ups, and new portals, from one network address in an hour; 0 for no limit.",
    )
    reserved_names: list[str] = variable(
        default=[],
        name="BANDSTAND_RESERVED_NAMES",
        about="Names that no new portal's address may hold or look like, besides the built-in ones; comma-separated.",
    )
    slugs_held_days: int = variable(
        default=90,
        name="BANDSTAND_SLUGS_HELD_DAYS",
        about="How long the address of a deleted portal is kept for its former owners, in days; 0 frees it at once.",
    )
    address_changes: int = variable(
        default=3,
        name="BANDSTAND_ADDRESS_CHANGES",
        about="How often a portal's own address may change in 30 days; 0 for no limit.",
    )

    def problems(self) -> list[str]:
        found = []
        counts = (self.portals_per_owner, self.portals_per_hour, self.signups_per_hour, self.slugs_held_days)
        if min(*counts, self.address_changes) < 0:
            found.append(
                "BANDSTAND_PORTALS_PER_OWNER, BANDSTAND_PORTALS_PER_HOUR, BANDSTAND_SIGNUPS_PER_HOUR,"
                " BANDSTAND_SLUGS_HELD_DAYS and BANDSTAND_ADDRESS_CHANGES must be 0 or more."
            )
        if not PLAN_NAME.fullmatch(self.default_plan):
            found.append("BANDSTAND_DEFAULT_PLAN must be of letters, digits, hyphens and underscores, 40 at most.")
        return found
