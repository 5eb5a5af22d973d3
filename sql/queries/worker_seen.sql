-- worker_seen: a sign of life for people to read, and the question whether the worker is still known.
--   $1 bigint  workers.id
--   $2 text[]  the kinds it takes by now
-- Returns one row if the worker's row is there. HOT update of that row.
UPDATE public.workers SET seen_at = now(), kinds = CAST($2 AS text[]) WHERE id = $1 RETURNING id;
