"""An email is a stranger's bytes: what is in it is read within bounds, or it is refused."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bandstand.content.plain_text import clean_text
from bandstand.enquiries.incoming_mail import MOST_BYTES, IncomingMail, UnreadableMailError, mail_read
from bandstand.enquiries.models import REPLY_MAX_LENGTH
from bandstand.enquiries.quoting import quoted, split_quote
from bandstand.mail.sending import is_message_id
from tests.shared.enquiries.mails import raw_mail


def test_it_reads_who_wrote_what_to_whom() -> None:
    mail = mail_read(
        raw_mail(
            "Gern!\n\n\n\nÄnne",
            sender="=?utf-8?q?=C3=84nne_Brand?= <anne@example.org>",
            to="A <a@x.example>",
            Cc="b@x.example",
        )
    )

    assert (mail.sender_name, mail.sender_email) == ("Änne Brand", "anne@example.org")
    assert mail.recipients == ("a@x.example", "b@x.example")
    assert mail.text == "Gern!\n\nÄnne"
    assert (mail.message_id, mail.attachments, mail.is_automatic) == ("<1@example.org>", 0, False)


def test_html_becomes_words() -> None:
    mail = EmailMessage()
    mail["From"] = "fan@example.org"
    mail.set_content(
        "<style>p { top: 0 }</style><script>alert(1)</script><p>Hello &amp; <b>good</b>\nbye</p><p>5 &lt; 6<br>end</p>",
        subtype="html",
    )

    assert mail_read(mail.as_bytes()).text == "Hello & good bye\n5 < 6\nend"


def test_plain_text_comes_before_html_and_attachments_are_counted() -> None:
    mail = EmailMessage()
    mail["From"] = "fan@example.org"
    mail.set_content("plain")
    mail.add_alternative("<p>rich</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment("not the text", filename="note.txt")

    read = mail_read(mail.as_bytes())

    assert (read.text, read.attachments) == ("plain", 2)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
    ],
    ids=str,
)
def test_programs_are_told_from_people(headers: dict[str, str]) -> None:
    assert mail_read(raw_mail(**headers)).is_automatic


def test_people_who_say_so_are_people() -> None:
    assert not mail_read(raw_mail(Auto_Submitted="no")).is_automatic


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe",
        raw_mail(sender="nobody"),
        raw_mail(""),
        raw_mail(sender=f"{'a' * 250}@example.org"),
        b"From: a@example.org\n\n" + b"a" * MOST_BYTES,
        b"From: a@example.org\n\n" + b"\n" * 200_001,
        b"From: a@example.org\n" + b'Content-Type: multipart/mixed; boundary="a"\n\n--a\n' * 51,
    ],
    ids=["nothing", "noise", "nobody", "no text", "long address", "bytes", "lines", "nested"],
)
def test_it_refuses_what_is_no_answer(raw: bytes) -> None:
    with pytest.raises(UnreadableMailError):
        mail_read(raw)


@pytest.mark.parametrize("message_id", ["", "1@example.org", "<a b@example.org>", "<a><b>", f"<{'a' * 300}>", "<ä@x>"])
def test_a_message_id_that_cant_be_quoted_is_replaced(message_id: str) -> None:
    raw = f"From: a@example.org\nMessage-ID: {message_id}\n\nhello".encode()

    given_id = mail_read(raw).message_id

    assert is_message_id(given_id)
    assert given_id == mail_read(raw).message_id
    assert given_id != mail_read(raw + b"!").message_id


def test_a_character_set_that_nobody_knows() -> None:
    raw = b"From: a@example.org\nContent-Type: text/plain; charset=klingon\n\nhello \xff"

    assert mail_read(raw).text.startswith("hello")


def test_long_texts_are_cut() -> None:
    assert len(mail_read(raw_mail("word " * 10_000)).text) == REPLY_MAX_LENGTH


HEADER = st.sampled_from(
    ["From", "To", "Subject", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
)
VALUE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            *('multipart/mixed; boundary="b"', "multipart/alternative", "text/html; charset=utf-16", "message/rfc822"),
            *("base64", "quoted-printable", "a@example.org", "=?utf-7?b?////?=", "=?x?q?=?= <a@example.org>"),
        ]
    ),
)
LINES = st.lists(
    st.one_of(st.tuples(HEADER, VALUE).map(": ".join), st.just("--b"), st.just("--b--"), st.text(max_size=80))
)


@examples(max_examples=300)
@given(raw=st.one_of(st.binary(max_size=400), LINES.map(lambda lines: "\n".join(lines).encode(errors="replace"))))
def test_whatever_comes_is_read_or_refused(raw: bytes) -> None:
    for each in (raw, b"From: a@example.org\n" + raw):
        try:
            mail = mail_read(each)
        except UnreadableMailError:
            continue
        assert isinstance(mail, IncomingMail)
        assert mail.text == clean_text(mail.text)
        assert len(mail.text) <= REPLY_MAX_LENGTH
        assert is_message_id(mail.message_id)
        assert "\n" not in mail.sender_name + mail.sender_email


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes!\n\nOn Friday, Ira wrote:\n> Would you?\n>\n> Ira", "Yes!"),
        ("Yes!\n\nAm Freitag, dem 8. Januar, schrieb Ira <ira@example.org>\n(Tuba):\n> Würden Sie?", "Yes!"),
        ("Yes!\n\n-----Original Message-----\nFrom: Ira\nWould you?", "Yes!"),
        ("Yes!\n________________________________\nVon: Ira\nWürden Sie?", "Yes!"),
        ("> Would you?\nYes!", "> Would you?\nYes!"),
        ("> Would you?", "> Would you?"),
        ("These are for sale:\nTuba\nDrum", "These are for sale:\nTuba\nDrum"),
    ],
)
def test_quoted_text_is_told_from_what_somebody_wrote(text: str, own: str) -> None:
    assert split_quote(text)[0] == own


@examples(max_examples=100)
@given(own=st.text(min_size=1), before=st.text())
def test_no_line_is_lost_by_splitting(own: str, before: str) -> None:
    text = f"{own}\n\n{quoted(before)}"

    written, below = split_quote(text)

    assert [line for line in f"{written}\n{below}".split("\n") if line.strip()] == [
        line for line in text.split("\n") if line.strip()
    ]
