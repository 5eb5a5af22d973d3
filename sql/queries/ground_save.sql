-- ground_save: a full sweep of every kind has ended on this ground.
--   $1 text  system_identifier, $2 int  timeline
INSERT INTO public.job_ground (is_only, system_identifier, timeline, swept_at)
VALUES (true, $1, $2, now())
    ON CONFLICT (is_only) DO UPDATE
   SET system_identifier = EXCLUDED.system_identifier, timeline = EXCLUDED.timeline, swept_at = EXCLUDED.swept_at;
