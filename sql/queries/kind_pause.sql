-- kind_pause: begin no jobs of a kind, or begin them again. Workers notice within 5 s.
--   $1 text     kind
--   $2 boolean  paused
-- Returns one row if the kind was not so before.
UPDATE public.job_kinds AS k
   SET paused = $2
 WHERE k.kind = $1
   AND k.paused <> $2
RETURNING k.kind;
