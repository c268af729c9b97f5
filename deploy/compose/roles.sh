#!/bin/sh
# The two roles, their rights and passwords, at each start: the owner migrates, the other runs. See docs/operating.md.
# Passwords come from files, and a statement that fails isn't logged with them.
set -eu
psql --quiet --set ON_ERROR_STOP=1 --username postgres --dbname bandstand <<'SQL'
SET log_min_error_statement = 'panic';
SET log_statement = 'none';
\set superuser_password `cat "${KEYS:-/run/keys}/superuser-password"`
\set owner_password `cat "${KEYS:-/run/keys}/owner-password"`
\set runtime_password `cat "${KEYS:-/run/keys}/runtime-password"`
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest('{bandstand_owner, bandstand}'::name[]) AS name
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE postgres PASSWORD :'superuser_password';
ALTER ROLE bandstand_owner PASSWORD :'owner_password';
ALTER ROLE bandstand PASSWORD :'runtime_password';
GRANT bandstand TO bandstand_owner;
ALTER DATABASE bandstand OWNER TO bandstand_owner;
REVOKE ALL ON DATABASE bandstand FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE bandstand TO bandstand;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
ALTER SCHEMA public OWNER TO bandstand_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bandstand;
ALTER DEFAULT PRIVILEGES FOR ROLE bandstand_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO bandstand;
ALTER DEFAULT PRIVILEGES FOR ROLE bandstand_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO bandstand;
SQL
