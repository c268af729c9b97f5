"""The demo's gigs, polls and enquiries. Days count from today, so that there is always something coming up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from bandstand.gigs.statuses import Status


@dataclass(frozen=True, kw_only=True)
class DemoGig:
    """A gig `day` days from today, at `start` in the venue's local time."""

    slug: str
    day: int
    start: time
    bands: tuple[str, ...]
    venue: str
    address: str
    town: str
    time_zone: str
    title: str = ""
    price: str = ""
    notes: str = ""
    status: Status = Status.SCHEDULED
    option: int | None = None
    status_note: str = ""
    hours: int | None = None
    age_limit: int | None = None
    load_in_at: time | None = None
    contact: str = ""
    is_published: bool = True


@dataclass(frozen=True, kw_only=True)
class DemoPoll:
    """A question and its choices with their votes. Days count from today."""

    text: str
    opened: int
    closes: int | None
    choices: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class DemoEnquiry:
    """A message to a band."""

    band: str
    subject: str
    message: str
    sender: str
    state: str


_BERLIN, _LONDON, _NEW_YORK = "Europe/Berlin", "Europe/London", "America/New_York"

GIGS = (
    DemoGig(
        slug="night-of-two-halves",
        day=3,
        start=time(20, 30),
        bands=("kapelle-kaputt", "motorsage"),
        title="A Night of Two Halves: fast, then slow",
        venue="Werkhalle 9½",
        address="Am Schallschutz 9",
        town="Köln",
        time_zone=_BERLIN,
        price="14 €, 10 € for members",
        hours=3,
        age_limit=16,
        load_in_at=time(17, 0),
        contact="Ohlsen, at the yard gate. Ring twice: once is the cat.",
        notes="The interval is as long as it takes for the ears to settle. **Doors to the yard stay open.**",
    ),
    DemoGig(
        slug="contrary-motion",
        day=6,
        start=time(19, 30),
        bands=("the-parallel-fifths",),
        venue="The Contrary Motion Club",
        address="5 Cadence Street",
        town="Leeds",
        time_zone=_LONDON,
        price="£12",
        status=Status.SOLD_OUT,
    ),
    DemoGig(
        slug="grandmothers-call-in",
        day=9,
        start=time(20, 0),
        bands=("grandmother-tongue", "saltwater-telephone"),
        title="The Grandmothers Call In",
        venue="Third Stoop",
        address="12 Lullaby Lane",
        town="Brooklyn",
        time_zone=_NEW_YORK,
        price="$18, grandmothers free",
        notes="Bring yours, or her number.",
    ),
    DemoGig(
        slug="mended-in-public",
        day=12,
        start=time(19, 0),
        bands=("kintsugi-kids",),
        title="Mended in Public",
        venue="Namba Underline",
        address="2-9 Namba",
        town="Osaka",
        time_zone="Asia/Tokyo",
        price="¥3,500",
    ),
    DemoGig(
        slug="spring-tide-concert",
        day=17,
        start=time(21, 0),
        bands=("low-tide-orchestra",),
        title="Spring Tide Concert",
        venue="Armazém da Maré",
        address="Cais da Maré 1",
        town="Almada",
        time_zone="Europe/Lisbon",
        price="15 €",
        notes="Starts at low water to the minute. The quay is under water by the encore: *take the upper path home*.",
    ),
    DemoGig(
        slug="polar-night-opening",
        day=21,
        start=time(22, 0),
        bands=("polar-disco-bureau",),
        title="Opening of the Polar Night",
        venue="Permit Office",
        address="Mørketidsveien 1",
        town="Tromsø",
        time_zone="Europe/Oslo",
        price="Free with a permit",
    ),
    DemoGig(
        slug="cactus-in-concert",
        day=24,
        start=time(21, 0),
        bands=("senorita-feedback",),
        venue="Salón Espina",
        address="Calle de las Espinas 58",
        town="Ciudad de México",
        time_zone="America/Mexico_City",
        price="$250 MXN",
    ),
    DemoGig(
        slug="low-frequency-summit",
        day=30,
        start=time(19, 30),
        bands=("twelve-tonne-tuba", "die-nachbarn-von-unten", "kapelle-kaputt"),
        title="Low Frequency Summit",
        venue="De Droge Dok",
        address="Sousafoonkaai 12",
        town="Gent",
        time_zone="Europe/Brussels",
        price="20 €",
        notes="Please hold on to your drinks.",
    ),
    DemoGig(
        slug="two-degrees-warmer",
        day=38,
        start=time(20, 0),
        bands=("brother-thermostat",),
        title="Two Degrees Warmer",
        venue="The Duct & Fiddle",
        address="70 Fahrenheit Avenue",
        town="Nashville",
        time_zone="America/Chicago",
        price="$22",
        status=Status.POSTPONED,
        status_note="The air conditioning failed, and nobody can reach the singer, who is repairing it.",
    ),
    DemoGig(
        slug="ground-floor-session",
        day=45,
        start=time(17, 0),
        bands=("elevator-weather",),
        title="Ground Floor Session",
        venue="Hotel Noord, lift B",
        address="Op-en-Neerkade 2",
        town="Rotterdam",
        time_zone="Europe/Amsterdam",
        price="Free, 6 people at a time",
    ),
    DemoGig(
        slug="secret-cellar",
        day=50,
        start=time(23, 0),
        bands=("die-nachbarn-von-unten",),
        title="Not announced yet",
        venue="The cellar",
        address="",
        town="Berlin",
        time_zone=_BERLIN,
        is_published=False,
    ),
    DemoGig(
        slug="second-cellar",
        day=52,
        start=time(20, 0),
        bands=("motorsage",),
        title="If the other band cancels",
        venue="The cellar",
        address="",
        town="Berlin",
        time_zone=_BERLIN,
        status=Status.HOLD,
        option=2,
        is_published=False,
    ),
    DemoGig(
        slug="harz-solstice",
        day=-8,
        start=time(21, 0),
        bands=("motorsage",),
        title="Solstice, slowly",
        venue="Borkenkäfer-Keller",
        address="Am Fichtenhang 8",
        town="Goslar",
        time_zone=_BERLIN,
        price="9 €",
    ),
    DemoGig(
        slug="final-farewell-again",
        day=-19,
        start=time(20, 0),
        bands=("the-unreliable-narrators",),
        title="The Final Farewell, Again",
        venue="The Alibi Rooms",
        address="25 Perjury Row",
        town="Dublin",
        time_zone="Europe/Dublin",
        price="€25, refunded if true",
    ),
    DemoGig(
        slug="counterpoint-clash",
        day=-33,
        start=time(19, 30),
        bands=("the-parallel-fifths", "kintsugi-kids"),
        title="Counterpoint Clash",
        venue="Klub Kontrapunkt",
        address="Quintenstraße 5",
        town="Berlin",
        time_zone=_BERLIN,
        price="16 €",
    ),
    DemoGig(
        slug="harbour-call",
        day=-52,
        start=time(20, 0),
        bands=("saltwater-telephone",),
        title="Harbour Call",
        venue="The Seahorse Exchange",
        address="4 Dial Tone Wharf",
        town="Halifax",
        time_zone="America/Halifax",
        price="$15",
        status=Status.CANCELLED,
        status_note="No answer.",
    ),
    DemoGig(
        slug="barge-tour-finale",
        day=-75,
        start=time(18, 0),
        bands=("twelve-tonne-tuba",),
        title="Barge Tour: Last Lock",
        venue="Sluis 7",
        address="Ondergronddok 12",
        town="Antwerpen",
        time_zone="Europe/Brussels",
        price="12 €",
    ),
)

POLLS = (
    DemoPoll(
        text="What should The Parallel Fifths do next?",
        opened=-4,
        closes=20,
        choices=(
            ("Parallel octaves", 41),
            ("Resolve, at last", 17),
            ("A Christmas record", 9),
            ("The same, but faster", 63),
        ),
    ),
    DemoPoll(
        text="How many tubas are too many?",
        opened=-9,
        closes=None,
        choices=(("Four", 6), ("Six", 14), ("There is no such number", 88)),
    ),
    DemoPoll(
        text="Should the cactus get a microphone?",
        opened=-60,
        closes=-30,
        choices=(("Yes", 102), ("It already has one", 71), ("Ask the cactus", 34)),
    ),
)

ENQUIRIES = (
    DemoEnquiry(
        band="kapelle-kaputt",
        subject="Wedding, outdoors, no neighbours",
        message="We marry in May on an island without any neighbours. Would nine of you fit into two rowing boats?",
        sender="Lena Overbeck",
        state="new",
    ),
    DemoEnquiry(
        band="elevator-weather",
        subject="Residency in a twelve-storey car park",
        message="It has a beautiful echo and a slow lift. Could we meet on level 7?",
        sender="Municipal Parking, Utrecht",
        state="new",
    ),
    DemoEnquiry(
        band="motorsage",
        subject="Length of the set",
        message="Our curfew is at eleven. Would one song be possible?",
        sender="Festival office",
        state="answered",
    ),
    DemoEnquiry(
        band="polar-disco-bureau",
        subject="Lost permit",
        message="I danced until the third of January and lost my permit. Am I still allowed to have done so?",
        sender="Bjarne Holm",
        state="closed",
    ),
)
