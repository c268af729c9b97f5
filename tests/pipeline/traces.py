"""Where the handlers leave their traces."""

TABLES = """
    CREATE TABLE IF NOT EXISTS public.pipeline_start (job bigint NOT NULL, pid int NOT NULL, at timestamptz NOT NULL);
    CREATE TABLE IF NOT EXISTS public.pipeline_effect (key text PRIMARY KEY, at timestamptz NOT NULL);
    CREATE TABLE IF NOT EXISTS public.pipeline_overlap (job bigint NOT NULL);
    GRANT ALL ON public.pipeline_start, public.pipeline_effect, public.pipeline_overlap TO bandstand;
"""
