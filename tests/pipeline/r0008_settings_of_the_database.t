#!/bin/bash
# A database that shows times in another style had its barriers at wrong times, hours ahead: announcements that were lost stayed lost.
# With PGCLIENTENCODING in the environment, jobs with other keys than ASCII were never found.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

pg_start
migrate
sql "ALTER DATABASE paceline SET datestyle = 'SQL, DMY';
     ALTER DATABASE paceline SET timezone = 'Asia/Kolkata'; -- IST, as which PostgreSQL reads Israel's
     ALTER DATABASE paceline SET intervalstyle = 'sql_standard';
     ALTER DATABASE paceline SET default_transaction_isolation = 'serializable'"
jobs_create fail
broker_start
topics
export PGTZ=Asia/Kolkata PGDATESTYLE='German' PGCLIENTENCODING=LATIN1
start_program producer producer
start_program reaper reaper
start_program worker worker -j 2
wait_ready producer
wait_ready reaper
wait_ready worker
sql "INSERT INTO fail_jobs (id, ending) SELECT chr(233) || chr(252) || i, 'effect' FROM generate_series(1, 20) AS i"
ok 'jobs with keys of any letters are done' wait_value 20 20 jobs_in complete fail
passed() { sql "SELECT count(*) FROM job_kinds WHERE kind = 'fail' AND swept_to > (SELECT max(job_inserted_at) - interval '10 min' FROM fail_jobs)"; }
ok 'a barrier passes' wait_value 20 1 passed
is "$(sql "SELECT count(*) FROM job_kinds WHERE swept_to > now()")" 0 'at a time that has been'
sql "SET session_replication_role = replica; INSERT INTO fail_jobs (id, ending) SELECT 'lost ' || i, 'done' FROM generate_series(1, 20) AS i"
ok 'lost announcements are found' wait_value 30 40 jobs_in complete fail
is "$(sql "SELECT count(*) FROM fail_jobs WHERE job_attempts <> 1")" 0 'each job at its first attempt'
is "$(jobs_wrong)" '' 'the contract holds'
done_testing
