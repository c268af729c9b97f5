"""The demo's news. Days count back from today."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DemoPost:
    """A post of `days_ago`, with the photo of the first of its bands."""

    slug: str
    days_ago: int
    title: str
    summary: str
    text: str
    bands: tuple[str, ...] = ()
    gigs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    author: str = ""
    language: str = ""
    is_pinned: bool = False


POSTS = (
    DemoPost(
        slug="a-tuba-goes-by-barge",
        days_ago=2,
        title="A tuba goes by barge",
        summary="Twelve Tonne Tuba travel to their next gigs at six kilometres an hour. We asked how that is.",
        text=(
            "Most bands lose a day between two cities. *Twelve Tonne Tuba* lose eleven, and call it rehearsing.\n\n"
            "The barge is called **Fermata**, was built for gravel, and has better acoustics than most clubs that they "
            "have played: steel below, water around, nobody above. The bass section sleeps in the bow, as somebody "
            "has to keep it down.\n\n"
            "> You can't be late on a canal. The canal decides what late is.\n\n"
            "## What they play\n\n"
            "Whatever fits through a lock: marches at half speed, a waltz that was a drinking song once, and the new "
            "piece for four tubas and a diesel engine. The engine has a solo.\n\n"
            "Whoever wants to hear them without a ticket stands at the last lock at about four. They wave."
        ),
        bands=("twelve-tonne-tuba",),
        gigs=("barge-tour-finale", "harbour-call"),
        tags=("on the road", "brass"),
        author="Mina Manager",
        is_pinned=True,
    ),
    DemoPost(
        slug="motorsage-are-louder-now",
        days_ago=5,
        title="Motorsäge are louder now",
        summary="The second amplifier has arrived. The neighbours know.",
        text=(
            "It came on Tuesday, in a box that two people couldn't lift and three didn't want to. By Wednesday the "
            "street had signed a petition; by Thursday the street had asked for tickets.\n\n"
            "The new songs are shorter, to be fair to everybody."
        ),
        bands=("motorsage",),
        tags=("new sounds",),
    ),
    DemoPost(
        slug="kapelle-kaputt-nehmen-auf",
        days_ago=9,
        title="Kapelle Kaputt nehmen auf",
        summary="Drei Tage, ein Mikrofon, keine zweiten Versuche: Im Frühjahr erscheint das erste Album.",
        text=(
            "„Wir können das nicht besser“, sagt die Klarinette, und es klingt wie ein Versprechen. Sie proben im "
            "Feuerwehrhaus, weil dort niemand aufräumt und alle helfen.\n\n"
            "Wer beim Schlussapplaus mitklatschen möchte, kommt am letzten Abend vorbei. Er wird gebraucht."
        ),
        bands=("kapelle-kaputt",),
        tags=("new album", "brass"),
        language="de",
    ),
    DemoPost(
        slug="two-bands-one-score",
        days_ago=16,
        title="Two bands, one score, no rehearsal",
        summary="The Parallel Fifths and Low Tide Orchestra swap their music half an hour before the doors open.",
        text=(
            "Each band brings a piece that the other has never seen. What happens then is recorded, whatever it is.\n\n"
            "- The Parallel Fifths bring counterpoint.\n- Low Tide Orchestra bring water.\n- We bring towels."
        ),
        bands=("low-tide-orchestra", "the-parallel-fifths"),
        gigs=("contrary-motion",),
        tags=("on the road",),
    ),
    DemoPost(
        slug="the-notice-board-has-a-feed",
        days_ago=30,
        title="The notice board has a feed",
        summary="News come to you, if you want: in a feed reader, without an account, without us knowing.",
        text="Look for RSS, Atom or JSON below the news, or give your reader this page's address: it finds them.",
        tags=("house",),
    ),
)
