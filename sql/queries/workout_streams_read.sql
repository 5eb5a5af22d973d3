-- workout_streams_read: the samples of one workout; asked for in binary.
--   $1 uuid  workouts.id
-- Returns version, n int and the arrays, or no row. No locks.
SELECT s.version, s.n, s.time_s, s.distance_m, s.lat_e7, s.lng_e7, s.altitude_m, s.speed_mps, s.hr_bpm, s.cadence_per_min,
       s.power_w, s.temperature_c, s.grade_pct, s.moving
  FROM public.workout_streams AS s
 WHERE s.workout_id = $1;
