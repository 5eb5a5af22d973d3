-- kind_columns: which of a kind's columns the table does not have.
--   $1 text  schema, $2 text  relation, $3 text[]  the columns the kind wants
-- Returns column text, one row for each that is missing.
SELECT wanted AS column
  FROM unnest(CAST($3 AS text[])) AS wanted
 WHERE NOT EXISTS (
           SELECT
             FROM pg_attribute AS a
             JOIN pg_class AS c ON c.oid = a.attrelid
             JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = wanted AND a.attnum > 0 AND NOT a.attisdropped);
