-- job_kinds: every adopted kind, as the programs load it. No parameters, no locks.
-- Times in µs.
SELECT k.kind, n.nspname AS schema, c.relname AS relation, k.key_column, k.key_type, k.topic, k.consumer_group,
       (extract(epoch FROM k.lease) * 1000000)::bigint AS lease_us,
       k.max_attempts,
       (extract(epoch FROM k.backoff_base) * 1000000)::bigint AS backoff_base_us,
       (extract(epoch FROM k.backoff_cap) * 1000000)::bigint AS backoff_cap_us,
       k.cancel_at_once, k.paused
  FROM public.job_kinds AS k
  JOIN pg_class AS c ON c.oid = k.relation
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY k.kind;
