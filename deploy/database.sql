-- Iris's database on a PostgreSQL server of this host, as its superuser:
--
--   runuser -u postgres -- psql -X -q -f /usr/share/iris/database.sql
--
-- Makes the database `iris`, applies schema.sql beside this file, and lets the system's user `iris`, whom the server knows
-- by itself (peer authentication), work in it as a member of iris_app. What is there stays; run it again at any time.

\set ON_ERROR_STOP on

-- A server that was installed without a locale would make databases in SQL_ASCII.
SELECT 'CREATE DATABASE iris ENCODING ''UTF8'' TEMPLATE template0'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'iris') \gexec
\connect iris
\ir schema.sql
SELECT 'CREATE ROLE iris LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'iris') \gexec
GRANT iris_app TO iris;
