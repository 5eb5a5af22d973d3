-- workout_ingest_insert: store an activity that is not there yet. Waits for a concurrent insert of the same one.
--   $1 uuid  user
--   $2 ... $43  the columns below in their order; $9 (start_at) bigint: µs since 1970; flags int 0 or 1
--   $44 bool  samples come with it: streams_version counts up
-- Returns id, job_status, job_epoch, streams_version; no row if the user has this activity already.
INSERT INTO workouts (
    user_id,
    sport, provider_sport, name, source, strava_activity_id, garmin_activity_id, external_id, start_at, local_date,
    utc_offset_s, timezone, distance_m, speed_avg_mps, speed_max_mps, hr_avg_bpm, hr_max_bpm, cadence_avg_spm,
    cadence_avg_rpm, power_avg_w, power_max_w, power_weighted_w, work_j, energy_j, elevation_gain_m, elevation_loss_m,
    pool_length_m, moving_time_s, elapsed_time_s, steps_count, start_lat, start_lng, end_lat, end_lng, gear_id,
    is_private, is_trainer, session_rpe, laps, lengths, exercises, provider_data, content_hash,
    streams_version)
VALUES (
    $1,
    $2, $3, $4, $5, $6, $7, $8, 'epoch'::timestamptz + $9::bigint * interval '1 microsecond', $10, $11, $12, $13, $14,
    $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36::int
    <> 0, $37::int <> 0, $38, $39::jsonb, $40::jsonb, $41::jsonb, $42::jsonb, $43,
    $44::bool::int)
    ON CONFLICT DO NOTHING
RETURNING id, job_status, job_epoch, streams_version;
