-- 0017_job_adopt_answers: adopt says what is wrong with a name or a time before it changes anything; abandon forgets a kind
-- whose table was dropped.
-- Lock: none; may run on a live system.

-- job_interval: a time that somebody gave, or NULL. Refuses what is no time or not from `low` to `high`, by its name.
CREATE OR REPLACE FUNCTION job_interval(name text, value text, low interval, high interval DEFAULT NULL) RETURNS interval
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    given interval;
BEGIN
    BEGIN
        given := value::interval;
    EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION '%: % is no time such as "90 s" or "5 minutes"', name, value USING ERRCODE = 'invalid_parameter_value';
    END;
    IF given < low OR given > high THEN
        RAISE EXCEPTION '%: % is not % or more%', name, value, low, coalesce(format(', up to %s', high), '')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN given;
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
    other regclass;
BEGIN
    IF kind !~ '^[a-z][a-z0-9_]{0,47}$' THEN
        RAISE EXCEPTION 'adopt %: kind "%": not 1 to 48 of a-z, 0-9 and _, beginning with a letter', rel, kind
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM job_interval('lease', lease::text, '1 second', '1 day'),
            job_interval('backoff_base', backoff_base::text, '0', '1 hour'),
            job_interval('backoff_cap', backoff_cap::text, '0', '1 day'),
            job_interval('keep_finished', keep_finished::text, '1 second');
    INSERT INTO job_kinds AS k (kind, relation, key_column, key_type, topic, consumer_group)
    VALUES (job_adopt_register.kind, rel, key, job_key_type(rel, key), 'paceline.' || job_adopt_register.kind,
            job_adopt_register.consumer_group)
        ON CONFLICT ON CONSTRAINT job_kinds_pkey DO UPDATE
       SET key_column = EXCLUDED.key_column, key_type = EXCLUDED.key_type, consumer_group = EXCLUDED.consumer_group
     WHERE k.relation = EXCLUDED.relation;
    IF NOT FOUND THEN
        SELECT k.relation INTO other FROM job_kinds AS k WHERE k.kind = job_adopt_register.kind;
        RAISE EXCEPTION 'adopt %: kind % is another table already: %', rel, kind,
            CASE WHEN EXISTS (SELECT FROM pg_class WHERE oid = other) THEN other::text ELSE 'one that was dropped; abandon the kind first' END
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
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = rel) THEN -- dropped, and all that adopt added with it
        DELETE FROM job_kinds AS k WHERE k.kind = job_abandon.kind;
        RETURN;
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
