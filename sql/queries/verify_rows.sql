-- verify_rows: every invariant that one row of a kind must keep. Reads the whole table.
--   :schema :relation :key   from job_kinds
--   $1 text  kind
--   $2 int   at most so many
-- Returns kind text, key text, what text, one row a violation. No locks.
WITH held AS MATERIALIZED (
    SELECT h.worker, unnest(h.keys) AS key FROM public.holdings AS h WHERE h.kind = $1
)
SELECT k.kind, t.:"key"::text AS key, v.what
  FROM public.job_kinds AS k
 CROSS JOIN :"schema".:"relation" AS t
 CROSS JOIN LATERAL (VALUES
       ((t.job_status IN ('pending', 'processing', 'complete', 'failed', 'cancelled')) IS NOT TRUE,
        format('its status is %s', COALESCE(quote_literal(t.job_status), 'NULL'))),
       (t.job_status = 'processing' AND t.job_worker IS NULL,
        'in work, but by no worker'),
       (t.job_status = 'processing' AND t.job_worker IS NOT NULL
        AND NOT EXISTS (SELECT FROM held WHERE held.worker = t.job_worker AND held.key = t.:"key"::text),
        format('in work, but no holding of worker %s names it', t.job_worker)),
       (t.job_status <> 'processing' AND t.job_worker IS NOT NULL,
        format('%s, but worker %s has it', t.job_status, t.job_worker)),
       (t.job_status <> 'pending' AND t.job_due_at IS NOT NULL,
        format('%s, but due at %s', t.job_status, t.job_due_at)),
       (t.job_status = 'pending' AND t.job_due_at IS NULL AND t.job_inserted_at < k.swept_to,
        'pending, but nothing finds it: not in the due index, and inserted before swept_to'),
       (t.job_status = 'pending' AND t.job_cancel_requested_at IS NOT NULL,
        'pending, with a wish to cancel that should have ended it'),
       -- One more is allowed: a crash in a batch is nobody's, and the job is tried alone.
       (t.job_status IN ('pending', 'processing') AND t.job_attempts > k.max_attempts + 1,
        format('attempt %s of at most %s', t.job_attempts, k.max_attempts)),
       (t.job_status = 'failed' AND t.job_error IS NULL,
        'failed, without an error'),
       ((t.job_epoch >= 0 AND t.job_generation >= 1 AND t.job_attempts >= 0) IS NOT TRUE,
        format('epoch %s, generation %s, attempts %s', t.job_epoch, t.job_generation, t.job_attempts)),
       (octet_length(t.:"key"::text) > 200,
        'its key has more than 200 bytes')
       ) AS v (is_violated, what)
 WHERE k.kind = $1
   AND v.is_violated
 LIMIT $2;
