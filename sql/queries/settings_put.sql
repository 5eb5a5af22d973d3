-- settings_put: an athlete's settings from a day on. What is not named keeps the value that was in force on that day.
--   $1 uuid   athlete
--   $2 date   valid_from
--   $3 jsonb  the named settings, as columns of athlete_thresholds; null makes one unknown
-- Returns rest_hr_bpm, max_hr_bpm, lthr_bpm as they are now. Triggers make the workouts pending for which something changed.
INSERT INTO athlete_thresholds AS t (
    user_id, valid_from, rest_hr_bpm, max_hr_bpm, lthr_bpm, ftp_w, cp_w, w_prime_j, threshold_speed_mps, speed_5k_mps,
    speed_10k_mps, speed_marathon_mps, speed_easy_mps)
SELECT $1, $2, n.rest_hr_bpm, n.max_hr_bpm, n.lthr_bpm, n.ftp_w, n.cp_w, n.w_prime_j, n.threshold_speed_mps, n.speed_5k_mps,
       n.speed_10k_mps, n.speed_marathon_mps, n.speed_easy_mps
  FROM jsonb_populate_record(athlete_thresholds_on($1, $2), CAST($3 AS jsonb)) AS n
    ON CONFLICT (user_id, valid_from) DO UPDATE
   SET rest_hr_bpm = EXCLUDED.rest_hr_bpm,
       max_hr_bpm = EXCLUDED.max_hr_bpm,
       lthr_bpm = EXCLUDED.lthr_bpm,
       ftp_w = EXCLUDED.ftp_w,
       cp_w = EXCLUDED.cp_w,
       w_prime_j = EXCLUDED.w_prime_j,
       threshold_speed_mps = EXCLUDED.threshold_speed_mps,
       speed_5k_mps = EXCLUDED.speed_5k_mps,
       speed_10k_mps = EXCLUDED.speed_10k_mps,
       speed_marathon_mps = EXCLUDED.speed_marathon_mps,
       speed_easy_mps = EXCLUDED.speed_easy_mps
RETURNING t.rest_hr_bpm, t.max_hr_bpm, t.lthr_bpm;
