-- 0004_job_adopt: make any table with a single-column unique key a table of jobs, and undo it.
-- Lock: none by itself. Calling the steps locks the table as each one says.
--
-- job_adopt does all in one transaction, for small or new tables. `paceline-reaper adopt` calls the same
-- steps one transaction each, for large, live tables (sql/queries/adopt_steps.sql): columns, checks, validate, storage,
-- the index statements (CONCURRENTLY), register, triggers, settle. Each step may be repeated.

-- job_relations: the tables that hold the rows: the relation itself, or the leaves of a partitioned one.
CREATE OR REPLACE FUNCTION job_relations(rel regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT c.oid::regclass FROM pg_class AS c WHERE c.oid = rel AND c.relkind <> 'p'
    UNION ALL
    SELECT t.relid FROM pg_partition_tree(rel) AS t WHERE t.isleaf AND t.relid <> rel;
END;

-- job_key_type: the type of a table's key as job_kinds has it. Refuses what cannot be a job key.
CREATE OR REPLACE FUNCTION job_key_type(rel regclass, key name) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    type text;
    nullable boolean;
BEGIN
    SELECT format_type(a.atttypid, NULL), NOT a.attnotnull INTO type, nullable
      FROM pg_attribute AS a
     WHERE a.attrelid = rel AND a.attname = key AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'adopt %: there is no column %', rel, key USING ERRCODE = 'undefined_column';
    END IF;
    type := CASE WHEN type IN ('character varying', 'text') THEN 'text' ELSE type END;
    IF type NOT IN ('uuid', 'bigint', 'integer', 'text') THEN
        RAISE EXCEPTION 'adopt %: key % is %, not uuid, bigint, integer or text', rel, key, type
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF nullable OR NOT EXISTS (
        SELECT FROM pg_index AS i
         WHERE i.indrelid = rel AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
           AND i.indnkeyatts = 1 AND i.indkey[0] = (SELECT attnum FROM pg_attribute WHERE attrelid = rel AND attname = key))
    THEN
        RAISE EXCEPTION 'adopt %: key % needs to be NOT NULL and unique by itself', rel, key
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN type;
END
$$;

-- job_adopt_columns: the job columns. Rows that are there already become `existing` (complete or pending). ACCESS EXCLUSIVE
-- for an instant: constant defaults need no rewrite.
CREATE OR REPLACE FUNCTION job_adopt_columns(rel regclass, existing text DEFAULT 'complete') RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF existing NOT IN ('complete', 'pending') THEN
        RAISE EXCEPTION 'adopt %: existing rows can become complete or pending, not %', rel, existing
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format($sql$
        ALTER TABLE %s
            ADD COLUMN IF NOT EXISTS job_status text NOT NULL DEFAULT %L,
            ADD COLUMN IF NOT EXISTS job_epoch int NOT NULL DEFAULT 0,
            ADD COLUMN IF NOT EXISTS job_generation int NOT NULL DEFAULT 1,
            ADD COLUMN IF NOT EXISTS job_attempts smallint NOT NULL DEFAULT 0,
            ADD COLUMN IF NOT EXISTS job_due_at timestamptz,
            ADD COLUMN IF NOT EXISTS job_worker bigint,
            ADD COLUMN IF NOT EXISTS job_error jsonb,
            ADD COLUMN IF NOT EXISTS job_cancel_requested_at timestamptz,
            ADD COLUMN IF NOT EXISTS job_inserted_at timestamptz NOT NULL DEFAULT now(),
            ADD COLUMN IF NOT EXISTS job_announced_at timestamptz DEFAULT now(),
            ADD COLUMN IF NOT EXISTS job_changed_at timestamptz NOT NULL DEFAULT now()
    $sql$, rel, existing);
    EXECUTE format('ALTER TABLE %s ALTER COLUMN job_status SET DEFAULT ''pending''', rel);
END
$$;

-- job_check_definitions: the constraints of an adopted table, written as PostgreSQL prints them but for casts and
-- parentheses: `verify` compares.
CREATE OR REPLACE FUNCTION job_check_definitions(rel regclass, key name) RETURNS TABLE (name name, condition text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT c.name, c.condition
      FROM (VALUES ('job_status_known', 'job_status = ANY (ARRAY[''pending'', ''processing'', ''complete'', ''failed'', ''cancelled''])'),
                   ('job_due_pending', 'job_due_at IS NULL OR job_status = ''pending'''),
                   ('job_worker_processing', '(job_worker IS NOT NULL) = (job_status = ''processing'')'),
                   ('job_counts_positive', 'job_epoch >= 0 AND job_generation >= 1 AND job_attempts >= 0'),
                   ('job_key_short', CASE WHEN job_key_type(rel, key) = 'text' THEN format('octet_length(%I) <= 200', key) END)
           ) AS c (name, condition)
     WHERE c.condition IS NOT NULL;
END;

-- job_adopt_checks: the constraints, NOT VALID. ACCESS EXCLUSIVE for an instant.
CREATE OR REPLACE FUNCTION job_adopt_checks(rel regclass, key name) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT d.name, d.condition FROM job_check_definitions(rel, key) AS d LOOP
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = rel AND conname = item.name) THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s) NOT VALID', rel, item.name, item.condition);
        END IF;
    END LOOP;
END
$$;

-- job_adopt_validate: look at the existing rows. SHARE UPDATE EXCLUSIVE: reads and writes go on.
CREATE OR REPLACE FUNCTION job_adopt_validate(rel regclass) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    check_name name;
BEGIN
    FOR check_name IN
        SELECT conname FROM pg_constraint
         WHERE conrelid = rel AND contype = 'c' AND NOT convalidated
           AND conname IN ('job_status_known', 'job_due_pending', 'job_worker_processing', 'job_counts_positive', 'job_key_short')
    LOOP
        EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', rel, check_name);
    END LOOP;
END
$$;

-- job_index_definitions: the two indexes of an adopted table. A long name of a table is cut and told apart by its hash.
-- Claims and finishes must stay HOT, so no index has another job column as key or predicate.
CREATE OR REPLACE FUNCTION job_index_definitions(rel regclass) RETURNS TABLE (name name, definition text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE WHEN octet_length(c.relname) <= 40 THEN c.relname::text
                ELSE left(c.relname, 7) || '_' || md5(c.relname) END || '_' || i.suffix, i.definition
      FROM pg_class AS c,
           (VALUES ('job_due', '(job_due_at) WHERE job_due_at IS NOT NULL'),
                   ('job_inserted', '(job_inserted_at)')) AS i (suffix, definition)
     WHERE c.oid = rel;
END;

-- job_adopt_index_statements: the two indexes, as statements. On a partitioned table CONCURRENTLY is not
-- to be had, so its indexes are made plainly.
CREATE OR REPLACE FUNCTION job_adopt_index_statements(rel regclass, concurrent boolean) RETURNS SETOF text
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT format('CREATE INDEX %s IF NOT EXISTS %I ON %s %s',
                  CASE WHEN concurrent AND c.relkind <> 'p' THEN 'CONCURRENTLY' ELSE '' END, i.name, rel, i.definition)
      FROM pg_class AS c, job_index_definitions(rel) AS i
     WHERE c.oid = rel;
END;

-- job_adopt_storage: room for HOT updates and an autovacuum fit for a queue. SHARE UPDATE EXCLUSIVE.
CREATE OR REPLACE FUNCTION job_adopt_storage(rel regclass) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT r FROM job_relations(rel) AS r LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,
                            autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0)', part);
    END LOOP;
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

-- job_adopt_triggers: from here on rows announce themselves. SHARE ROW EXCLUSIVE for an instant.
CREATE OR REPLACE FUNCTION job_adopt_triggers(rel regclass, kind text, key name) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT d.name, d.definition FROM job_trigger_definitions(rel, kind, key) AS d LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I %s', item.name, item.definition);
    END LOOP;
END
$$;

-- job_adopt_register: the row of job_kinds, and what the programs may do with the table. Row-level security lets
-- the three programs in, and the service key.
CREATE OR REPLACE FUNCTION job_adopt_register(
    rel regclass, kind text, key name, lease interval DEFAULT NULL, max_attempts int DEFAULT NULL,
    backoff_base interval DEFAULT NULL, backoff_cap interval DEFAULT NULL, cancel_at_once boolean DEFAULT NULL,
    keep_finished interval DEFAULT NULL, consumer_group text DEFAULT 'paceline') RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    program text;
BEGIN
    INSERT INTO job_kinds AS k (kind, relation, key_column, key_type, topic, consumer_group)
    VALUES (job_adopt_register.kind, rel, key, job_key_type(rel, key), 'paceline.' || job_adopt_register.kind,
            job_adopt_register.consumer_group)
        ON CONFLICT ON CONSTRAINT job_kinds_pkey DO UPDATE
       SET key_column = EXCLUDED.key_column, key_type = EXCLUDED.key_type, consumer_group = EXCLUDED.consumer_group
     WHERE k.relation = EXCLUDED.relation;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'adopt %: kind % is another table already: %', rel, kind,
            (SELECT k.relation FROM job_kinds AS k WHERE k.kind = job_adopt_register.kind)
            USING ERRCODE = 'unique_violation';
    END IF;
    UPDATE job_kinds AS k
       SET lease = coalesce(job_adopt_register.lease, k.lease),
           max_attempts = coalesce(job_adopt_register.max_attempts, k.max_attempts),
           backoff_base = coalesce(job_adopt_register.backoff_base, k.backoff_base),
           backoff_cap = coalesce(job_adopt_register.backoff_cap, k.backoff_cap),
           cancel_at_once = coalesce(job_adopt_register.cancel_at_once, k.cancel_at_once),
           keep_finished = coalesce(job_adopt_register.keep_finished, k.keep_finished)
     WHERE k.kind = job_adopt_register.kind;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO paceline_producer, paceline_worker, paceline_reaper',
                   (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = rel));
    EXECUTE format('GRANT SELECT, UPDATE ON %s TO paceline_worker', rel);
    EXECUTE format('GRANT SELECT, UPDATE, DELETE ON %s TO paceline_reaper', rel);
    FOREACH program IN ARRAY ARRAY['paceline_worker', 'paceline_reaper'] LOOP
        IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = rel AND polname = program) THEN
            EXECUTE format('CREATE POLICY %I ON %s TO %I USING (true) WITH CHECK (true)', program, rel, program);
        END IF;
    END LOOP;
END
$$;

-- job_adopt_settle: the rows that became pending between the columns and the triggers were never announced, and the barrier
-- looks for rows inserted after swept_to: move it back to the first of them, and to the start of the oldest transaction, which
-- may yet insert. No lock on the table; reads all of it once.
CREATE OR REPLACE FUNCTION job_adopt_settle(rel regclass) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    oldest timestamptz;
BEGIN
    EXECUTE format('SELECT min(job_inserted_at) FROM %s WHERE job_status = ''pending'' AND job_due_at IS NULL', rel) INTO oldest;
    UPDATE job_kinds AS k
       SET swept_to = least(k.swept_to, oldest,
                            (SELECT min(a.xact_start) FROM pg_stat_activity AS a WHERE a.datname = current_database()))
     WHERE k.relation = rel;
END
$$;

-- job_adopt: all steps in one transaction.
CREATE OR REPLACE FUNCTION job_adopt(
    rel regclass, kind text, key name DEFAULT 'id', existing text DEFAULT 'complete', lease interval DEFAULT NULL,
    max_attempts int DEFAULT NULL, backoff_base interval DEFAULT NULL, backoff_cap interval DEFAULT NULL,
    cancel_at_once boolean DEFAULT NULL, keep_finished interval DEFAULT NULL, consumer_group text DEFAULT 'paceline') RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    PERFORM job_key_type(rel, key); -- refuses before anything is changed
    IF EXISTS (SELECT FROM job_kinds AS k WHERE k.relation = rel AND k.kind <> job_adopt.kind) THEN
        RAISE EXCEPTION 'adopt %: it is adopted already, as kind %', rel,
            (SELECT k.kind FROM job_kinds AS k WHERE k.relation = rel) USING ERRCODE = 'unique_violation';
    END IF;
    PERFORM job_adopt_columns(rel, existing);
    PERFORM job_adopt_checks(rel, key);
    PERFORM job_adopt_validate(rel);
    FOR statement IN SELECT s FROM job_adopt_index_statements(rel, false) AS s LOOP
        EXECUTE statement;
    END LOOP;
    PERFORM job_adopt_storage(rel);
    PERFORM job_adopt_register(rel, kind, key, lease, max_attempts, backoff_base, backoff_cap, cancel_at_once,
                               keep_finished, consumer_group);
    PERFORM job_adopt_triggers(rel, kind, key);
    PERFORM job_adopt_settle(rel);
END
$$;

-- job_abandon: undo job_adopt; columns and their history go too. Refused while something is held.
CREATE OR REPLACE FUNCTION job_abandon(kind text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    rel regclass;
    part regclass;
    item text;
    held bigint;
BEGIN
    SELECT k.relation INTO rel FROM job_kinds AS k WHERE k.kind = job_abandon.kind FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'abandon: there is no kind %', kind USING ERRCODE = 'undefined_object';
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rel);
    EXECUTE format('SELECT count(*) FROM %s WHERE job_status = ''processing''', rel) INTO held;
    IF held > 0 THEN
        RAISE EXCEPTION 'abandon %: % jobs are in work; pause the kind and wait', kind, held
            USING ERRCODE = 'object_in_use';
    END IF;
    FOR part IN SELECT rel UNION SELECT r FROM job_relations(rel) AS r LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS job_announce_insert ON %s', part);
    END LOOP;
    FOREACH item IN ARRAY ARRAY['job_insert', 'job_transition', 'job_announce'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', item, rel);
    END LOOP;
    FOREACH item IN ARRAY ARRAY['paceline_worker', 'paceline_reaper'] LOOP
        EXECUTE format('DROP POLICY IF EXISTS %I ON %s', item, rel);
    END LOOP;
    EXECUTE format('REVOKE ALL ON %s FROM paceline_worker, paceline_reaper', rel);
    EXECUTE format($sql$
        ALTER TABLE %s
            DROP COLUMN IF EXISTS job_status, DROP COLUMN IF EXISTS job_epoch, DROP COLUMN IF EXISTS job_generation,
            DROP COLUMN IF EXISTS job_attempts, DROP COLUMN IF EXISTS job_due_at, DROP COLUMN IF EXISTS job_worker,
            DROP COLUMN IF EXISTS job_error, DROP COLUMN IF EXISTS job_cancel_requested_at,
            DROP COLUMN IF EXISTS job_inserted_at, DROP COLUMN IF EXISTS job_announced_at,
            DROP COLUMN IF EXISTS job_changed_at, DROP CONSTRAINT IF EXISTS job_key_short
    $sql$, rel);
    FOR part IN SELECT r FROM job_relations(rel) AS r LOOP
        EXECUTE format('ALTER TABLE %s RESET (fillfactor, autovacuum_vacuum_scale_factor,
                            autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay)', part);
    END LOOP;
    DELETE FROM job_kinds AS k WHERE k.kind = job_abandon.kind;
END
$$;
