-- verify_columns: the job columns of a kind's table, compared with what they ought to be.
--   $1 text  kind
-- Returns kind text, key text, what text. No locks.
WITH wanted (name, type, is_not_null, default_value) AS (
    VALUES ('job_status', 'text', true, '''pending''::text'),
           ('job_epoch', 'integer', true, '0'),
           ('job_generation', 'integer', true, '1'),
           ('job_attempts', 'smallint', true, '0'),
           ('job_due_at', 'timestamp with time zone', false, NULL),
           ('job_worker', 'bigint', false, NULL),
           ('job_error', 'jsonb', false, NULL),
           ('job_cancel_requested_at', 'timestamp with time zone', false, NULL),
           ('job_inserted_at', 'timestamp with time zone', true, 'now()'),
           ('job_announced_at', 'timestamp with time zone', false, 'now()'),
           ('job_changed_at', 'timestamp with time zone', true, 'now()')
), present AS (
    SELECT k.kind, w.name, a.attname, w.type, format_type(a.atttypid, a.atttypmod) AS present_type, w.is_not_null, a.attnotnull,
           w.default_value, pg_get_expr(d.adbin, d.adrelid) AS present_default
      FROM public.job_kinds AS k
     CROSS JOIN wanted AS w
      LEFT JOIN pg_attribute AS a ON a.attrelid = k.relation AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE k.kind = $1
)
SELECT p.kind, NULL AS key, format('column %s: %s', p.name, v.what) AS what
  FROM present AS p
 CROSS JOIN LATERAL (VALUES
       (p.attname IS NULL, 'missing'),
       (p.present_type <> p.type, format('%s, not %s', p.present_type, p.type)),
       (p.attnotnull <> p.is_not_null, CASE WHEN p.is_not_null THEN 'may be NULL' ELSE 'may not be NULL' END),
       (p.attname IS NOT NULL AND p.present_default IS DISTINCT FROM p.default_value,
        format('its default is %s, not %s', COALESCE(p.present_default, 'NULL'), COALESCE(p.default_value, 'NULL')))
       ) AS v (is_violated, what)
 WHERE v.is_violated;
