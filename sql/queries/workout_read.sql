-- workout_read: everything that the stages of one workout read, but for its samples.
--   $1 uuid  workouts.id
-- Returns one row, or none. `scalars` is a fingerprint of the scalars and documents; `plan` is plan_document's. No locks.
SELECT w.user_id, w.sport, w.local_date, w.streams_version, w.streams_priority,
       w.distance_m, w.speed_avg_mps, w.speed_max_mps, w.hr_avg_bpm, w.hr_max_bpm, w.cadence_avg_spm, w.cadence_avg_rpm,
       w.power_avg_w, w.power_max_w, w.work_j, w.elevation_gain_m, w.elevation_loss_m, w.pool_length_m,
       w.moving_time_s, w.elapsed_time_s, w.session_rpe,
       w.laps, w.lengths, w.exercises,
       w.planned_id, w.planned_by,
       w.streams_status, w.attach_status, w.summary_status, w.analysis_status, w.metrics_status, w.execution_status,
       w.computed -> 'stages' AS stages,
       md5(ROW (w.sport, w.start_at, w.local_date, w.distance_m, w.speed_avg_mps, w.speed_max_mps, w.hr_avg_bpm, w.hr_max_bpm,
                w.cadence_avg_spm, w.cadence_avg_rpm, w.power_avg_w, w.power_max_w, w.power_weighted_w, w.work_j, w.energy_j,
                w.elevation_gain_m, w.elevation_loss_m, w.pool_length_m, w.moving_time_s, w.elapsed_time_s, w.steps_count,
                w.session_rpe, w.laps, w.lengths, w.exercises)::text) AS scalars,
       CASE WHEN p.id IS NOT NULL THEN public.plan_document(p, t) END AS plan,
       t.rest_hr_bpm, t.max_hr_bpm, t.lthr_bpm, t.ftp_w, t.cp_w, t.w_prime_j, t.threshold_speed_mps,
       a.sex
  FROM public.workouts AS w
  LEFT JOIN public.planned_workouts AS p ON p.id = w.planned_id
  LEFT JOIN public.athletes AS a ON a.user_id = w.user_id
  LEFT JOIN LATERAL public.athlete_thresholds_on(w.user_id, w.local_date) AS t ON true
 WHERE w.id = $1;
