"""Names and search fold text by functions of their own, which no locale of the database changes (ADR 40).

`lower()`, text search's parser and `unaccent` each follow other rules, by version and locale. The letters that change
with case are therefore written out here, as Python's `str.casefold` has them.
"""

import unicodedata
from collections.abc import Iterator

from django.db import migrations

# Where letters have cases or marks: not among ideographs and syllables.
CODES = [
    *range(0x41, 0x3100),
    *range(0xA640, 0xAC00),
    *range(0xFB00, 0xFF00),
    *range(0x10000, 0x12000),
    *range(0x16A00, 0x17000),
    *range(0x1D000, 0x1F000),
]


def case_pairs() -> tuple[str, str]:
    """Return the letters that case folding changes into one other, once they are decomposed, and those others."""
    pairs = [
        (letter, folded)
        for letter in map(chr, CODES)
        if len(folded := letter.casefold()) == 1
        and folded != letter
        and unicodedata.normalize("NFKD", letter) == letter
    ]
    return "".join(letter for letter, _folded in pairs), "".join(folded for _letter, folded in pairs)


def marks(*, combining_only: bool) -> str:
    """Return the combining marks that some write and others leave out, as ranges of a character class."""
    return "".join(
        f"\\U{first:08x}-\\U{last:08x}"
        for first, last in ranges(
            code
            for code in CODES
            if (unicodedata.combining(chr(code)) if combining_only else unicodedata.category(chr(code)) == "Mn")
        )
    )


def ranges(codes: Iterator[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


CAPITALS, SMALL = case_pairs()
# Found first by `translate`, which looks from the beginning: most letters stand there.
COMMON = "abcdefghijklmnopqrstuvwxyz 0123456789.-"
INVISIBLE = (
    r"\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufdd0-\ufdef\ufffe\uffff\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
SPACES = r"\x09-\x0d\x20\x85\u1680\u2028\u2029"
# Marks of Latin, Greek, Cyrillic, Hebrew, Arabic and Syriac, and the Arabic stroke that only lengthens. In other scripts
# a mark makes another letter.
ACCENTS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08d3-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff"
    r"\u20d0-\u20f0\ufe20-\ufe2f"
)
# Of all that is punctuation or a sign what names are written with; the rest counts as letters do.
PUNCTUATION = (
    r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u02b9-\u02bf\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4"
    r"\u0964\u0965\u0f0b\u0f0d\u10fb\u1360-\u1368\u1400\u166e\u16eb-\u16ed\u17d4-\u17da\u1800-\u180a\u2010-\u2027"
    r"\u2030-\u205e\u20a0-\u20c0\u2122\u2190-\u21ff\u2200-\u22ff\u3001-\u3003\u3008-\u301f\u3030\u30a0\u30fb"
)

# The apostrophes, hyphens and the dotless i of `bandstand.content.names`.
SAME = "\u2018\u2019\u201b\u02bc\u2010\u2012\u2013\u2014\u2212\u0131"

FORWARD = rf"""
CREATE FUNCTION public.name_key(name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    DECLARE
        folded text := name;
    BEGIN
        IF octet_length(name) > length(name) THEN
            folded := normalize(folded, NFKD);
        END IF;
        folded := translate(folded, '{COMMON}{CAPITALS}', '{COMMON}{SMALL}');
        IF folded ~ '^[a-z0-9]*$' THEN
            RETURN folded;
        ELSIF octet_length(name) > length(name) THEN
            folded := replace(replace(folded, 'ß', 'ss'), 'ẞ', 'ss');
            folded := regexp_replace(folded, '[{INVISIBLE}]', '', 'g');
            folded := translate(folded, '{SAME}', '''''''''-----i');
            folded := normalize(regexp_replace(folded, 'i\u0307+', 'i', 'g'), NFKC);
        ELSE
            folded := regexp_replace(folded, '[\x01-\x08\x0e-\x1f\x7f]', '', 'g');
        END IF;
        RETURN btrim(regexp_replace(folded, '[{SPACES}]+', ' ', 'g'));
    END $$;

CREATE FUNCTION public.name_key_keep() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF NEW.name_key IS NULL OR (
            TG_OP = 'UPDATE' AND NEW.name IS DISTINCT FROM OLD.name AND NEW.name_key IS NOT DISTINCT FROM OLD.name_key
        ) THEN
            NEW.name_key := public.name_key(NEW.name);
        END IF;
        RETURN NEW;
    END $$;

CREATE FUNCTION public.search_fold(words text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    DECLARE
        folded text := public.name_key(words);
    BEGIN
        IF octet_length(folded) = length(folded) THEN
            RETURN folded;
        END IF;
        folded := regexp_replace(normalize(folded, NFD), '[{ACCENTS}]', '', 'g');
        folded := translate(folded, 'øłđħŧıðŋ', 'oldhtidn');
        folded := replace(replace(replace(folded, 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
        RETURN coalesce(nullif(btrim(normalize(folded, NFC)), ''), public.name_key(words));
    END $$;

CREATE FUNCTION public.search_join(word text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT left(coalesce(nullif(regexp_replace(word, '[{PUNCTUATION}]+', '', 'g'), ''), word), 500) $$;

CREATE FUNCTION public.search_lexeme(word text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT '''' || replace(replace(left(word, 500), '\', '\\'), '''', '''''') || '''' $$;

CREATE FUNCTION public.search_parts(name text, weight text, OUT words text, OUT vector text)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    DECLARE
        folded text := public.search_fold(name);
        decomposed text;
        form text;
        found text[] := '{{}}';
    BEGIN
        IF folded ~ '^[a-z0-9 ]+$' THEN
            words := folded;
            found := string_to_array(folded, ' ');
            IF cardinality(found) > 1 THEN
                found := found || replace(folded, ' ', '');
            END IF;
            SELECT string_agg(word || ':' || place || weight, ' ') INTO vector
            FROM unnest(found) WITH ORDINALITY AS w (word, place);
            RETURN;
        END IF;
        words := (
            SELECT string_agg(public.search_join(word), ' ' ORDER BY place)
            FROM unnest(string_to_array(folded, ' ')) WITH ORDINALITY AS w (word, place)
        );
        decomposed := normalize(folded, NFD);
        FOREACH form IN ARRAY ARRAY[
            folded,
            normalize(regexp_replace(decomposed, '[{marks(combining_only=True)}]', '', 'g'), NFC),
            normalize(regexp_replace(decomposed, '[{marks(combining_only=False)}]', '', 'g'), NFC)
        ] LOOP
            found := found
                || ARRAY(SELECT public.search_join(word) FROM unnest(string_to_array(form, ' ')) AS word)
                || regexp_split_to_array(form, '[ {PUNCTUATION}]+')
                || public.search_join(replace(form, ' ', ''));
        END LOOP;
        SELECT string_agg(public.search_lexeme(word) || ':' || place || weight, ' ') INTO vector
        FROM unnest(found) WITH ORDINALITY AS w (word, place)
        WHERE word <> '';
    END $$;

CREATE FUNCTION public.search_beginnings(VARIADIC words text[]) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    BEGIN
        RETURN (
            SELECT string_agg(public.search_lexeme(joined) || ':*', ' & ')
            FROM unnest(words) AS word, public.search_join(public.search_fold(word)) AS joined
            WHERE joined <> ''
        )::tsquery;
    END $$;

-- STABLE and dear, so that the planner takes the trigrams' index: it thinks likeness cheap, which takes 50 µs a row.
CREATE FUNCTION public.search_likeness(word text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
    AS $$
    BEGIN
        RETURN public.search_join(public.search_fold(word));
    END $$;

CREATE FUNCTION public.search_part(word text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    BEGIN
        RETURN '%' || regexp_replace(public.search_join(public.search_fold(word)), '([\\%_])', '\\\1', 'g') || '%';
    END $$;

CREATE OR REPLACE FUNCTION public.bands_search_refresh(wanted bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        INSERT INTO bands_searchentry (band_id, words, vector)
        SELECT band.id, coalesce(found.words, ''), coalesce(found.vector, '')::tsvector
        FROM bands_band band
        CROSS JOIN LATERAL (
            SELECT string_agg(said.words, ' ' ORDER BY said.weight, said.id) AS words,
                   string_agg(said.vector, ' ') AS vector
            FROM (
                SELECT parts.weight, parts.id, made.words, made.vector
                FROM (
                    SELECT band.name, 'A' AS weight, 0::bigint AS id
                    UNION ALL
                    SELECT genre.name, 'B', genre.id
                    FROM bands_genre genre JOIN bands_band_genres link ON link.genre_id = genre.id
                    WHERE link.band_id = band.id
                    UNION ALL
                    SELECT member.name, 'B', member.id FROM bands_member member WHERE member.band_id = band.id
                    UNION ALL
                    SELECT band.town, 'C', 0
                ) parts
                CROSS JOIN LATERAL public.search_parts(parts.name, parts.weight) made
            ) said
        ) found
        WHERE band.id = wanted
        ON CONFLICT (band_id) DO UPDATE SET words = excluded.words, vector = excluded.vector;
    END $$;

DROP FUNCTION public.bands_search_fold(text);
"""  # noqa: S608 # made of constants


class Migration(migrations.Migration):
    dependencies = [("organizations", "0009_plans")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
