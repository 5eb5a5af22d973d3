-- announce_swept: how far back rows need to be looked through from now on. Never past a row that could not be locked.
--   :schema :relation   from job_kinds
--   $1 text         kind
--   $2 timestamptz  T of the barrier that has passed
UPDATE public.job_kinds AS k
   SET swept_to = greatest(k.swept_to,
                           least(CAST($2 AS timestamptz) - interval '10 minutes',
                                 (SELECT min(t.job_inserted_at)
                                    FROM :"schema".:"relation" AS t
                                   WHERE t.job_inserted_at >= k.swept_to
                                     AND t.job_inserted_at < $2
                                     AND (t.job_status = 'pending') IS TRUE
                                     AND t.job_due_at IS NULL)))
 WHERE k.kind = $1;
