-- verify_rights: what the programs need to be let in to a kind's table.
--   $1 text  kind
-- Returns kind text, key text, what text. No locks.
SELECT k.kind, NULL AS key, v.what
  FROM public.job_kinds AS k
  JOIN pg_class AS c ON c.oid = k.relation
 CROSS JOIN (VALUES ('paceline_worker', 'SELECT'), ('paceline_worker', 'UPDATE'),
                    ('paceline_reaper', 'SELECT'), ('paceline_reaper', 'UPDATE'), ('paceline_reaper', 'DELETE')) AS r (role, privilege)
 CROSS JOIN LATERAL (VALUES
       (NOT has_schema_privilege(r.role, c.relnamespace, 'USAGE'), format('%s may not use its schema', r.role)),
       (NOT has_table_privilege(r.role, c.oid, r.privilege), format('%s may not %s', r.role, r.privilege)),
       (c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = r.role),
        format('row-level security has no policy for %s', r.role))
       ) AS v (is_violated, what)
 WHERE k.kind = $1
   AND v.is_violated
 GROUP BY k.kind, v.what;
