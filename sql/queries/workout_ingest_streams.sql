-- workout_ingest_streams: the samples of a workout, in place of those from before. Its row is locked already.
--   $1 uuid  workout     $2 uuid  user     $3 int  version     $4 int  n
--   $5 ... $16  int[] or real[] in binary, in the order below
INSERT INTO workout_streams AS s (
    workout_id, user_id, version, n, time_s, distance_m, lat_e7, lng_e7, altitude_m, speed_mps, hr_bpm,
    cadence_per_min, power_w, temperature_c, grade_pct, moving)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (workout_id) DO UPDATE
   SET version = EXCLUDED.version,
       n = EXCLUDED.n,
       time_s = EXCLUDED.time_s,
       distance_m = EXCLUDED.distance_m,
       lat_e7 = EXCLUDED.lat_e7,
       lng_e7 = EXCLUDED.lng_e7,
       altitude_m = EXCLUDED.altitude_m,
       speed_mps = EXCLUDED.speed_mps,
       hr_bpm = EXCLUDED.hr_bpm,
       cadence_per_min = EXCLUDED.cadence_per_min,
       power_w = EXCLUDED.power_w,
       temperature_c = EXCLUDED.temperature_c,
       grade_pct = EXCLUDED.grade_pct,
       moving = EXCLUDED.moving;
