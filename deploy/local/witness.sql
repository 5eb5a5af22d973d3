-- witness: an account of what happens to workouts that Paceline has no part in; the demo's alone.
-- Every transaction that completes a workout, or writes the figures of a complete one, leaves a row: two
-- transactions for one key and generation would be work done twice. What the reaper gives back is counted too.
-- Run it before the first row comes.
CREATE SCHEMA IF NOT EXISTS witness;

CREATE TABLE IF NOT EXISTS witness.completions (
    key uuid NOT NULL,
    generation int NOT NULL,
    epoch int NOT NULL,
    worker bigint,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    inserted_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS witness.given_back (
    key uuid NOT NULL,
    epoch int NOT NULL,
    worker bigint,
    by_role name NOT NULL DEFAULT current_user,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT USAGE ON SCHEMA witness TO PUBLIC;
GRANT INSERT ON witness.completions, witness.given_back TO PUBLIC;

CREATE OR REPLACE FUNCTION witness.saw_completion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.completions (key, generation, epoch, worker, inserted_at)
    VALUES (NEW.id, NEW.job_generation, NEW.job_epoch, OLD.job_worker, NEW.job_inserted_at);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION witness.saw_give_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.given_back (key, epoch, worker) VALUES (NEW.id, NEW.job_epoch, OLD.job_worker);
    RETURN NULL;
END
$$;

-- A late result that slipped through would find the row complete already, so the change of figures or of the
-- time of change counts, not the change of status.
CREATE OR REPLACE TRIGGER witness_completion AFTER UPDATE ON public.workouts FOR EACH ROW
    WHEN (NEW.job_status = 'complete' AND (OLD.job_changed_at IS DISTINCT FROM NEW.job_changed_at
          OR OLD.computed IS DISTINCT FROM NEW.computed))
    EXECUTE FUNCTION witness.saw_completion();

CREATE OR REPLACE TRIGGER witness_give_back AFTER UPDATE ON public.workouts FOR EACH ROW
    WHEN (OLD.job_status = 'processing' AND NEW.job_status = 'pending')
    EXECUTE FUNCTION witness.saw_give_back();
