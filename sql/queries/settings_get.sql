-- settings_get: an athlete's settings as GET /athletes/:id/settings shows them; row-level security hides those of others.
--   $1 uuid  athlete
-- Returns one JSON text: sex (NULL if unknown), and `settings`, one object for each date from which they hold, in its order.
SELECT json_build_object(
           'user_id', one.user_id,
           'sex', (SELECT a.sex FROM athletes AS a WHERE a.user_id = one.user_id),
           'settings', coalesce((SELECT json_agg(to_jsonb(t) - 'user_id' ORDER BY t.valid_from)
                                   FROM athlete_thresholds AS t
                                  WHERE t.user_id = one.user_id), '[]'))::text AS settings
  FROM (SELECT CAST($1 AS uuid) AS user_id) AS one;
