-- verify_slot: the replication slot and its publication.
--   $1 text  slot
--   $2 text  publication
-- Returns kind text, key text, what text. No locks.
SELECT NULL AS kind, NULL AS key, v.what
  FROM (VALUES (1)) AS always (one)
  LEFT JOIN pg_replication_slots AS s ON s.slot_name = $1
 CROSS JOIN LATERAL (VALUES
       (s.slot_name IS NULL, format('replication slot %s is missing', $1)),
       (s.wal_status = 'lost', format('replication slot %s is lost: the server threw away WAL that it had not read', $1)),
       (s.plugin <> 'pgoutput' OR s.database <> current_database(),
        format('replication slot %s is another''s: plugin %s, database %s', $1, s.plugin, s.database)),
       (NOT EXISTS (SELECT FROM pg_publication AS p WHERE p.pubname = $2), format('publication %s is missing', $2))
       ) AS v (is_violated, what)
 WHERE v.is_violated;
