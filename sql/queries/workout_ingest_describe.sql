-- workout_ingest_describe: the same content under another name, gear or privacy. Nothing is computed again.
--   $1 uuid  workout
--   $2 text, $3 text, $4 text, $5 text, $6 int, $7 jsonb  name, provider_sport, timezone, gear_id, is_private,
--            provider_data; NULL keeps what is there
UPDATE workouts AS w
   SET name = coalesce($2, w.name),
       provider_sport = coalesce($3, w.provider_sport),
       timezone = coalesce($4, w.timezone),
       gear_id = coalesce($5, w.gear_id),
       is_private = coalesce($6::int <> 0, w.is_private),
       provider_data = coalesce($7::jsonb, w.provider_data)
 WHERE w.id = $1;
