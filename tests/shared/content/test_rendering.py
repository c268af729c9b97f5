from __future__ import annotations

import pytest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bandstand.content.rendering import TextPicture, pictures_named, plain_text, render_markdown

HTTPS = 'href="https://www.band.example/x" rel="nofollow ugc noopener"'


def test_a_newline_stays_one() -> None:
    assert render_markdown("one\r\ntwo\x0bthree\n\nfour") == "<p>one<br>\ntwo<br>\nthree</p>\n<p>four</p>\n"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see www.band.example/x.", f"<a {HTTPS}>www.band.example/x</a>."),
        ("see https://www.band.example/x", f"<a {HTTPS}>https://www.band.example/x</a>"),
        ("[site](www.band.example/x)", f"<a {HTTPS}>site</a>"),
        ("http://a.example", '<a href="http://a.example" rel="nofollow ugc noopener">http://a.example</a>'),
        ("me@a.example", '<a href="mailto:me@a.example" rel="nofollow ugc noopener">me@a.example</a>'),
    ],
)
def test_an_address_is_a_link_that_leads_there(text: str, link: str) -> None:
    assert link in render_markdown(text)


@pytest.mark.parametrize(
    "text", ["Mr.Big", "R.E.M. and N.W.A.us", "javascript:alert(1)", "ftp://a.example", "file:///x"]
)
def test_a_name_is_no_link(text: str) -> None:
    assert "<a href" not in render_markdown(text)


def test_tables_are_shown() -> None:
    html = render_markdown("| Day | Place |\n|:--|--:|\n| Fri | <b onclick=x>Kiel</b> |")

    assert "<th>Day</th>" in html
    assert "<td>&lt;b onclick=x&gt;Kiel&lt;/b&gt;</td>" in html
    assert "style" not in html


@pytest.mark.parametrize(
    ("language", "quoted"),
    [
        ("de", "Sie sagte „so ‚laut‘“ – ja"),
        ("de-AT", "Sie sagte „so ‚laut‘“ – ja"),
        ("en", "Sie sagte “so ‘laut’” – ja"),
    ],
)
def test_quotes_are_those_of_the_language(language: str, quoted: str) -> None:
    assert plain_text("Sie sagte \"so 'laut'\" -- ja", language=language) == quoted


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Loud\n\n& **louder**", "Loud & louder"),
        ("Rock & Roll", "Rock & Roll"),
        ("Rock &amp; Roll", "Rock & Roll"),
        ("a < b > c \\<i\\> `x<y`", "a < b > c <i> x<y"),
        ("one\ntwo\x07\x00\u202e three\ud800", "one two three"),
        ("- a\n- b\n\n|c|d|\n|-|-|\n|e|f|", "a b c d e f"),
    ],
)
def test_plain_text_is_no_html(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text


def test_it_renders_what_a_biography_needs() -> None:
    html = render_markdown("# Early days\n\nLoud, **louder**, ~~quiet~~.\n\n- one\n- two\n\n[site](https://a.example)")
    assert "<h3>Early days</h3>" in html
    assert "<strong>louder</strong>" in html
    assert "<li>one</li>" in html
    assert '<a href="https://a.example" rel="nofollow ugc noopener">site</a>' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        "![x](https://tracker.example/pixel.png)",
        '<p style="position:fixed" onclick="x()">y</p>',
        "<iframe src=//x></iframe>",
        "[x](vbscript:x)",
    ],
)
def test_it_lets_nothing_dangerous_through(text: str) -> None:
    html = render_markdown(text)
    for danger in [
        "<script",
        'href="javascript',
        'href="data',
        'href="vb',
        "<img",
        "<p style",
        "<iframe",
        "<p onclick",
    ]:
        assert danger not in html


UID = "01890000-0000-7000-8000-000000004711"


def test_pictures_of_the_portal_are_shown_by_whoever_asks_and_all_others_left_out() -> None:
    def shown(picture: TextPicture) -> SafeString:
        return format_html("<b>{}</b>", f"{picture.uid} {picture.alt} {picture.caption}")

    text = (
        f'![a "stage"](picture:{UID} "be<fore")\n\n![](picture:{UID}0)![x](https://tracker.example/x.png)![](picture:)'
    )

    assert pictures_named(text) == [UID]
    html = render_markdown(text, picture=shown)
    assert html.split("\n")[0] == f"<p><b>{UID} a &quot;stage&quot; be&lt;fore</b></p>"
    assert html.count("<b>") == 1
    assert "<b>" not in render_markdown(text)
    assert "<img" not in html


def test_links_may_be_given_the_portals_address() -> None:
    html = render_markdown("[a](/gigs/) [b](../x/) [c](https://b.example/)", base="https://a.example/news/post/")

    assert [part.split('"')[0] for part in html.split('href="')[1:]] == [
        *("https://a.example/gigs/", "https://a.example/news/x/", "https://b.example/")
    ]


def test_headings_of_a_text_of_its_own_begin_below_its_title_and_leave_no_gap() -> None:
    html = render_markdown("### One\n\n##### Two\n\n### Three", top=2)

    assert html == "<h2>One</h2>\n<h3>Two</h3>\n<h2>Three</h2>\n"
