-- verify_triggers: the triggers of a kind's table, compared with job_trigger_definitions.
--   $1 text  kind
-- Returns kind text, key text, what text. No locks. Casts, parentheses, space and the table's schema make no difference.
WITH present AS (
    SELECT k.kind, d.name, d.relation, t.oid, t.tgenabled,
           regexp_replace('create trigger ' || d.name || ' ' || d.definition, '\sON\s.*?\s(FOR EACH|REFERENCING)\s', ' \1 ') AS wanted_text,
           regexp_replace(pg_get_triggerdef(t.oid), '\sON\s.*?\s(FOR EACH|REFERENCING)\s', ' \1 ') AS present_text
      FROM public.job_kinds AS k
     CROSS JOIN LATERAL public.job_trigger_definitions(k.relation, k.kind, k.key_column) AS d
      LEFT JOIN pg_trigger AS t ON t.tgrelid = d.relation AND t.tgname = d.name
     WHERE k.kind = $1
)
SELECT p.kind, NULL AS key, format('trigger %s on %s: %s', p.name, p.relation, v.what) AS what
  FROM present AS p
 CROSS JOIN LATERAL (VALUES
       (p.oid IS NULL, 'missing'),
       (regexp_replace(lower(p.present_text), '::text|public\.|[\s()"]', '', 'g')
        <> regexp_replace(lower(p.wanted_text), '::text|public\.|[\s()"]', '', 'g'), 'not the one that it ought to be'),
       (p.tgenabled NOT IN ('O', 'A'), 'disabled')
       ) AS v (is_violated, what)
 WHERE v.is_violated;
