-- 0005_job_operate: what operators and other clients ask of single jobs.
-- Lock: none; the functions lock the one row they are called for.

-- job_cancel: cancel one job, decided under its row lock. Returns what became of it:
--   cancelled   it was pending, or the kind cancels at once: a late result is fenced
--   requested   it is in work: the wish is granted at its next checkpoint or way back to pending
--   finished    it had ended before
--   absent      there is no such row (for the caller)
-- Runs with the caller's rights: who may not update the row may not cancel it.
CREATE OR REPLACE FUNCTION job_cancel(kind text, key text) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    k job_kinds;
    status text;
BEGIN
    SELECT * INTO k FROM job_kinds WHERE job_kinds.kind = job_cancel.kind;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'cancel: there is no kind %', kind USING ERRCODE = 'undefined_object';
    END IF;
    EXECUTE format('SELECT job_status FROM %s WHERE %I = CAST($1 AS %s) FOR NO KEY UPDATE', k.relation, k.key_column, k.key_type)
       INTO status USING key;
    IF status IS NULL THEN
        RETURN 'absent';
    ELSIF status = 'pending' OR (status = 'processing' AND k.cancel_at_once) THEN
        EXECUTE format('UPDATE %s SET job_status = ''cancelled'', job_epoch = job_epoch + 1, job_worker = NULL, job_due_at = NULL,
                               job_cancel_requested_at = now(), job_changed_at = now()
                         WHERE %I = CAST($1 AS %s)', k.relation, k.key_column, k.key_type) USING key;
        RETURN 'cancelled';
    ELSIF status = 'processing' THEN
        EXECUTE format('UPDATE %s SET job_cancel_requested_at = coalesce(job_cancel_requested_at, now())
                         WHERE %I = CAST($1 AS %s)', k.relation, k.key_column, k.key_type) USING key;
        RETURN 'requested';
    END IF;
    RETURN 'finished';
END
$$;
