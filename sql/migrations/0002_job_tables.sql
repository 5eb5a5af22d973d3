-- 0002_job_tables: what the job contract keeps beside the adopted tables (DESIGN.md, section 4).
-- Lock: none on existing tables; may run on a live system.

CREATE TABLE IF NOT EXISTS job_kinds (
    kind           text PRIMARY KEY CHECK (kind ~ '^[a-z][a-z0-9_]{0,47}$'),
    relation       regclass NOT NULL,
    key_column     name NOT NULL,
    key_type       text NOT NULL CHECK (key_type IN ('uuid', 'bigint', 'integer', 'text')),
    topic          text NOT NULL,
    consumer_group text NOT NULL,
    lease          interval NOT NULL DEFAULT '5 minutes' CHECK (lease BETWEEN '1 second' AND '1 day'),
    max_attempts   smallint NOT NULL DEFAULT 5 CHECK (max_attempts BETWEEN 1 AND 1000),
    backoff_base   interval NOT NULL DEFAULT '1 second' CHECK (backoff_base BETWEEN '0' AND '1 hour'),
    backoff_cap    interval NOT NULL DEFAULT '60 seconds' CHECK (backoff_cap BETWEEN '0' AND '1 day'),
    cancel_at_once boolean NOT NULL DEFAULT false,
    keep_finished  interval CHECK (keep_finished > '0'),
    paused         boolean NOT NULL DEFAULT false,
    swept_to       timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE job_kinds IS 'one row for each adopted table: what its jobs are called and how they are tried';
COMMENT ON COLUMN job_kinds.cancel_at_once IS 'cancelling a job in work: at once (its late result is fenced), or as a wish for its next checkpoint';
COMMENT ON COLUMN job_kinds.keep_finished IS 'how long finished rows stay before retention deletes them; NULL: for ever';
COMMENT ON COLUMN job_kinds.swept_to IS 'rows inserted before this are pending only if the due index names them';
CREATE UNIQUE INDEX IF NOT EXISTS job_kinds_relation ON job_kinds (relation);

CREATE TABLE IF NOT EXISTS workers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host       text NOT NULL,
    slot       int NOT NULL,
    pid        int NOT NULL,
    kinds      text[] NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE workers IS 'slots that registered; alive while their session holds the advisory lock job_worker_lock(id)';

CREATE TABLE IF NOT EXISTS holdings (
    worker   bigint NOT NULL,
    batch    bigint NOT NULL,
    kind     text NOT NULL,
    keys     text[] NOT NULL,
    deadline timestamptz NOT NULL,
    PRIMARY KEY (worker, batch)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE holdings IS 'what a worker has in hand: one row from a batch''s claim to its last finish';

-- job_worker_lock: the advisory lock that a live worker's session holds. The class number in the upper
-- half keeps it apart from the locks of others; the lower half is the worker's own number.
CREATE OR REPLACE FUNCTION job_worker_lock(worker bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (1885430635::bigint << 32) | (worker & 4294967295);

-- job_backoff: full jitter, uniform in [0, min(cap, base * 2^(attempts - 1))]; attempts counts from 1.
CREATE OR REPLACE FUNCTION job_backoff(base interval, cap interval, attempts int) RETURNS interval
    LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN least(cap, base * power(2, least(greatest(attempts - 1, 0), 30))) * random();

GRANT SELECT ON job_kinds TO paceline_producer, paceline_worker, paceline_reaper;
GRANT UPDATE (paused, swept_to) ON job_kinds TO paceline_reaper;
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO paceline_worker;
GRANT USAGE ON SEQUENCE workers_id_seq TO paceline_worker;
GRANT SELECT, UPDATE, DELETE ON workers TO paceline_reaper;
GRANT SELECT, INSERT, UPDATE, DELETE ON holdings TO paceline_worker, paceline_reaper;

-- job_ground: the cluster on which the last full sweep was made. Another one (a restore, a failover) is swept anew.
CREATE TABLE IF NOT EXISTS job_ground (
    is_only           boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    system_identifier text NOT NULL,
    timeline          int NOT NULL,
    swept_at          timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON job_ground TO paceline_reaper;
GRANT EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint() TO paceline_reaper;
