-- workout_ingest_update: the same activity with other content. Triggers make it pending again where an input changed.
--   $1 uuid  workout
--   $2 ... $43  the columns below in their order; $9 (start_at) bigint: µs since 1970; flags int 0 or 1
--   $44 bool  samples come with it: streams_version counts up
-- What only describes (name, gear, privacy, the provider's payload, ids) stays where the new content does not tell.
-- Returns id, job_status, job_epoch, streams_version.
UPDATE workouts AS w
   SET sport = $2,
       provider_sport = coalesce($3, w.provider_sport),
       name = coalesce($4, w.name),
       source = $5,
       strava_activity_id = coalesce($6, w.strava_activity_id),
       garmin_activity_id = coalesce($7, w.garmin_activity_id),
       external_id = coalesce($8, w.external_id),
       start_at = 'epoch'::timestamptz + $9::bigint * interval '1 microsecond',
       local_date = $10,
       utc_offset_s = $11,
       timezone = coalesce($12, w.timezone),
       distance_m = $13,
       speed_avg_mps = $14,
       speed_max_mps = $15,
       hr_avg_bpm = $16,
       hr_max_bpm = $17,
       cadence_avg_spm = $18,
       cadence_avg_rpm = $19,
       power_avg_w = $20,
       power_max_w = $21,
       power_weighted_w = $22,
       work_j = $23,
       energy_j = $24,
       elevation_gain_m = $25,
       elevation_loss_m = $26,
       pool_length_m = $27,
       moving_time_s = $28,
       elapsed_time_s = $29,
       steps_count = $30,
       start_lat = $31,
       start_lng = $32,
       end_lat = $33,
       end_lng = $34,
       gear_id = coalesce($35, w.gear_id),
       is_private = coalesce($36::int <> 0, w.is_private),
       is_trainer = $37::int <> 0,
       session_rpe = $38,
       laps = $39::jsonb,
       lengths = $40::jsonb,
       exercises = $41::jsonb,
       provider_data = coalesce($42::jsonb, w.provider_data),
       content_hash = $43,
       streams_version = w.streams_version + $44::bool::int
 WHERE w.id = $1
RETURNING w.id, w.job_status, w.job_epoch, w.streams_version;
