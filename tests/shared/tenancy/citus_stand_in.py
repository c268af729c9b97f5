"""What of Citus our code calls, declared in plain PostgreSQL: it writes down its calls and spreads nothing.

It also refuses, in schemas that count as spread, to change tables by a message that holds several statements, and to
spread a schema whose triggers are on. So tests see what we send and in which order. What a cluster makes of it
tests/citus alone can say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection

_MADE = """
    CREATE TABLE public.pg_dist_schema (schemaid oid PRIMARY KEY, colocationid int);
    CREATE TABLE public.pg_dist_node (
        groupid int, nodename text, nodeport int, noderole text DEFAULT 'primary', isactive bool DEFAULT true,
        stand_in_answers bool DEFAULT true
    );
    INSERT INTO public.pg_dist_node VALUES (0, 'coordinator', 5432), (1, 'north', 5432), (2, 'south', 5432);
    CREATE TABLE public.pg_dist_partition (logicalrelid regclass, colocationid int);
    CREATE TABLE public.pg_dist_shard (logicalrelid regclass, shardid serial);
    CREATE TABLE public.pg_dist_placement (shardid int, groupid int);
    CREATE FUNCTION public.citus_check_connection_to_node(host text, port int) RETURNS bool LANGUAGE sql AS $$
        SELECT stand_in_answers FROM public.pg_dist_node WHERE nodename = host AND nodeport = port
    $$;
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
        INSERT INTO public.pg_dist_schema SELECT schemaname, count(*) + 1 FROM public.pg_dist_schema;
        INSERT INTO public.pg_dist_partition
            SELECT c.oid, d.colocationid FROM pg_class c JOIN public.pg_dist_schema d ON d.schemaid = c.relnamespace
            WHERE c.relnamespace = schemaname AND c.relkind = 'r';
        INSERT INTO public.pg_dist_shard
            SELECT logicalrelid FROM public.pg_dist_partition JOIN pg_class c ON c.oid = logicalrelid
            WHERE c.relnamespace = schemaname;
        INSERT INTO public.pg_dist_placement
            SELECT s.shardid, 1 + p.colocationid % 2
            FROM public.pg_dist_shard s JOIN public.pg_dist_partition p USING (logicalrelid)
            JOIN pg_class c ON c.oid = p.logicalrelid WHERE c.relnamespace = schemaname;
    END
    $$;
    GRANT ALL ON public.pg_dist_schema, public.pg_dist_node, public.pg_dist_partition, public.pg_dist_shard,
        public.pg_dist_placement, public.stand_in_calls TO PUBLIC;
    GRANT ALL ON public.stand_in_calls_number_seq, public.pg_dist_shard_shardid_seq TO PUBLIC;
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
    DROP FUNCTION IF EXISTS public.stand_in_refuses(), public.citus_schema_distribute(regnamespace),
        public.citus_check_connection_to_node(text, int);
    DROP TABLE IF EXISTS public.pg_dist_schema, public.pg_dist_node, public.pg_dist_partition, public.pg_dist_shard,
        public.pg_dist_placement, public.stand_in_calls;
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


def set_up_suitably() -> None:
    """Set, for the current transaction, what a cluster's database has to have."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL citus.enable_unsafe_triggers = on")
        cursor.execute("SET LOCAL citus.node_connection_timeout = '5s'")


def silence(node: str) -> None:
    """Have a node, `north` or `south`, not answer."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.pg_dist_node SET stand_in_answers = false WHERE nodename = %s", [node])
