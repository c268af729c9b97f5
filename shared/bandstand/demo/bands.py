"""The demo's bands. All bands and members are invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoMember:
    """A member of a band."""

    name: str
    instruments: tuple[str, ...]
    role: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, kw_only=True)
class DemoBand:
    """A band; `slug` also names its poster."""

    slug: str
    name: str
    town: str
    country: str
    genres: tuple[str, ...]
    formed: int
    biography: str
    members: tuple[DemoMember, ...]
    poster: str
    ended: int | None = None
    can_rock: bool = True
    links: tuple[str, ...] = ("Website",)


BANDS = (
    DemoBand(
        slug="the-parallel-fifths",
        name="The Parallel Fifths",
        town="Leeds",
        country="GB",
        genres=("Baroque punk", "Indie"),
        formed=2014,
        biography="""Four music students who were told never to do it, and did it **louder**.

Every song moves in forbidden intervals at 190 beats a minute. Their debut *Voice Leading* was marked down by three
examiners and sold out twice. The harpsichord is real, and insured for more than the van.

- Banned from one cathedral, invited back by the same cathedral
- Once played the whole of a fugue as an encore, because nobody could find the way out of it""",
        members=(
            DemoMember("Imogen Tritt", ("Harpsichord", "Voice"), "songwriter", 2014),
            DemoMember("Callum Stave", ("Electric guitar",), "", 2014),
            DemoMember("Priya Raman", ("Bass guitar",), "", 2016),
            DemoMember("Jonty Marsh", ("Drums",), "", 2014, 2019),
            DemoMember("Bex Okafor", ("Drums",), "", 2019),
        ),
        poster="Blue rings crossed by two red beams that never meet, above a staff of notes",
        links=("Website", "Videos", "Records"),
    ),
    DemoBand(
        slug="kapelle-kaputt",
        name="Kapelle Kaputt",
        town="Köln",
        country="DE",
        genres=("Brass", "Punk"),
        formed=2009,
        biography="""Nine brass players, one dented tuba, no microphones: *they have never needed any*.

Kapelle Kaputt began as a marching band that took a wrong turning during carnival and ended up on the stage of a
squatted cinema. The audience stayed, so did they. They play polkas as if the building were about to be pulled down,
which on two occasions it was.

> "We rehearse on Sundays. Our neighbours have taken up hiking." — Trudi""",
        members=(
            DemoMember("Trudi Scheffler", ("Trumpet", "Voice"), "band leader", 2009),
            DemoMember("Hennes Böll", ("Tuba",), "", 2009),
            DemoMember("Aylin Demir", ("Trombone",), "", 2012),
            DemoMember("Jupp Overath", ("Bass drum",), "", 2009),
        ),
        poster="A trumpet's bell seen from the front, with yellow rays around it and a crack in its rim",
        links=("Website", "Videos"),
    ),
    DemoBand(
        slug="motorsage",
        name="Mötörsäge",
        town="Goslar",
        country="DE",
        genres=("Doom metal",),
        formed=2003,
        biography="""The slowest band of the Harz. One riff can see you through a whole winter.

Three foresters and a librarian from the edge of the woods. Their longest song, *Borkenkäfer*, lasts 41 minutes and has
two chords, **the second of which is a matter of debate**. All umlauts are load-bearing.""",
        members=(
            DemoMember("Gerlinde Fichtner", ("Electric guitar", "Voice"), "forester, songwriter", 2003),
            DemoMember("Uwe Kahlschlag", ("Bass guitar",), "forester", 2003),
            DemoMember("Torben Rinde", ("Drums", "Chainsaw"), "forester", 2006),
            DemoMember("Anneliese Moos", ("Hammond organ",), "librarian", 2011),
        ),
        poster="A round red saw blade rising like a sun behind a dark forest",
    ),
    DemoBand(
        slug="low-tide-orchestra",
        name="Low Tide Orchestra",
        town="Lisboa",
        country="PT",
        genres=("Post-rock", "Ambient"),
        formed=2011,
        biography="""Eleven people who only rehearse when the sea is out.

Their concerts begin so quietly that half of the audience is still talking, and end so that nobody talks on the way
home. The set list follows the tide table. For inland gigs they bring *a recording of a harbour*, and a bucket.""",
        members=(
            DemoMember("Marta Falcão", ("Violin",), "conductor", 2011),
            DemoMember("Duarte Nóbrega", ("Electric guitar",), "", 2011),
            DemoMember("Inês Salgueiro", ("Cello",), "", 2013),
            DemoMember("Rui Tavares", ("Double bass",), "", 2011),
        ),
        poster="A peach-coloured moon above layers of green and blue water",
        links=("Website", "Records"),
    ),
    DemoBand(
        slug="grandmother-tongue",
        name="Grandmother Tongue",
        town="Brooklyn",
        country="US",
        genres=("Folk", "Electronica"),
        formed=2016,
        biography="""Lullabies in eleven languages, none of which the band speaks **without grandmothers on the phone**.

Samples of kitchens, a modular synthesizer built into a sewing box, and harmonies that make people ring home. Between
songs the grandmothers comment. They are usually right.""",
        members=(
            DemoMember("Noor Haddad", ("Voice", "Synthesizer"), "songwriter", 2016),
            DemoMember("Levi Abramowitz", ("Clarinet", "Voice"), "", 2016),
            DemoMember("Thandi Mbeki-Ross", ("Percussion", "Voice"), "", 2018),
        ),
        poster="An open red mouth whose tongue is a record, among purple flowers",
        links=("Website", "Videos", "Records"),
    ),
    DemoBand(
        slug="die-nachbarn-von-unten",
        name="Die Nachbarn von unten",
        town="Berlin",
        country="DE",
        genres=("Krautrock",),
        formed=1998,
        biography="""One bass line, since 1998.

The band has rehearsed in the same cellar in Neukölln for so long that the house has learned the songs: pipes hum in B
flat, the lift keeps time. They have outlived four landlords and *one conversion into lofts*.""",
        members=(
            DemoMember("Kalle Wuttke", ("Bass guitar",), "", 1998),
            DemoMember("Sabine Öhler", ("Drums",), "", 1998),
            DemoMember("Ralf-Dieter Pohl", ("Synthesizer",), "", 2001),
            DemoMember("Mehmet Öztürk", ("Electric guitar",), "", 2007),
        ),
        poster="A block of flats at night; five windows are lit and sound comes out of the cellar",
    ),
    DemoBand(
        slug="senorita-feedback",
        name="Señorita Feedback",
        town="Ciudad de México",
        country="MX",
        genres=("Shoegaze",),
        formed=2017,
        biography="""A wall of guitars with flowers on it.

Named after a cactus that stood on the amplifier during the first rehearsal and has *not stopped blooming since*.
Reviewers compare the live sound to "standing inside a sunset". Earplugs are free at the merchandise table, and so are
cuttings of the cactus.""",
        members=(
            DemoMember("Lupita Arredondo", ("Electric guitar", "Voice"), "songwriter", 2017),
            DemoMember("Chuy Villaseñor", ("Electric guitar",), "", 2017),
            DemoMember("Ximena Toledo", ("Bass guitar",), "", 2017),
            DemoMember("Beto Luna", ("Drums",), "", 2020),
        ),
        poster="A green cactus with pink flowers on an amplifier, in front of an orange sun",
        links=("Website", "Videos"),
    ),
    DemoBand(
        slug="the-unreliable-narrators",
        name="The Unreliable Narrators",
        town="Dublin",
        country="IE",
        genres=("Indie",),
        formed=2001,
        ended=2019,
        biography="""They say they met at a poetry reading. They did not.

Five albums of songs in which somebody is lying, and it is never the one you think. The band split up in 2019 *according
to the singer*; the drummer maintains that it never existed. They have announced three farewell tours, of which this is
the fourth.""",
        members=(
            DemoMember("Fintan O'Dowd", ("Voice", "Acoustic guitar"), "disputed", 2001, 2019),
            DemoMember("Siobhán Quirke", ("Piano",), "denies it", 2001, 2019),
            DemoMember("Niall Feeney", ("Drums",), "was never there", 2004, 2019),
        ),
        poster="A large eye that looks to the side, with green rays around it",
        links=("Website", "Records"),
    ),
    DemoBand(
        slug="polar-disco-bureau",
        name="Polar Disco Bureau",
        town="Tromsø",
        country="NO",
        genres=("Disco", "Electronica"),
        formed=2015,
        biography="""Dance music for the two months without a sun.

The Bureau issues *permits for dancing*, stamped at the door, valid until the first light of January. Strings by the
town's youth orchestra, bass by a former meteorologist, mirror ball by appointment.""",
        members=(
            DemoMember("Synnøve Lyngstad", ("Voice",), "head of bureau", 2015),
            DemoMember("Åsmund Kvaløy", ("Bass guitar",), "forecasts", 2015),
            DemoMember("Ingrid Hætta", ("Synthesizer", "Violin"), "permits", 2017),
        ),
        poster="A mirror ball over snowy mountains under northern lights",
        links=("Website", "Videos", "Records"),
    ),
    DemoBand(
        slug="twelve-tonne-tuba",
        name="Twelve Tonne Tuba",
        town="Gent",
        country="BE",
        genres=("Brass", "Jazz"),
        formed=2012,
        biography="""Five tubas. **That is the line-up.**

It started as a bet about whether a bass section could carry a tune, and carried on as a European tour. They travel by
barge: trains refused. Their version of a certain flight of a certain bumblebee has been described as "an airliner
taking off, politely".""",
        members=(
            DemoMember("Lieve Claes", ("Tuba",), "top tuba", 2012),
            DemoMember("Bram Dewaele", ("Tuba",), "middle tuba", 2012),
            DemoMember("Fatou Diarra", ("Tuba",), "lower tuba", 2014),
            DemoMember("Joost van Hecke", ("Tuba",), "lowest tuba", 2012),
            DemoMember("Wannes Maes", ("Sousaphone",), "technically not a tuba", 2015),
        ),
        poster="A tuba whose single tube winds round and round, above blue dots",
    ),
    DemoBand(
        slug="kintsugi-kids",
        name="Kintsugi Kids",
        town="Osaka",
        country="JP",
        genres=("Math rock",),
        formed=2018,
        biography="""Rhythms that break and are put together again with something shinier.

A trio that counts in **thirteen** and smiles in four. After a drum burst during their first gig they mended it with
gold lacquer, and found that it sounded better. Since then something is broken, carefully, at every concert.""",
        members=(
            DemoMember("Haruka Minami", ("Electric guitar",), "", 2018),
            DemoMember("Daichi Onoda", ("Bass guitar",), "", 2018),
            DemoMember("Rei Fukumoto", ("Drums",), "repairs", 2018),
        ),
        poster="A round blue drum with golden cracks under two crossed sticks",
        links=("Website", "Videos"),
    ),
    DemoBand(
        slug="saltwater-telephone",
        name="Saltwater Telephone",
        town="Halifax",
        country="CA",
        genres=("Dream pop",),
        formed=2019,
        biography="""Love songs from a lighthouse with a very bad line.

Two sisters recorded their first album over the telephone, one in Halifax and one on a research vessel, *with a delay
of four seconds* that they came to like. On stage they stand at opposite ends of the room and still wait for each
other.""",
        members=(
            DemoMember("Maren Leblanc", ("Voice", "Electric guitar"), "", 2019),
            DemoMember("Odile Leblanc", ("Voice", "Synthesizer"), "oceanographer", 2019),
            DemoMember("Stu MacAskill", ("Drum machine",), "operator", 2021),
        ),
        poster="A coral telephone dial standing in the sea, with a fish at its centre",
        links=("Website", "Records"),
    ),
    DemoBand(
        slug="brother-thermostat",
        name="Brother Thermostat",
        town="Nashville",
        country="US",
        genres=("Country", "Soul"),
        formed=2008,
        biography="""Country soul, at exactly 21 °C.

Reverend Otis Pickens repaired air conditioning for twenty years before he wrote down what people told him while he did.
**Every song is true**, the names are changed, and the temperature in the room rises by two degrees at each chorus.""",
        members=(
            DemoMember("Otis Pickens", ("Voice", "Hammond organ"), "preacher, engineer", 2008),
            DemoMember("Dolly-Ann Trujillo", ("Pedal steel guitar",), "", 2008),
            DemoMember("Marcus Bell", ("Bass guitar",), "", 2013),
            DemoMember("June Castellaw", ("Drums",), "", 2010),
        ),
        poster="A striped sun above a desert road, in bands from yellow to dark red",
    ),
    DemoBand(
        slug="elevator-weather",
        name="Elevator Weather",
        town="Rotterdam",
        country="NL",
        genres=("Ambient", "Jazz"),
        formed=2020,
        can_rock=False,
        biography="""Music for going up. On rainy days, for going down.

A vibraphone, a fretless bass and the sound of doors. They have never rocked and *have no plans to*. Their residency in
the lift of a hotel ran for 212 floors; several guests missed their stop on purpose.""",
        members=(
            DemoMember("Wim Hoogeveen", ("Vibraphone",), "", 2020),
            DemoMember("Carmen de Wit", ("Bass guitar",), "", 2020),
            DemoMember("Jip Sanders", ("Field recordings",), "doors", 2021),
        ),
        poster="A white cloud with blue and grey rain above the buttons of a lift",
        links=("Website",),
    ),
)
