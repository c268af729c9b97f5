from __future__ import annotations

import pytest

from bandstand.bands.rendering import plain_text, render_markdown


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


def test_it_makes_plain_text_of_one_line() -> None:
    assert plain_text("# Loud\n\n& **louder**") == "Loud &amp; louder"
