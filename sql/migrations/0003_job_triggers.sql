-- 0003_job_triggers: what happens when a row becomes pending, whoever makes it so.
-- Lock: none; the functions are bound to tables by job_adopt.
--
-- A row is announced exactly when job_announced_at is stamped: the BEFORE triggers stamp, the AFTER
-- triggers send. Nothing is written but WAL. Claims and finishes run none of this: every trigger
-- stands behind a WHEN clause that they do not meet.

-- job_insert: BEFORE INSERT, for rows whose job columns are not the defaults.
CREATE OR REPLACE FUNCTION job_insert() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.job_worker := NULL;
    NEW.job_cancel_requested_at := NULL;
    IF NEW.job_status IN ('complete', 'failed', 'cancelled') THEN
        NEW.job_due_at := NULL;
        NEW.job_announced_at := NULL;
        RETURN NEW;
    END IF;
    NEW.job_status := 'pending'; -- nobody holds a row that is only being inserted
    NEW.job_attempts := 0;
    NEW.job_inserted_at := now(); -- another time would hide it from the barrier, which looks from swept_to to T
    NEW.job_announced_at := CASE WHEN NEW.job_due_at > now() THEN NULL ELSE now() END;
    RETURN NEW;
END
$$;

-- job_transition: BEFORE UPDATE, for rows on their way to pending, and for what a hand leaves behind.
-- An update of a row in work that itself raises job_epoch is a give-back; any other way to pending is a request, and so what
-- has ended runs again only in a new generation.
CREATE OR REPLACE FUNCTION job_transition() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.job_status <> 'pending' THEN
        -- Finished by hand: the fence must hold against whoever still works on it.
        NEW.job_due_at := NULL;
        IF NEW.job_status <> 'processing' THEN
            NEW.job_worker := NULL;
            NEW.job_epoch := greatest(NEW.job_epoch, OLD.job_epoch + 1);
            NEW.job_changed_at := now();
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.job_status <> 'pending' THEN
        NEW.job_worker := NULL;
        NEW.job_changed_at := now();
        IF NEW.job_epoch <= OLD.job_epoch OR OLD.job_status <> 'processing' THEN -- a request
            NEW.job_epoch := greatest(NEW.job_epoch, OLD.job_epoch + 1);
            NEW.job_generation := OLD.job_generation + 1;
            NEW.job_attempts := 0;
            NEW.job_error := NULL;
            NEW.job_cancel_requested_at := NULL;
        ELSIF NEW.job_cancel_requested_at IS NOT NULL THEN -- a give-back grants the wish to cancel
            NEW.job_status := 'cancelled';
            NEW.job_due_at := NULL;
            RETURN NEW;
        END IF;
        NEW.job_due_at := coalesce(NEW.job_due_at, now());
    ELSIF NEW.job_due_at IS NULL AND OLD.job_due_at IS NOT NULL THEN
        NEW.job_due_at := now(); -- it stays in the due index: nothing else may find it
    END IF;
    IF NEW.job_due_at IS NULL OR NEW.job_due_at <= now() THEN
        NEW.job_announced_at := now();
    END IF;
    RETURN NEW;
END
$$;

-- job_announce: AFTER UPDATE, for rows whose announcement was stamped. Arguments: kind, key column.
CREATE OR REPLACE FUNCTION job_announce() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    key text;
BEGIN
    EXECUTE format('SELECT ($1).%I::text', TG_ARGV[1]) INTO key USING NEW;
    PERFORM pg_logical_emit_message(true, 'paceline',
        json_build_object('kind', TG_ARGV[0], 'jobs', json_build_array(json_build_array(key, NEW.job_epoch)),
                          'trace', current_setting('paceline.traceparent', true))::text);
    RETURN NULL;
END
$$;

-- job_announce_insert: AFTER INSERT, once a statement; at most 500 jobs a message. Arguments: kind, key column.
CREATE OR REPLACE FUNCTION job_announce_insert() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($sql$
        SELECT pg_logical_emit_message(true, 'paceline',
                   json_build_object('kind', $1, 'jobs', json_agg(json_build_array(key, epoch)),
                                     'trace', current_setting('paceline.traceparent', true))::text)
          FROM (SELECT %I::text AS key, job_epoch AS epoch, (row_number() OVER () - 1) / 500 AS message
                  FROM job_inserted
                 WHERE job_status = 'pending' AND job_announced_at IS NOT NULL) AS job
         GROUP BY message
    $sql$, TG_ARGV[1]) USING TG_ARGV[0];
    RETURN NULL;
END
$$;
