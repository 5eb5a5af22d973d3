-- adopt_look: what there is before an adoption is begun.
--   $1 text  the table, as SCHEMA.TABLE, quoted where SQL wants it
--   $2 text  kind
-- Returns one row: relation oid (NULL: there is no such table), relation_name text, is_partitioned boolean, is_table boolean, is_kind
-- boolean (a kind may be called so), other_kind text (as which the table is adopted already), other_relation text (which the
-- kind is already), is_other_gone boolean (that one was dropped), has_columns boolean, indexes bigint (those not ours). No locks.
SELECT c.oid AS relation,
       c.oid::regclass::text AS relation_name,
       c.relkind = 'p' AS is_partitioned,
       c.relkind IN ('r', 'p') AS is_table,
       $2 ~ '^[a-z][a-z0-9_]{0,47}$' AS is_kind,
       (SELECT k.kind FROM public.job_kinds AS k WHERE k.relation = c.oid AND k.kind <> $2) AS other_kind,
       (SELECT k.relation::text FROM public.job_kinds AS k WHERE k.kind = $2 AND k.relation <> c.oid) AS other_relation,
       EXISTS (SELECT FROM public.job_kinds AS k
                WHERE k.kind = $2 AND NOT EXISTS (SELECT FROM pg_class AS o WHERE o.oid = k.relation)) AS is_other_gone,
       EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'job_status' AND NOT a.attisdropped) AS has_columns,
       (SELECT count(*)
          FROM pg_index AS i
          JOIN pg_class AS ic ON ic.oid = i.indexrelid
         WHERE i.indrelid = c.oid
           AND ic.relname NOT IN (SELECT d.name FROM public.job_index_definitions(c.oid) AS d)) AS indexes
  FROM (VALUES (to_regclass($1))) AS wanted (relation)
  LEFT JOIN pg_class AS c ON c.oid = wanted.relation;
