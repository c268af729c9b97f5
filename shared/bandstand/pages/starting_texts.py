"""The words of the pages to begin with, by language and kind: title and Markdown. Gaps stand in square brackets."""

from __future__ import annotations

from collections.abc import Mapping

STARTING_TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "legal": (
            "Legal notice",
            """
{name}
[Street and number]
[Postcode and town]
[Country]

Represented by: [names of those who may sign]

# Contact

Email: [address]
Phone: [number]

# Register

[Register and number, or delete this part]

VAT identification number: [number, or delete this line]

# Responsible for the content

[Name and address]
""",
        ),
        "privacy": (
            "Privacy",
            """
This page says what {name} stores of you when you visit {host}.

# Who is responsible

[Name, address and email of the organization; of the data protection officer, if there is one]

# When you look at pages

Pages load nothing from other websites: no fonts, no counters, no advertisements. The server keeps technical \
logs to run safely and to find faults: [for how many days the operator keeps them].

Links to maps, shops, films and other websites lead away from this portal. Nothing is sent there before you \
follow them.

# Cookies

- **Language**: if you choose one, the portal remembers it.
- **Forms**: a cookie protects forms from being sent by other websites.
- **Polls**: if you vote, a cookie makes sure that your vote counts once. It says nothing about you.
- **Protected pages**: if you enter a page's password, a cookie opens that page for {unlocked_days} days in \
this browser.
- **Log-in**: only for the team.

None of them is used for advertising or to follow you elsewhere, so no consent is needed.

# When you write to us

If you send the contact form of a band, we store your name, your email address and your message to answer \
you, and send them to the band by email. We keep messages for [how long]. The legal basis is [Art. 6 (1) (b) \
or (f) GDPR].

# Who works for us

The portal runs on Bandstand, operated by [name and address of the operator], with whom we have [a contract \
on processing].

# Your rights

You can ask what is stored of you, have it corrected or deleted, restrict or object to its use, and take it \
with you. Write to [email]. You can also complain to a data protection authority: [name and address].
""",
        ),
        "about": (
            "About us",
            """
[One sentence: who {name} is, and what you do.]

# Our story

[Since when, with whom, and why.]

# What we do

- [for bands]
- [for organizers]
- [for everyone else]
""",
        ),
        "contact": (
            "Contact",
            """
**Bookings:** [name and email]

**Press:** [name and email]

**Everything else:** [email or phone]

[Street and number]
[Postcode and town]

To write to a band, use the form on its page: [all bands](/bands/).
""",
        ),
    },
    "de": {
        "legal": (
            "Impressum",
            """
{name}
[Straße und Hausnummer]
[Postleitzahl und Ort]
[Land]

Vertreten durch: [Namen der Vertretungsberechtigten]

# Kontakt

E-Mail: [Adresse]
Telefon: [Nummer]

# Registereintrag

[Register, Gericht und Nummer, oder diesen Abschnitt löschen]

Umsatzsteuer-Identifikationsnummer: [Nummer, oder diese Zeile löschen]

# Verantwortlich für den Inhalt

[Name und Anschrift]
""",
        ),
        "privacy": (
            "Datenschutz",
            """
Diese Seite sagt, was {name} beim Besuch von {host} speichert.

# Verantwortlich

[Name, Anschrift und E-Mail-Adresse der Organisation; der oder des Datenschutzbeauftragten, falls es sie \
oder ihn gibt]

# Beim Ansehen von Seiten

Die Seiten laden nichts von anderen Websites: keine Schriften, keine Zähler, keine Werbung. Der Server führt \
technische Protokolle für den sicheren Betrieb und um Fehler zu finden: [wie viele Tage der Betreiber sie \
aufbewahrt].

Links zu Karten, Ticketläden, Filmen und anderen Websites führen von diesem Portal weg. Vorher wird dorthin \
nichts übertragen.

# Cookies

- **Sprache**: Wird eine Sprache gewählt, merkt sich das Portal die Wahl.
- **Formulare**: Ein Cookie schützt Formulare davor, von anderen Websites abgeschickt zu werden.
- **Umfragen**: Nach dem Abstimmen sorgt ein Cookie dafür, dass die Stimme einmal zählt. Es sagt nichts über \
die Person.
- **Geschützte Seiten**: Nach Eingabe des Passworts öffnet ein Cookie diese Seite {unlocked_days} Tage lang \
in diesem Browser.
- **Anmeldung**: nur für das Team.

Keines davon dient der Werbung oder folgt jemandem auf andere Websites; eine Einwilligung ist deshalb nicht \
nötig.

# Beim Schreiben an uns

Über das Kontaktformular einer Band speichern wir Name, E-Mail-Adresse und Nachricht, um zu antworten, und \
senden sie der Band per E-Mail. Nachrichten bewahren wir [wie lange] auf. Rechtsgrundlage ist [Art. 6 Abs. 1 \
Buchst. b oder f DSGVO].

# Wer für uns arbeitet

Das Portal läuft mit Bandstand, betrieben von [Name und Anschrift des Betreibers], mit dem wir [einen \
Vertrag zur Auftragsverarbeitung] haben.

# Rechte

Auskunft, Berichtigung, Löschung, Einschränkung, Widerspruch und Datenübertragbarkeit stehen allen zu, deren \
Daten wir speichern. Anfragen an: [E-Mail-Adresse]. Eine Beschwerde ist bei der Aufsichtsbehörde möglich: \
[Name und Anschrift].
""",
        ),
        "about": (
            "Über uns",
            """
[Ein Satz: wer {name} ist und was Sie tun.]

# Unsere Geschichte

[Seit wann, mit wem und warum.]

# Was wir tun

- [für Bands]
- [für Veranstalter]
- [für alle anderen]
""",
        ),
        "contact": (
            "Kontakt",
            """
**Buchungen:** [Name und E-Mail-Adresse]

**Presse:** [Name und E-Mail-Adresse]

**Alles andere:** [E-Mail-Adresse oder Telefon]

[Straße und Hausnummer]
[Postleitzahl und Ort]

Nachrichten an eine Band gehen über das Formular auf ihrer Seite: [alle Bands](/bands/).
""",
        ),
    },
}
