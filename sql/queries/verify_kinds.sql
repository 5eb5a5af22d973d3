-- verify_kinds: kinds whose table or key is gone or is not what it was.
--   $1 int  at most so many
-- Returns kind text, key text, what text. No locks.
SELECT k.kind, NULL AS key,
       CASE WHEN c.oid IS NULL THEN format('its table (oid %s) is gone; abandon it', k.relation::oid)
            WHEN a.attname IS NULL THEN format('its key column %s is gone', k.key_column)
            ELSE format('its key column %s is %s, not %s', k.key_column, format_type(a.atttypid, NULL), k.key_type) END AS what
  FROM public.job_kinds AS k
  LEFT JOIN pg_class AS c ON c.oid = k.relation
  LEFT JOIN pg_attribute AS a ON a.attrelid = k.relation AND a.attname = k.key_column AND NOT a.attisdropped
 WHERE a.attname IS NULL
    OR CASE format_type(a.atttypid, NULL) WHEN 'character varying' THEN 'text' ELSE format_type(a.atttypid, NULL) END <> k.key_type
 LIMIT $1;
