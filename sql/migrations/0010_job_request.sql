-- 0010_job_request: a request by key, for who may ask for a job again and do nothing else with it.
-- Lock: none on user tables; may run on a live system.

-- job_request: request jobs anew, as far as their status is one of `statuses`: a new generation without attempts, due now and
-- announced. Jobs in work are fenced, those that wait begin anew. Returns how many of the keys have a row in each status, and whether
-- those were requested. With is_dry nothing is changed or locked.
-- Runs with the reaper's rights, which may update every adopted table: that is how the producer, who may not, can replay messages.
CREATE OR REPLACE FUNCTION job_request(wanted_kind text, wanted_keys text[], statuses text[], is_dry boolean)
    RETURNS TABLE (status text, is_requested boolean, jobs bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    k job_kinds;
BEGIN
    SELECT * INTO k FROM job_kinds AS j WHERE j.kind = wanted_kind;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request: there is no kind %', wanted_kind USING ERRCODE = 'undefined_object';
    END IF;
    RETURN QUERY EXECUTE format($sql$
        WITH wanted AS (
            SELECT t.%2$I AS key, t.job_status, t.job_status = ANY ($2) AS is_requested
              FROM %1$s AS t
             WHERE t.%2$I = ANY (CAST($1 AS %3$s[]))
             ORDER BY t.%2$I
               %4$s
        ), requested AS (
            UPDATE %1$s AS t
               SET job_status = 'pending',
                   -- job_transition does the rest for who was not pending; raising the epoch of a job in work would be a give-back.
                   job_epoch = t.job_epoch + CASE WHEN t.job_status = 'pending' THEN 1 ELSE 0 END,
                   job_generation = t.job_generation + CASE WHEN t.job_status = 'pending' THEN 1 ELSE 0 END,
                   job_attempts = 0,
                   job_error = NULL,
                   job_due_at = now(),
                   job_changed_at = now()
              FROM wanted
             WHERE t.%2$I = wanted.key
               AND wanted.is_requested
               AND NOT $3
        )
        SELECT wanted.job_status, wanted.is_requested, count(*) FROM wanted GROUP BY 1, 2 ORDER BY 1
    $sql$, k.relation, k.key_column, k.key_type, CASE WHEN is_dry THEN '' ELSE 'FOR NO KEY UPDATE' END)
    USING wanted_keys, statuses, is_dry;
END
$$;

-- A role that is no superuser hands its function over only as a member of the new owner, which may create in the schema.
DO $$
DECLARE
    may_create boolean := has_schema_privilege('paceline_reaper', 'public', 'CREATE');
BEGIN
    IF NOT pg_has_role(current_user, 'paceline_reaper', 'MEMBER') THEN
        EXECUTE format('GRANT paceline_reaper TO %I', current_user);
    END IF;
    IF NOT may_create THEN
        GRANT CREATE ON SCHEMA public TO paceline_reaper;
    END IF;
    ALTER FUNCTION job_request(text, text[], text[], boolean) OWNER TO paceline_reaper;
    IF NOT may_create THEN
        REVOKE CREATE ON SCHEMA public FROM paceline_reaper;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION job_request(text, text[], text[], boolean) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION job_request(text, text[], text[], boolean) TO paceline_producer;
