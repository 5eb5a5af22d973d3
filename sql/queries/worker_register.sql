-- worker_register: a new worker number for a slot; numbers are never reused.
--   $1 text host, $2 int slot, $3 int pid, $4 text[] kinds
-- Takes the session's advisory lock before the row can be seen: a row without a lock is a dead worker.
-- Returns id bigint.
WITH new AS (
    SELECT nextval(pg_get_serial_sequence('public.workers', 'id')) AS id
), locked AS (
    SELECT new.id, pg_advisory_lock(public.job_worker_lock(new.id)) FROM new OFFSET 0
)
INSERT INTO public.workers (id, host, slot, pid, kinds) OVERRIDING SYSTEM VALUE
SELECT locked.id, $1, $2, $3, CAST($4 AS text[]) FROM locked
RETURNING id;
