-- 0020_job_in_work: a job in work whose key is changed begins anew under its new key, nobody but a claim puts a job into work, and no
-- update lowers an epoch: each left a row in work that no holding named, until the daily sweep.
-- Lock: SHARE ROW EXCLUSIVE on every adopted table for an instant; may run on a live system.

-- job_transition: BEFORE UPDATE, for rows on their way to pending, and for what a hand leaves behind.
-- An update of a row in work that itself raises job_epoch is a give-back; any other way to pending is a request, and so what
-- has ended runs again only in a new generation.
CREATE OR REPLACE FUNCTION job_transition() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.job_status = 'processing' AND OLD.job_status <> 'pending'
       AND (OLD.job_status <> 'processing' OR NEW.job_epoch <> OLD.job_epoch OR NEW.job_worker <> OLD.job_worker) THEN
        RAISE EXCEPTION '%: a job comes into work by a claim alone', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    NEW.job_epoch := greatest(NEW.job_epoch, OLD.job_epoch);
    IF OLD.job_status = 'processing' AND NEW.job_status = 'processing' AND NEW.job_due_at IS NULL THEN
        NEW.job_status := 'pending'; -- under another key it is another job, and who works on the former one is fenced
    END IF;
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

-- job_trigger_definitions: the triggers of an adopted table, written as PostgreSQL prints them but for casts and
-- parentheses: `verify` compares.
-- A statement through a partitioned parent fires the parent's statement trigger only, one on a partition the
-- partition's: both carry it.
CREATE OR REPLACE FUNCTION job_trigger_definitions(rel regclass, kind text, key name)
    RETURNS TABLE (relation regclass, name name, definition text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT rel, d.name, format(d.definition, rel, key, kind)
      FROM (VALUES
           ('job_insert', $sql$BEFORE INSERT ON %1$s FOR EACH ROW
            WHEN (NEW.job_status <> 'pending' OR NEW.job_due_at IS NOT NULL OR NEW.job_attempts <> 0
                  OR NEW.job_worker IS NOT NULL OR NEW.job_cancel_requested_at IS NOT NULL
                  OR NEW.job_announced_at IS DISTINCT FROM now() OR NEW.job_inserted_at <> now())
            EXECUTE FUNCTION job_insert()$sql$),
           ('job_transition', $sql$BEFORE UPDATE ON %1$s FOR EACH ROW
            WHEN ((NEW.job_status = 'pending'
                   AND (OLD.job_status <> 'pending' OR OLD.job_due_at IS DISTINCT FROM NEW.job_due_at
                        OR OLD.%2$I IS DISTINCT FROM NEW.%2$I))
                  OR (NEW.job_status <> 'pending' AND NEW.job_due_at IS NOT NULL)
                  OR (NEW.job_status <> 'processing' AND NEW.job_worker IS NOT NULL)
                  OR NEW.job_epoch < OLD.job_epoch
                  OR (NEW.job_status = 'processing' AND OLD.job_status <> 'pending'
                      AND (OLD.job_status <> 'processing' OR NEW.job_epoch <> OLD.job_epoch OR NEW.job_worker <> OLD.job_worker
                           OR OLD.%2$I IS DISTINCT FROM NEW.%2$I))
                  OR (OLD.job_status = 'pending' AND NEW.job_status <> ALL (ARRAY['pending', 'processing'])
                      AND NEW.job_epoch = OLD.job_epoch))
            EXECUTE FUNCTION job_transition()$sql$),
           ('job_announce', $sql$AFTER UPDATE ON %1$s FOR EACH ROW
            WHEN (NEW.job_status = 'pending' AND NEW.job_announced_at IS NOT NULL
                  AND (NEW.job_due_at IS NULL OR NEW.job_due_at <= now())
                  AND (OLD.job_announced_at IS DISTINCT FROM NEW.job_announced_at OR OLD.job_epoch <> NEW.job_epoch
                       OR OLD.%2$I IS DISTINCT FROM NEW.%2$I))
            EXECUTE FUNCTION job_announce(%3$L, %2$L)$sql$)) AS d (name, definition)
     UNION ALL
    SELECT part.relation, 'job_announce_insert',
           format($sql$AFTER INSERT ON %1$s REFERENCING NEW TABLE AS job_inserted FOR EACH STATEMENT
                  EXECUTE FUNCTION job_announce_insert(%3$L, %2$L)$sql$, part.relation, key, kind)
      FROM (SELECT rel UNION SELECT r FROM job_relations(rel) AS r) AS part (relation);
END;

DO $$
DECLARE
    adopted record;
BEGIN
    FOR adopted IN SELECT k.relation, k.kind, k.key_column FROM job_kinds AS k JOIN pg_class AS c ON c.oid = k.relation LOOP
        PERFORM job_adopt_triggers(adopted.relation, adopted.kind, adopted.key_column);
    END LOOP;
END
$$;
