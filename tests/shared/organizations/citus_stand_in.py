"""What of Citus our code calls, declared in plain PostgreSQL: it writes down its calls and spreads nothing.

It also refuses, in schemas that count as spread, to change tables by a message that holds several statements, and to spread a
schema whose triggers are on. So tests
see what we send and in which order. What a cluster makes of it tests/citus alone can say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

_MADE = """
    CREATE TABLE public.pg_dist_schema (schemaid oid PRIMARY KEY, colocationid int);
    CREATE TABLE public.stand_in_calls (number serial, schema text, lock_timeout text);
    CREATE FUNCTION public.citus_schema_distribute(schemaname regnamespace) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = schemaname AND NOT t.tgisinternal AND t.tgenabled <> 'D'
        ) THEN
            RAISE EXCEPTION 'a trigger asks for tables that are not there yet';
        END IF;
        INSERT INTO public.stand_in_calls (schema, lock_timeout)
            VALUES (schemaname::text, current_setting('lock_timeout'));
        INSERT INTO public.pg_dist_schema VALUES (schemaname, 1);
    END
    $$;
    GRANT ALL ON public.pg_dist_schema, public.stand_in_calls, public.stand_in_calls_number_seq TO PUBLIC;
    CREATE FUNCTION public.stand_in_refuses() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF rtrim(current_query(), E'; \\n') LIKE '%;%' AND EXISTS (
            SELECT FROM public.pg_dist_schema WHERE schemaid = current_schema()::regnamespace
        ) THEN
            RAISE EXCEPTION 'several statements in one message';
        END IF;
    END
    $$;
    CREATE EVENT TRIGGER stand_in_refuses ON ddl_command_start EXECUTE FUNCTION public.stand_in_refuses();
"""
_GONE = """
    DROP EVENT TRIGGER IF EXISTS stand_in_refuses;
    DROP FUNCTION IF EXISTS public.stand_in_refuses(), public.citus_schema_distribute(regnamespace);
    DROP TABLE IF EXISTS public.pg_dist_schema, public.stand_in_calls;
"""


@contextmanager
def citus_stand_in() -> Iterator[None]:
    """Have these in this process's database for the length of the block. Enter it before a test's own transaction."""
    admin = urlsplit(json.loads(os.environ["BANDSTAND_TEST_STACK"])["admin"])
    database = urlunsplit(admin._replace(path=urlsplit(os.environ["DATABASE_URL"]).path))
    with psycopg.connect(database, autocommit=True) as server:
        server.execute(_GONE + _MADE)
        try:
            yield
        finally:
            server.execute(_GONE)
