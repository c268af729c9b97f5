"""Draws the posters of the demo's bands: `python docs/artwork/draw_posters.py`.

Each is two or three inks on coloured paper, printed over each other as a small press would: flat shapes, halftone dots,
overprint by multiplying. Chromium turns the drawings into pixels, Pillow into small WebP files. The same numbers give
the same pictures. The posters are the project's own work, under the project's licence.
"""

from __future__ import annotations

import argparse
import io
import math
import os
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 960, 1200
QUALITIES = range(78, 30, -6)
MAX_BYTES = 40_000
POSTERS = Path(__file__).resolve().parents[2] / "shared" / "bandstand" / "demo" / "posters"
Drawing = Callable[[], str]
_DRAWINGS: dict[str, Drawing] = {}


def poster(name: str) -> Callable[[Drawing], Drawing]:
    """Register a drawing under the band's address."""

    def keep(drawing: Drawing) -> Drawing:
        _DRAWINGS[name] = drawing
        return drawing

    return keep


def sheet(paper: str, *inks: str) -> str:
    """Return the whole drawing: paper, then one layer after the other, each multiplied with what is below."""
    layers = "".join(f'<g style="mix-blend-mode:multiply">{ink}</g>' for ink in inks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{paper}"/>{layers}</svg>'
    )


def circle(x: float, y: float, radius: float, fill: str, *, line: float = 0) -> str:
    """Return a disc, or a ring where `line` is its width."""
    look = f'fill="none" stroke="{fill}" stroke-width="{line}"' if line else f'fill="{fill}"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {look}/>'


def box(x: float, y: float, width: float, height: float, fill: str, *, turn: float = 0) -> str:
    """Return a rectangle, turned about its centre by `turn` degrees."""
    spin = f' transform="rotate({turn} {x + width / 2:.1f} {y + height / 2:.1f})"' if turn else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{spin}/>'


def shape(points: list[tuple[float, float]], fill: str) -> str:
    """Return a polygon."""
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="{fill}"/>'


def path(way: str, fill: str = "none", *, line: str = "", width: float = 0, cap: str = "round") -> str:
    """Return a path, filled or drawn."""
    stroke = f' stroke="{line}" stroke-width="{width}" stroke-linecap="{cap}" stroke-linejoin="round"' if line else ""
    return f'<path d="{way}" fill="{fill}"{stroke}/>'


def group(content: str, transform: str) -> str:
    """Return `content` moved or turned."""
    return f'<g transform="{transform}">{content}</g>'


def clipped(content: str, mask: str, name: str) -> str:
    """Return the part of `content` that lies inside `mask`."""
    return f'<clipPath id="{name}">{mask}</clipPath><g clip-path="url(#{name})">{content}</g>'


def halftone(
    area: tuple[float, float, float, float], ink: str, tone: Callable[[float, float], float], step: float = 18
) -> str:
    """Return dots over `area` (x, y, width, height); `tone(u, v)` from 0 to 1 says how large they are."""
    left, top, width, height = area
    dots = []
    for row in range(int(height / step) + 1):
        for column in range(int(width / step) + 1):
            x = left + (column + (row % 2) / 2) * step
            y = top + row * step
            radius = step * 0.7 * math.sqrt(max(0.0, min(1.0, tone((x - left) / width, (y - top) / height))))
            if radius > 1:
                dots.append(circle(x, y, radius, ink))
    return "".join(dots)


def burst(
    x: float, y: float, inner: float, outer: float, rays: int, fill: str, *, share: float = 0.5, turn: float = 0
) -> str:
    """Return rays of light around a point."""
    drawn = []
    for ray in range(rays):
        middle = turn + ray * 2 * math.pi / rays
        half = math.pi / rays * share
        drawn.append(
            shape(
                [
                    (x + math.cos(middle - half) * inner, y + math.sin(middle - half) * inner),
                    (x + math.cos(middle - half) * outer, y + math.sin(middle - half) * outer),
                    (x + math.cos(middle + half) * outer, y + math.sin(middle + half) * outer),
                    (x + math.cos(middle + half) * inner, y + math.sin(middle + half) * inner),
                ],
                fill,
            )
        )
    return "".join(drawn)


def wave(y: float, height: float, length: float, shift: float, fill: str) -> str:
    """Return water that reaches from a wavy line at `y` to the bottom."""
    way = f"M {-length + shift:.1f} {y:.1f} "
    x = -length + shift
    while x < WIDTH + length:
        way += f"q {length / 4:.1f} {-height:.1f} {length / 2:.1f} 0 t {length / 2:.1f} 0 "
        x += length
    return path(f"{way} V {HEIGHT} H {-length} Z", fill)


@poster("the-parallel-fifths")
def parallel_fifths() -> str:
    """Two beams that never meet, through a target."""
    blue, red = "#2f4bd8", "#ff5a3c"
    rings = "".join(circle(480, 560, radius, blue, line=46) for radius in (70, 170, 270, 370))
    beams = "".join(box(-300, 470 + offset, 1600, 92, red, turn=-38) for offset in (-110, 110))
    staff = "".join(box(0, 1010 + line * 34, WIDTH, 7, blue) for line in range(5))
    notes = "".join(
        circle(x, y, 26, blue) + box(x + 19, y - 120, 8, 120, blue)
        for x, y in ((250, 1078), (310, 1010), (620, 1095), (680, 1027))
    )
    return sheet("#f6e9c9", rings + staff + notes, beams)


@poster("kapelle-kaputt")
def kapelle_kaputt() -> str:
    """A trumpet's bell, seen from where the neighbours stand."""
    yellow, black, pink = "#ffc21f", "#1b1714", "#ff4f87"
    rays = burst(480, 640, 300, 1100, 22, yellow, share=0.52, turn=0.08)
    bell = "".join(circle(480, 640, radius, ink) for radius, ink in ((390, pink), (318, "#fff3df"), (300, yellow)))
    throat = circle(480, 640, 205, black) + circle(480, 640, 96, "#4a2d12")
    shine = path("M 250 545 A 250 250 0 0 1 420 398", line="#fff3df", width=26)
    cracks = path("M 690 430 l -70 66 l 34 30 l -84 76", line=black, width=15) + path(
        "M 600 530 l 42 -4", line=black, width=11
    )
    return sheet("#fff3df", rays, bell + throat + shine + cracks)


@poster("motorsage")
def motorsage() -> str:
    """A saw for a sun."""
    rust, night = "#e8442a", "#20203a"
    teeth = 26
    blade = []
    for tooth in range(teeth):
        turn = tooth * 2 * math.pi / teeth
        step = 2 * math.pi / teeth
        blade += [
            (480 + math.cos(turn) * 330, 470 + math.sin(turn) * 330),
            (480 + math.cos(turn + step * 0.15) * 405, 470 + math.sin(turn + step * 0.15) * 405),
        ]
    sun = shape(blade, rust)
    dots = halftone((130, 120, 700, 700), night, lambda u, v: (0.75 - math.hypot(u - 0.22, v - 0.18)) * -0.9 + 0.1, 16)
    shade = clipped(dots, '<circle cx="480" cy="470" r="330"/>', "saw")
    dice = random.Random(3)
    forest = ""
    for depth, ink in ((0, "#6d7396"), (1, "#3d4066"), (2, night)):
        for tree in range(26):
            x = tree * 40 + dice.uniform(-14, 14) - 20
            top = 770 + depth * 120 + dice.uniform(-60, 60)
            spread = 34 + depth * 8
            forest += shape([(x, top), (x - spread, top + 330), (x + spread, top + 330)], ink)
        forest += box(0, 1020 + depth * 70, WIDTH, 300, ink)
    return sheet("#f3d9b5", sun, shade + circle(480, 470, 62, night), forest)


@poster("low-tide-orchestra")
def low_tide() -> str:
    """The moon, and what it does to the water."""
    teal, sand, navy = "#0fa3a3", "#ffb37a", "#12305c"
    moon = circle(480, 400, 250, sand)
    craters = clipped(
        halftone((230, 150, 500, 500), navy, lambda u, v: 0.5 * (u - 0.42) + 0.35 * (v - 0.3), 15),
        '<circle cx="480" cy="400" r="250"/>',
        "moon",
    )
    sea = wave(640, 40, 420, 0, "#9fdcd2") + wave(730, 50, 480, 130, "#4fbfb9") + wave(840, 56, 540, 260, teal)
    deep = wave(960, 50, 460, 60, "#1b5c86") + wave(1070, 44, 520, 200, navy)
    gleam = "".join(
        box(480 - width / 2, 690 + row * 46, width, 13, "#fff4e2")
        for row, width in enumerate((310, 220, 260, 140, 180, 90, 120, 50))
    )
    return sheet("#fdeedb", moon + craters).replace("</svg>", f"{sea}{deep}{gleam}</svg>")


@poster("grandmother-tongue")
def grandmother_tongue() -> str:
    """A mouth that is a rainbow that is a record."""
    red, plum, mint = "#f0433a", "#5b1f5e", "#7fd1b0"
    lips = path("M 90 560 C 240 330 400 330 480 430 C 560 330 720 330 870 560 C 740 900 220 900 90 560 Z", red)
    mouth = "M 190 565 C 330 500 630 500 770 565 C 690 740 270 740 190 565 Z"
    inside = path(mouth, plum)
    tongue = clipped(
        circle(480, 760, 200, "#ff8f7a")
        + "".join(circle(480, 760, radius, red, line=9) for radius in (60, 95, 130, 165)),
        path(mouth),
        "mouth",
    )
    teeth = clipped("".join(box(250 + tooth * 78, 500, 70, 74, "#fff6e6") for tooth in range(6)), path(mouth), "teeth")
    flowers = ""
    for x, y, size in (
        (140, 170, 74),
        (800, 200, 92),
        (480, 130, 58),
        (150, 1040, 92),
        (820, 1030, 74),
        (480, 1080, 66),
    ):
        petals = "".join(
            circle(x + math.cos(a) * size * 0.62, y + math.sin(a) * size * 0.62, size * 0.4, plum)
            for a in [i * math.pi / 4 for i in range(8)]
        )
        flowers += petals + circle(x, y, size * 0.36, "#ffcf4a")
    return sheet(mint).replace("</svg>", f"{flowers}{lips}{inside}{tongue}{teeth}</svg>")


@poster("die-nachbarn-von-unten")
def nachbarn() -> str:
    """A house at night; somebody rehearses."""
    night, yellow, brick = "#1c2140", "#ffd23f", "#d95d39"
    house = box(130, 150, 700, 1100, night)
    roof = shape([(90, 150), (480, 20), (870, 150)], night)
    lit = {(0, 1), (2, 0), (3, 3), (4, 2), (1, 2)}
    windows = ""
    for row in range(6):
        for column in range(4):
            x, y = 182 + column * 158, 205 + row * 155
            ink = yellow if (row, column) in lit else "#313a68"
            windows += box(x, y, 112, 108, ink) + box(x + 52, y, 7, 108, night) + box(x, y + 50, 112, 7, night)
    cellar = box(182, 1120, 270, 80, brick) + box(500, 1120, 270, 80, brick)
    sound = "".join(
        path(f"M {480 - r} 1160 A {r} {r} 0 0 1 {480 + r} 1160", line=brick, width=17)
        for r in (420, 500, 580, 660, 740, 820)
    )
    return sheet("#f2c9a1", sound).replace("</svg>", f"{roof}{house}{windows}{cellar}</svg>")


@poster("senorita-feedback")
def senorita() -> str:
    """A cactus, too close to its amplifier."""
    green, pink, orange = "#12805c", "#ff3f7f", "#ff9f1c"
    sun = circle(480, 430, 320, orange)
    stripes = "".join(box(0, 470 + line * 46, WIDTH, 8 + line * 5, "#fde2c4") for line in range(7))
    low = clipped(stripes, '<circle cx="480" cy="430" r="321"/>', "sun")
    arms = path("M 480 1010 V 360 M 480 760 H 290 V 560 M 480 660 H 660 V 470", line=green, width=120)
    ribs = path(
        "M 480 1010 V 360 M 455 1010 V 372 M 505 1010 V 372 M 290 720 V 560 M 660 620 V 470", line="#0a4d38", width=6
    )
    bloom = "".join(
        circle(x + math.cos(a) * 30, y + math.sin(a) * 30, 24, pink)
        for x, y in ((480, 292), (290, 492), (660, 402))
        for a in [i * math.pi * 2 / 5 for i in range(5)]
    )
    amp = box(150, 960, 660, 260, "#2b1330") + "".join(
        circle(x, 1100, 92, pink, line=14) + circle(x, 1100, 34, pink) for x in (310, 650)
    )
    zigzag = "".join(
        path(f"M {x} {y} l 34 -44 l 34 44 l 34 -44 l 34 44", line=pink, width=13, cap="square")
        for x, y in ((60, 250), (740, 210), (40, 850), (760, 840))
    )
    return sheet("#fde2c4", sun).replace("</svg>", f"{low}{zigzag}{arms}{ribs}{bloom}{amp}</svg>")


@poster("the-unreliable-narrators")
def narrators() -> str:
    """An eye that looks elsewhere."""
    green, black, cream, coral = "#1d6b4f", "#16130f", "#fbf0d9", "#ff6f52"
    rays = burst(480, 600, 420, 1300, 34, green, share=0.5)
    eye = "M 60 600 C 250 300 710 300 900 600 C 710 900 250 900 60 600 Z"
    iris = clipped(
        circle(560, 590, 215, coral)
        + burst(560, 590, 105, 212, 40, "#c63d26", share=0.42)
        + circle(560, 590, 108, black)
        + circle(605, 540, 34, cream),
        path(eye),
        "eye",
    )
    return sheet(cream, rays).replace(
        "</svg>",
        path(eye, cream)
        + iris
        + path(eye, line=black, width=24)
        + path("M 110 430 C 290 220 670 220 850 430", line=black, width=24)
        + "</svg>",
    )


@poster("polar-disco-bureau")
def polar_disco() -> str:
    """A mirror ball where the sun doesn't come up."""
    indigo, ice, magenta = "#241a5e", "#a9e4ef", "#f23b9b"
    sky = "".join(
        path(
            f"M -50 {y} C 200 {y - 190} 420 {y + 170} 660 {y - 60} S 960 {y - 130} 1050 {y + 60}", line=ink, width=width
        )
        for y, ink, width in ((300, "#3d2f8f", 150), (420, "#1e8f8a", 90), (520, "#45c9a5", 44))
    )
    ball = ""
    centre, radius = (480.0, 470.0), 240.0
    dice = random.Random(12)
    for row in range(-7, 8):
        top, bottom = math.sin((row - 0.5) * math.pi / 16), math.sin((row + 0.5) * math.pi / 16)
        for column in range(-7, 8):
            left, right = math.sin((column - 0.5) * math.pi / 15), math.sin((column + 0.5) * math.pi / 15)
            wide, narrow = math.sqrt(1 - top**2), math.sqrt(1 - bottom**2)
            ink = dice.choice([ice, ice, "#ffffff", "#6fb8dd", magenta, "#5b4bc0", "#5b4bc0"])
            corners = [(left * wide, top), (right * wide, top), (right * narrow, bottom), (left * narrow, bottom)]
            ball += shape([(centre[0] + x * radius * 0.985, centre[1] + y * radius) for x, y in corners], ink)
    cord = box(476, -10, 8, 250, ice)
    peaks = shape([(-40, 1230), (210, 790), (340, 960), (520, 730), (700, 980), (820, 850), (1020, 1230)], "#0f0b33")
    snow = (
        shape([(210, 790), (262, 858), (222, 846), (196, 880), (172, 857)], ice)
        + shape([(520, 730), (584, 820), (536, 802), (508, 846), (480, 800), (462, 812)], ice)
        + shape([(820, 850), (864, 903), (826, 894), (800, 920), (784, 884)], ice)
    )
    stars = "".join(
        circle(dice.uniform(0, WIDTH), dice.uniform(0, 720), dice.uniform(2, 5), "#ffffff") for _star in range(46)
    )
    return sheet(indigo).replace(
        "</svg>", f"{stars}{sky}{cord}{circle(480, 470, 240, '#2a1f6e')}{ball}{peaks}{snow}</svg>"
    )


@poster("twelve-tonne-tuba")
def tuba() -> str:
    """One tube, all the way round."""
    brass, brown, blue = "#f7b733", "#5a2e0c", "#2b6cb0"
    way = "M 300 330 V 760 A 190 190 0 0 0 680 760 V 470 A 120 120 0 0 0 440 470 V 730 A 62 62 0 0 0 564 730 V 560"
    tube = path(way, line=brown, width=112) + path(way, line=brass, width=88) + path(way, line="#ffe08a", width=16)
    bell = shape([(90, 130), (510, 130), (356, 350), (244, 350)], brown) + shape(
        [(124, 150), (476, 150), (340, 338), (260, 338)], brass
    )
    rim = (
        '<ellipse cx="300" cy="132" rx="228" ry="50" fill="#5a2e0c"/>'
        '<ellipse cx="300" cy="130" rx="196" ry="34" fill="#2a1404"/>'
    )
    notes = halftone((0, 0, WIDTH, HEIGHT), blue, lambda u, v: 0.62 * (v - 0.3), 48)
    weight = shape([(200, 1130), (760, 1130), (700, 1010), (260, 1010)], brown) + box(440, 965, 80, 60, brown)
    return sheet("#dff0f7", notes).replace("</svg>", f"{weight}{tube}{bell}{rim}</svg>")


@poster("kintsugi-kids")
def kintsugi() -> str:
    """A broken drum, mended with gold."""
    ink, gold, paper = "#27306b", "#e0a526", "#f7e3dc"
    drum = circle(480, 560, 360, ink)
    shine = clipped(
        halftone((120, 200, 720, 720), "#5566c4", lambda u, v: 0.55 - 0.9 * math.hypot(u - 0.3, v - 0.25), 17),
        '<circle cx="480" cy="560" r="360"/>',
        "drum",
    )
    lines = [
        "M 130 480 L 300 520 L 400 470 L 520 560 L 640 500 L 850 540",
        "M 520 560 L 470 690 L 540 780 L 500 925",
        "M 400 470 L 420 350 L 370 280 L 400 205",
        "M 640 500 L 690 390 L 660 300 L 720 250",
        "M 470 690 L 350 730 L 300 850",
    ]
    cracks = "".join(path(line, line=paper, width=26) + path(line, line=gold, width=15) for line in lines)
    ring = circle(480, 560, 385, gold, line=10)
    splinters = "".join(
        shape(points, ink)
        for points in (
            [(120, 1020), (190, 1000), (170, 1090)],
            [(300, 1085), (350, 1040), (390, 1110)],
            [(640, 1060), (720, 1050), (700, 1130)],
            [(810, 1010), (870, 1040), (820, 1080)],
        )
    )
    sticks = box(60, 150, 900, 26, "#c2452d", turn=32) + box(0, 150, 900, 26, "#c2452d", turn=-32)
    return sheet(paper).replace("</svg>", f"{sticks}{drum}{shine}{cracks}{ring}{splinters}</svg>")


@poster("saltwater-telephone")
def telephone() -> str:
    """Somebody is calling from the sea."""
    coral, navy, foam = "#ff6b5e", "#14365f", "#e7f3ef"
    dial = circle(480, 520, 350, coral) + circle(480, 520, 120, foam)
    holes = "".join(
        circle(480 + math.cos(a) * 232, 520 + math.sin(a) * 232, 50, navy)
        for a in [math.radians(-60 - 29 * i) for i in range(10)]
    )
    fish = ""
    for x, y, size in ((480, 520, 1.0),):
        fish = group(
            path("M -78 0 C -40 -52 40 -52 72 0 C 40 52 -40 52 -78 0 Z M 60 0 L 104 -38 V 38 Z", navy)
            + circle(-40, -10, 9, foam),
            f"translate({x - 12} {y}) scale({size * 0.9})",
        )
    stop = path("M 690 640 L 800 720", line=navy, width=34)
    sea = wave(860, 46, 320, 0, "#7cc4c9") + wave(950, 46, 360, 120, "#2f7fa3") + wave(1050, 44, 330, 40, navy)
    return sheet(foam).replace("</svg>", f"{dial}{holes}{fish}{stop}{sea}</svg>")


@poster("brother-thermostat")
def thermostat() -> str:
    """Heat, by degrees."""
    bands = ("#ffd166", "#ffb347", "#ff8c42", "#f4592f", "#d62f2f", "#8f1d3f")
    sky = "".join(box(0, index * 130, WIDTH, 131, ink) for index, ink in enumerate(bands))
    sun = clipped(
        "".join(box(0, 300 + line * 62, WIDTH, 44, "#fff2cf") for line in range(10)),
        '<circle cx="480" cy="560" r="270"/>',
        "heat",
    )
    mesa = shape(
        [
            (0, 880),
            (120, 880),
            (170, 760),
            (330, 760),
            (372, 900),
            (600, 900),
            (640, 700),
            (820, 700),
            (850, 860),
            (960, 860),
            (960, 1200),
            (0, 1200),
        ],
        "#42122e",
    )
    road = shape([(452, 900), (508, 900), (760, 1200), (200, 1200)], "#1f0817") + "".join(
        shape([(480 - w, y), (480 + w, y), (480 + w * 1.3, y + h), (480 - w * 1.3, y + h)], "#ffd166")
        for y, w, h in ((930, 3, 26), (985, 5, 40), (1060, 8, 60), (1160, 11, 60))
    )
    return sheet("#8f1d3f").replace("</svg>", f"{sky}{sun}{mesa}{road}</svg>")


@poster("elevator-weather")
def elevator() -> str:
    """Rain, going down."""
    grey, blue, lilac = "#39424e", "#4f7cff", "#d8d3f0"
    cloud = (
        "".join(
            circle(x, y, r, "#ffffff")
            for x, y, r in ((300, 400, 150), (450, 310, 190), (630, 370, 170), (740, 450, 110), (210, 460, 96))
        )
        + box(200, 420, 560, 140, "#ffffff")
        + circle(210, 470, 90, "#ffffff")
        + circle(750, 470, 90, "#ffffff")
    )
    dots = clipped(
        halftone((100, 120, 760, 450), blue, lambda u, v: 0.9 * (v - 0.48), 15),
        "".join(
            circle(x, y, r, "#000")
            for x, y, r in ((300, 400, 150), (450, 310, 190), (630, 370, 170), (740, 450, 110), (210, 470, 90))
        )
        + box(200, 420, 560, 140, "#000"),
        "cloud",
    )
    rain = ""
    dice = random.Random(7)
    for line in range(17):
        x = 190 + line * 36
        start, length = 600 + dice.uniform(0, 70), dice.uniform(90, 330)
        rain += path(f"M {x} {start} V {start + length}", line=blue if line % 3 else grey, width=13)
    doors = (
        box(120, 1010, 720, 30, grey)
        + shape([(400, 1075), (450, 1160), (350, 1160)], grey)
        + shape([(510, 1075), (610, 1075), (560, 1160)], blue)
    )
    return sheet(lilac).replace("</svg>", f"{cloud}{dots}{rain}{doors}</svg>")


def packed(image: Image.Image) -> bytes:
    """Return the picture as WebP, in the best quality that is small enough."""
    content = b""
    for quality in QUALITIES:
        file = io.BytesIO()
        image.save(file, "WEBP", quality=quality, method=6)
        content = file.getvalue()
        if len(content) <= MAX_BYTES:
            break
    return content


def main() -> None:
    """Draw all posters, or those named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="addresses of bands; all without any")
    names = parser.parse_args().names or list(_DRAWINGS)
    POSTERS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-quic"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for name in names:
            page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{_DRAWINGS[name]()}")
            image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            target = POSTERS / f"{name}.webp"
            target.write_bytes(packed(image))
            print(f"{target.name}: {target.stat().st_size / 1024:.0f} KB")  # noqa: T201
        browser.close()


if __name__ == "__main__":
    main()
