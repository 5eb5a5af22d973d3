-- verify_indexes: the two indexes of a kind's table, compared with job_index_definitions; and indexes on job columns that are not
-- ours, with which no claim or finish is HOT.
--   $1 text  kind
-- Returns kind text, key text, what text. No locks.
WITH present AS (
    SELECT k.kind, d.name, i.indexrelid, i.indisvalid,
           regexp_replace(lower(d.definition), '[\s()"]', '', 'g') AS wanted_text,
           regexp_replace(lower(regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING btree ', '')), '[\s()"]', '', 'g') AS present_text
      FROM public.job_kinds AS k
     CROSS JOIN LATERAL public.job_index_definitions(k.relation) AS d
      LEFT JOIN (pg_index AS i JOIN pg_class AS ic ON ic.oid = i.indexrelid) ON i.indrelid = k.relation AND ic.relname = d.name
     WHERE k.kind = $1
)
SELECT p.kind, NULL AS key, format('index %s: %s', p.name, v.what) AS what
  FROM present AS p
 CROSS JOIN LATERAL (VALUES
       (p.indexrelid IS NULL, 'missing'),
       (p.present_text <> p.wanted_text, 'not the one that it ought to be'),
       (NOT p.indisvalid, 'not valid')
       ) AS v (is_violated, what)
 WHERE v.is_violated
UNION ALL
SELECT k.kind, NULL, format('index %s is on %s, which claims and finishes write', ic.relname, a.attname)
  FROM public.job_kinds AS k
  JOIN pg_index AS i ON i.indrelid = k.relation
  JOIN pg_class AS ic ON ic.oid = i.indexrelid
  JOIN pg_attribute AS a ON a.attrelid = i.indrelid
                        AND (a.attnum = ANY (i.indkey::int2[])
                             OR EXISTS (SELECT FROM pg_depend AS d
                                         WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                           AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
                                           AND d.refobjsubid = a.attnum))
 WHERE k.kind = $1
   AND a.attname IN ('job_status', 'job_epoch', 'job_attempts', 'job_due_at', 'job_worker', 'job_error', 'job_changed_at')
   AND ic.relname NOT IN (SELECT d.name FROM public.job_index_definitions(k.relation) AS d);
