#!/bin/bash
# workouts_rides: the activities of PACELINE_DATA through the whole kind give the values of metrics.md section 10 in `computed`.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/workouts.sh"
[ -n "${PACELINE_DATA:-}" ] || skip_all 'PACELINE_DATA is not set: no reference activities'
[ -d "$PACELINE_DATA/strava-ride-52km" ] || skip_all "no reference activities in $PACELINE_DATA"
pg_start
migrate
thresholds_add 'ftp_w, cp_w, w_prime_j, lthr_bpm, rest_hr_bpm, max_hr_bpm, threshold_speed_mps' '250, 250, 20000, 165, 50, 190, 4.0'
sql "INSERT INTO athletes (user_id, sex) VALUES ('$ATHLETE', 'male')"

# The keys of GoldenCheetah's reference, where ours is in `computed`, in whose unit, and how far it may be off.
sql "CREATE TABLE checked (key text, path text, factor double precision, tolerance double precision);
     INSERT INTO checked VALUES
         ('coggan_np', 'analysis,power,normalized_power_w', 1, 1e-5), ('coggan_if', 'analysis,power,intensity_factor', 1, 1e-5),
         ('coggam_variability_index', 'analysis,power,variability_index', 1, 1e-5), ('coggan_tss', 'metrics,tss', 1, 1e-5),
         ('skiba_xpower', 'metrics,xpower_w', 1, 1e-5), ('average_power', 'metrics,power_recorded_w', 1, 1e-5),
         ('total_work', 'metrics,work_recorded_j', 0.001, 1e-5), ('max_power', 'overall,power_max_w', 1, 1e-5),
         ('skiba_wprime_low', 'metrics,w_bal_min_j', 0.001, 1e-5), ('skiba_wprime_max', 'metrics,w_prime_used_pct', 1, 1e-5),
         ('skiba_wprime_tau', 'metrics,w_bal_tau_s', 1, 1e-5), ('aerobic_decoupling', 'metrics,decoupling_pct', 1, 1e-5),
         ('friel_efficiency_factor', 'metrics,efficiency_factor', 1, 1e-5), ('average_hr', 'metrics,hr_recorded_bpm', 1, 1e-5),
         ('max_heartrate', 'overall,hr_max_bpm', 1, 1e-5), ('heartbeats', 'metrics,heartbeats', 1, 1e-5), ('trimp_points', 'metrics,trimp', 1, 1e-5),
         ('time_riding', 'metrics,moving_time_gc_s', 1, 0), ('average_cad', 'overall,cadence_avg_rpm', 1, 1e-3),
         ('max_speed', 'overall,speed_max_mps', 3.6, 1e-3), ('total_distance', 'overall,distance_m', 0.001, 0.0002);
     INSERT INTO checked SELECT 'time_in_zone_H' || i, 'analysis,zones,hr,seconds,' || i - 1, 1, 0 FROM generate_series(1, 5) AS i;
     INSERT INTO checked SELECT 'time_in_zone_P' || i, 'analysis,zones,speed,seconds,' || i - 1, 1, 0 FROM generate_series(1, 6) AS i;
     INSERT INTO checked SELECT k || '_' || w, CASE w WHEN 'peak_hr' THEN 'analysis,hr_curve_bpm,' ELSE 'analysis,power_curve_w,' END || s, 1, 1e-5
       FROM (VALUES ('1s', 1), ('5s', 5), ('10s', 10), ('15s', 15), ('20s', 20), ('30s', 30), ('1m', 60), ('2m', 120), ('3m', 180), ('5m', 300), ('8m', 480),
                    ('10m', 600), ('20m', 1200), ('30m', 1800), ('60m', 3600), ('90m', 5400)) AS d (k, s), unnest(ARRAY['critical_power', 'peak_hr']) AS w;
     INSERT INTO checked VALUES
         ('best_400m', 'analysis,bests,time_s,400', 1.0 / 60, 1e-5), ('best_800m', 'analysis,bests,time_s,800', 1.0 / 60, 1e-5),
         ('best_1000m', 'analysis,bests,time_s,1000', 1.0 / 60, 1e-5), ('best_3000m', 'analysis,bests,time_s,3000', 1.0 / 60, 1e-5),
         ('best_5000m', 'analysis,bests,time_s,5000', 1.0 / 60, 1e-5), ('best_10km', 'analysis,bests,time_s,10000', 1.0 / 60, 1e-5),
         ('best_15km', 'analysis,bests,time_s,15000', 1.0 / 60, 1e-5), ('best_half_marathon', 'analysis,bests,time_s,21097.5', 1.0 / 60, 1e-5),
         ('best_marathon', 'analysis,bests,time_s,42195', 1.0 / 60, 1e-5)" >/dev/null

# reference FOLDER ID EXCEPTIONS...: keys of the reference that `computed` misses or has otherwise, less the named ones, whose
# difference is known and right (metrics.md, section 10).
reference() {
    local folder=$1 id=$2
    shift 2
    psql -XAtq -v ON_ERROR_STOP=1 -v id="$id" -v except="$*" <<END
\\set json \`cat "$PACELINE_DATA/$folder/reference.json"\`
SELECT format('%s: reference %s, ours %s', c.key, r.value, coalesce((w.computed #>> ('{' || c.path || '}')::text[]), 'none'))
  FROM jsonb_each_text((:'json')::jsonb -> 'goldencheetah_3.5') AS r
  JOIN checked AS c USING (key)
  JOIN workouts AS w ON w.id = :'id'
 WHERE NOT c.key = ANY (string_to_array(:'except', ' '))
   AND NOT coalesce(abs((w.computed #>> ('{' || c.path || '}')::text[])::numeric * c.factor - r.value::numeric) <= c.tolerance + 1e-9, false);
SELECT count(*) FROM jsonb_object_keys((:'json')::jsonb -> 'goldencheetah_3.5') AS k JOIN checked AS c ON c.key = k \\g $TEST_DIR/compared
END
}

# A B C D as metrics.md names them
declare -A RIDE
for folder in strava-ride-52km power-ride-58km laps-ride-36km short-ride-pauses; do
    RIDE[$folder]=$(ride_add "$PACELINE_DATA/$folder")
done
laps_add "${RIDE[strava-ride-52km]}" "$PACELINE_DATA/strava-ride-52km/activity.json"
for folder in "${!RIDE[@]}"; do
    ok "$folder is computed" run_one "${RIDE[$folder]}"
    is "$(status "${RIDE[$folder]}") $(stages "${RIDE[$folder]}")" 'complete cccccc' "$folder is complete"
done
# compared FOLDER LEAST EXCEPTIONS...
compared() {
    local folder=$1 least=$2
    shift 2
    is "$(reference "$folder" "${RIDE[$folder]}" "$@")" '' "$folder: every figure as in the reference"
    ok "$folder: that is $(cat "$TEST_DIR/compared") figures" test "$(cat "$TEST_DIR/compared")" -ge "$least"
}
compared strava-ride-52km 50
compared power-ride-58km 50 best_half_marathon
compared laps-ride-36km 20 best_10km
compared short-ride-pauses 20 1m_critical_power 1m_peak_hr 2m_peak_hr

# Strava's own figures of the 52 km ride
A=${RIDE[strava-ride-52km]}
is "$(computed "$A" overall.distance_m) $(computed "$A" overall.elapsed_time_s) $(computed "$A" overall.moving_time_s) $(computed "$A" overall.speed_avg_mps)" \
    '52260.1 7305 7209 7.2493' 'Strava: distance, times, speed'
is "$(computed "$A" overall.power_avg_w) $(computed "$A" overall.hr_avg_bpm) $(computed "$A" overall.cadence_avg_rpm) $(computed "$A" overall.work_j)" \
    '184.684 157.995 90.274 1331384' 'Strava: power, heart rate, cadence, work'
differs=$(psql -XAtq -v ON_ERROR_STOP=1 -v id="$A" <<END
\\set json \`cat "$PACELINE_DATA/strava-ride-52km/reference.json"\`
WITH theirs AS (
    SELECT k.kind, s.n, s.v FROM (VALUES ('km', 'splits_metric'), ('mi', 'splits_standard')) AS k (kind, name),
           jsonb_array_elements((:'json')::jsonb -> 'strava' -> k.name) WITH ORDINALITY AS s (v, n)
), ours AS (
    SELECT k.kind, s.n, s.v FROM unnest(ARRAY['km', 'mi']) AS k (kind), workouts AS w,
           jsonb_array_elements(w.computed #> ARRAY['analysis', 'events', 'splits', k.kind]) WITH ORDINALITY AS s (v, n) WHERE w.id = :'id'
)
SELECT count(*) FILTER (WHERE o.v IS NULL OR t.v IS NULL
             OR abs((o.v ->> 'distance_m')::numeric - (t.v ->> 'distance')::numeric) > 0.05
             OR o.v -> 'elapsed_time_s' <> t.v -> 'elapsed_time' OR o.v -> 'moving_time_s' <> t.v -> 'moving_time'
             OR abs((o.v ->> 'speed_mps')::numeric - (t.v ->> 'average_speed')::numeric) > 0.01
             OR abs((o.v ->> 'hr_bpm')::numeric - (t.v ->> 'average_heartrate')::numeric) > 1e-6
             OR abs((o.v ->> 'elevation_diff_m')::numeric - (t.v ->> 'elevation_difference')::numeric) > 0.051)
       || ' of ' || count(*)
  FROM theirs AS t FULL JOIN ours AS o USING (kind, n)
END
)
is "$differs" '0 of 86' 'Strava: all 53 and 33 splits, in every field'
differs=$(psql -XAtq -v ON_ERROR_STOP=1 -v id="$A" <<END
\\set json \`cat "$PACELINE_DATA/strava-ride-52km/activity.json"\`
SELECT count(*) FILTER (WHERE round((o.v ->> 'power_w')::numeric, 1) <> (t.v ->> 'average_watts')::numeric
             OR round((o.v ->> 'hr_bpm')::numeric, 1) <> (t.v ->> 'average_heartrate')::numeric
             OR round((o.v ->> 'cadence')::numeric, 1) <> (t.v ->> 'average_cadence')::numeric) || ' of ' || count(*)
  FROM jsonb_array_elements((:'json')::jsonb -> 'laps') WITH ORDINALITY AS t (v, n)
  LEFT JOIN (SELECT s.v, s.n FROM workouts AS w, jsonb_array_elements(w.computed #> '{analysis,events,laps}') WITH ORDINALITY AS s (v, n) WHERE w.id = :'id') AS o USING (n)
END
)
is "$differs" '0 of 11' 'Strava: all 11 laps'
is "$(sql "SELECT jsonb_array_length(computed -> 'intervals') FROM workouts WHERE id = '$A'")" 11 'without a plan the laps are the intervals'

# our own definitions, pinned: hrTSS and Edwards of A B C D, power zones, critical power
regression=
for folder in strava-ride-52km power-ride-58km laps-ride-36km short-ride-pauses; do
    regression+=$(sql "SELECT round((computed #>> '{metrics,hr_tss}')::numeric, 5) || ' ' || round((computed #>> '{metrics,edwards}')::numeric, 5) || '; '
                        FROM workouts WHERE id = '${RIDE[$folder]}'")
done
is "$regression" '165.75285 463.65000; 223.59909 588.83333; 61.51568 206.71667; 1.88909 5.70000; ' 'hrTSS and Edwards'
is "$(computed "$A" analysis.zones.power.seconds) $(computed "${RIDE[power-ride-58km]}" analysis.zones.power.seconds)" \
    '[2492, 1183, 1090, 1015, 644, 528, 354] [2050, 539, 632, 1055, 1750, 1887, 444]' 'power zones'
is "$(sql "SELECT round((computed #>> '{metrics,cp_w}')::numeric, 5) || ' ' || round((computed #>> '{metrics,w_prime_j}')::numeric, 2) FROM workouts WHERE id = '$A'")" \
    '227.64086 10569.43' 'critical power and W'\'' of the 52 km ride'
is "$(computed "${RIDE[laps-ride-36km]}" overall.elevation_gain_m) $(computed "${RIDE[laps-ride-36km]}" overall.elevation_loss_m)" '55.8 51.6' 'gain and loss of the laps ride'
is "$(sql "SELECT computed #> '{metrics,tss}', computed #> '{metrics,cp_w}', computed #> '{analysis,power}' FROM workouts WHERE id = '${RIDE[laps-ride-36km]}'")" \
    'null|null|null' 'no power, no figures of power'
done_testing
