-- workout_get_series: all samples of a workout, for ?series=full; row-level security hides those of others.
--   $1 uuid  workout
-- Returns n and JSON arrays (NULL where there is no such stream), named as the members of analysis.series; lat_e7 and
-- lng_e7 are degrees * 10^7. No row if there are no samples.
SELECT s.n, array_to_json(s.time_s) AS time_s, array_to_json(s.distance_m) AS distance_m,
       array_to_json(s.altitude_m) AS elevation_m, array_to_json(s.speed_mps) AS speed_mps,
       array_to_json(s.hr_bpm) AS hr_bpm,
       CASE WHEN w.sport IN ('run', 'walk') THEN array_to_json(s.cadence_per_min) END AS cadence_spm,
       CASE WHEN w.sport NOT IN ('run', 'walk') THEN array_to_json(s.cadence_per_min) END AS cadence_rpm,
       array_to_json(s.power_w) AS power_w, array_to_json(s.grade_pct) AS grade_pct,
       array_to_json(s.temperature_c) AS temperature_c, array_to_json(s.moving) AS moving,
       array_to_json(s.lat_e7) AS lat_e7, array_to_json(s.lng_e7) AS lng_e7
  FROM workout_streams AS s
  JOIN workouts AS w ON w.id = s.workout_id
 WHERE s.workout_id = $1;
