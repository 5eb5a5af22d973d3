-- sweep_page: one page of a full sweep, for what no index tells: rows that came without triggers (a restore), and jobs in work that no
-- holding names.
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type     the last key of the page before; at first the lowest there can be
--   $2 timestamptz  T of a barrier that has passed
--   $3 int          rows a page
--   $4 boolean      this is the first page: a row with the key $1 belongs to it
--   $5 boolean      false: nothing is changed, for the database refuses to change this page
-- Returns last_key text (NULL after the last page), announced bigint, given_back bigint.
WITH page AS (
    SELECT t.:"key" AS key, t.job_status, t.job_due_at, t.job_announced_at, t.job_inserted_at, t.job_worker, t.job_changed_at
      FROM :"schema".:"relation" AS t
     WHERE t.:"key" >= CAST($1 AS :key_type) -- of the two conditions the one that the index can begin with
       AND (t.:"key" > CAST($1 AS :key_type) OR $4)
     ORDER BY t.:"key"
     LIMIT $3
), lost AS (
    SELECT t.:"key" AS key
      FROM page
      JOIN :"schema".:"relation" AS t ON t.:"key" = page.key
     WHERE $5
       AND (t.job_status = 'pending') IS TRUE
       AND (t.job_due_at IS NULL OR t.job_due_at <= now())
       AND COALESCE(t.job_announced_at, t.job_inserted_at) < $2
       FOR NO KEY UPDATE OF t SKIP LOCKED
), ownerless AS (
    SELECT t.:"key" AS key
      FROM page
      JOIN :"schema".:"relation" AS t ON t.:"key" = page.key
     WHERE $5
       AND (t.job_status = 'processing') IS TRUE
       AND t.job_changed_at < $2
       AND NOT EXISTS (SELECT FROM public.holdings AS h WHERE h.worker = t.job_worker AND t.:"key"::text = ANY (h.keys))
       FOR NO KEY UPDATE OF t SKIP LOCKED
), announced AS (
    UPDATE :"schema".:"relation" AS t
       SET job_due_at = now()
      FROM lost
     WHERE t.:"key" = lost.key
    RETURNING 1
), given_back AS (
    UPDATE :"schema".:"relation" AS t
       SET job_status = 'pending', job_epoch = t.job_epoch + 1, job_worker = NULL, job_due_at = now(), job_changed_at = now()
      FROM ownerless
     WHERE t.:"key" = ownerless.key
    RETURNING 1
)
SELECT (SELECT page.key::text FROM page ORDER BY page.key DESC LIMIT 1) AS last_key,
       (SELECT count(*) FROM announced) AS announced,
       (SELECT count(*) FROM given_back) AS given_back;
