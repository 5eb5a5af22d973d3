-- ground: what the reaper stands on, to notice when it has shifted. No parameters.
-- Returns now_us bigint, system_identifier text, timeline int, swept_to_ahead boolean (a clock went back), and how long ago the last full
-- sweep was.
SELECT s.system_identifier::text AS system_identifier,
       c.timeline_id AS timeline,
       EXISTS (SELECT FROM public.job_kinds AS k WHERE k.swept_to > now()) AS swept_to_ahead,
       COALESCE(g.system_identifier <> s.system_identifier::text OR g.timeline <> c.timeline_id, false) AS has_shifted,
       COALESCE((extract(epoch FROM now() - g.swept_at) * 1000000)::bigint, -1) AS swept_ago_us
  FROM pg_control_system() AS s
 CROSS JOIN pg_control_checkpoint() AS c
  LEFT JOIN public.job_ground AS g ON true;
