#!/bin/bash
# roles.sh: run by PostgreSQL's image when it has made its cluster: the programs' accounts, each with its password.
# What they may do, the migration says; it leaves accounts that are there as they are.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'END'
\getenv producer PRODUCER_PASSWORD
\getenv worker WORKER_PASSWORD
\getenv reaper REAPER_PASSWORD
CREATE ROLE paceline_producer LOGIN PASSWORD :'producer';
CREATE ROLE paceline_worker LOGIN PASSWORD :'worker';
CREATE ROLE paceline_reaper LOGIN PASSWORD :'reaper';
END
