-- workout_ingest_find: the user's row of an activity, locked until the end of the transaction.
--   $1 uuid  user
--   $2 bigint, $3 text, $4 text  strava_activity_id, garmin_activity_id, external_id: one of them, the others NULL
--   $5 bytea  content_hash
--   $6 text, $7 text, $8 text, $9 text, $10 int, $11 jsonb  name, provider_sport, timezone, gear_id, is_private,
--             provider_data: what describes without being computed with; NULL tells nothing
-- Returns id, job_status, job_epoch, is_same_content, is_same_description; no row if there is none.
SELECT w.id, w.job_status, w.job_epoch,
       w.content_hash IS NOT DISTINCT FROM $5 AS is_same_content,
       coalesce(w.name = $6, $6 IS NULL) AND coalesce(w.provider_sport = $7, $7 IS NULL)
       AND coalesce(w.timezone = $8, $8 IS NULL) AND coalesce(w.gear_id = $9, $9 IS NULL)
       AND coalesce(w.is_private = ($10::int <> 0), $10::int IS NULL)
       AND coalesce(w.provider_data = $11::jsonb, $11::jsonb IS NULL) AS is_same_description
  FROM workouts AS w
 WHERE w.user_id = $1
   AND (w.strava_activity_id = $2 OR w.garmin_activity_id = $3 OR w.external_id = $4)
   FOR NO KEY UPDATE;
