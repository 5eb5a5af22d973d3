-- 0009_job_key: a text key of no bytes names no job: no message could carry it, and its row would wait for ever.
-- Lock: ACCESS EXCLUSIVE on each table that was adopted with a text key, for the time of one scan of it.

CREATE OR REPLACE FUNCTION job_check_definitions(rel regclass, key name) RETURNS TABLE (name name, condition text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT c.name, c.condition
      FROM (VALUES ('job_status_known', 'job_status = ANY (ARRAY[''pending'', ''processing'', ''complete'', ''failed'', ''cancelled''])'),
                   ('job_due_pending', 'job_due_at IS NULL OR job_status = ''pending'''),
                   ('job_worker_processing', '(job_worker IS NOT NULL) = (job_status = ''processing'')'),
                   ('job_counts_positive', 'job_epoch >= 0 AND job_generation >= 1 AND job_attempts >= 0'),
                   ('job_key_short', CASE WHEN job_key_type(rel, key) = 'text'
                                          THEN format('octet_length(%1$I) >= 1 AND octet_length(%1$I) <= 200', key) END)
           ) AS c (name, condition)
     WHERE c.condition IS NOT NULL;
END;

DO $$
DECLARE
    adopted record;
BEGIN
    FOR adopted IN SELECT relation, key_column FROM job_kinds WHERE key_type = 'text' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS job_key_short', adopted.relation);
        PERFORM job_adopt_checks(adopted.relation, adopted.key_column);
        PERFORM job_adopt_validate(adopted.relation);
    END LOOP;
END
$$;
