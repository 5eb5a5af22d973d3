-- workout_get: one workout as a client reads it (workouts.md, section 6); row-level security hides those of others.
--   $1 uuid  workout
-- Returns one JSON text; no row if there is none. A pending stage of a job in work is shown as processing, which is
-- never stored.
SELECT row_to_json(shown)::text AS workout
  FROM (
    SELECT w.id, w.user_id, w.sport, w.provider_sport, w.name, w.source, w.strava_activity_id::text AS strava_activity_id,
           w.garmin_activity_id, w.external_id, w.local_date,
           to_char(w.start_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start_at, w.utc_offset_s, w.timezone,
           w.distance_m, w.moving_time_s, w.elapsed_time_s, w.speed_avg_mps, w.speed_max_mps, w.hr_avg_bpm, w.hr_max_bpm,
           w.cadence_avg_spm, w.cadence_avg_rpm, w.power_avg_w, w.power_max_w, w.power_weighted_w, w.work_j, w.energy_j,
           w.elevation_gain_m, w.elevation_loss_m, w.pool_length_m, w.steps_count, w.start_lat, w.start_lng, w.end_lat,
           w.end_lng, w.gear_id, w.is_private, w.is_trainer, w.city, w.state, w.country, w.session_rpe, w.laps, w.lengths,
           w.exercises, w.planned_id, w.planned_by, w.workout_status,
           CASE WHEN num_nonnulls(w.temperature_c, w.feels_like_c, w.humidity_pct, w.pressure_hpa, w.wind_speed_mps,
                                  w.wind_direction_deg, w.weather_condition, w.visibility_m, w.uv_index) > 0
                THEN json_build_object(
                  'temperature_c', w.temperature_c, 'feels_like_c', w.feels_like_c, 'humidity_pct', w.humidity_pct,
                  'pressure_hpa', w.pressure_hpa, 'wind_speed_mps', w.wind_speed_mps,
                  'wind_direction_deg', w.wind_direction_deg, 'condition', w.weather_condition,
                  'visibility_m', w.visibility_m, 'uv_index', w.uv_index) END AS weather,
           json_build_object('status', w.job_status, 'epoch', w.job_epoch, 'attempts', w.job_attempts,
                             'due_at', w.job_due_at, 'error', w.job_error) AS job,
           json_build_object(
                  'streams', json_build_object('status', CASE WHEN w.streams_status = 'pending' AND w.job_status = 'processing' THEN 'processing' ELSE w.streams_status END,
                                          'error', w.streams_error, 'updated_at', w.streams_updated_at),
                  'attach', json_build_object('status', CASE WHEN w.attach_status = 'pending' AND w.job_status = 'processing' THEN 'processing' ELSE w.attach_status END,
                                          'error', w.attach_error, 'updated_at', w.attach_updated_at),
                  'summary', json_build_object('status', CASE WHEN w.summary_status = 'pending' AND w.job_status = 'processing' THEN 'processing' ELSE w.summary_status END,
                                          'error', w.summary_error, 'updated_at', w.summary_updated_at),
                  'analysis', json_build_object('status', CASE WHEN w.analysis_status = 'pending' AND w.job_status = 'processing' THEN 'processing' ELSE w.analysis_status END,
                                          'error', w.analysis_error, 'updated_at', w.analysis_updated_at),
                  'metrics', json_build_object('status', CASE WHEN w.metrics_status = 'pending' AND w.job_status = 'processing' THEN 'processing' ELSE w.metrics_status END,
                                          'error', w.metrics_error, 'updated_at', w.metrics_updated_at),
                  'execution', json_build_object('status', CASE WHEN w.execution_status = 'pending' AND w.job_status = 'processing' THEN 'processing' ELSE w.execution_status END,
                                          'error', w.execution_error, 'updated_at', w.execution_updated_at)) AS stages,
           w.computed || jsonb_build_object('version', w.computed_version) AS computed, w.computed_at, w.created_at,
           w.updated_at, w.job_status IN ('complete', 'failed', 'cancelled') AS done
      FROM workouts AS w
     WHERE w.id = $1) AS shown;
