#!/bin/sh
# The two roles and their rights, once, in an empty database: the owner migrates, the other runs. See docs/operating.md.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" --username postgres --dbname bandstand <<'SQL'
CREATE ROLE bandstand_owner LOGIN PASSWORD :'password';
CREATE ROLE bandstand LOGIN PASSWORD :'password';
GRANT bandstand TO bandstand_owner;
ALTER DATABASE bandstand OWNER TO bandstand_owner;
REVOKE ALL ON DATABASE bandstand FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE bandstand TO bandstand;
ALTER SCHEMA public OWNER TO bandstand_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bandstand;
ALTER DEFAULT PRIVILEGES FOR ROLE bandstand_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO bandstand;
ALTER DEFAULT PRIVILEGES FOR ROLE bandstand_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO bandstand;
SQL
