-- verify_constraints: the constraints of a kind's table, compared with job_check_definitions.
--   $1 text  kind
-- Returns kind text, key text, what text. No locks. Casts, parentheses and space make no difference.
WITH present AS (
    SELECT k.kind, d.name, c.conname, c.convalidated,
           regexp_replace(lower('check' || d.condition), '::text|[\s()"]', '', 'g') AS wanted_text,
           regexp_replace(lower(pg_get_constraintdef(c.oid)), '::text|[\s()"]|not valid$', '', 'g') AS present_text
      FROM public.job_kinds AS k
     CROSS JOIN LATERAL public.job_check_definitions(k.relation, k.key_column) AS d
      LEFT JOIN pg_constraint AS c ON c.conrelid = k.relation AND c.conname = d.name
     WHERE k.kind = $1
)
SELECT p.kind, NULL AS key, format('constraint %s: %s', p.name, v.what) AS what
  FROM present AS p
 CROSS JOIN LATERAL (VALUES
       (p.conname IS NULL, 'missing'),
       (p.present_text <> p.wanted_text, 'not the one that it ought to be'),
       (NOT p.convalidated, 'not validated')
       ) AS v (is_violated, what)
 WHERE v.is_violated;
