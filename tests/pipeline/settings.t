#!/bin/bash
# settings: an athlete's dated settings over HTTP, and what a change of them brings about: workouts are computed with the settings of
# their own day, and again when those change; nothing else is.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/http.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/workouts.sh"
other=22222222-2222-4222-8222-222222222222
pg_start
migrate
broker_start
topics
producer_start
A=$(token_of $ATHLETE)

# settings BEARER USER: reads.   put BEARER USER BODY: sets.
settings() {
    request -H "Authorization: Bearer $1" "$HTTP_URL/athletes/$2/settings"
}
put() {
    request -X PUT -H "Authorization: Bearer $1" -H 'Content-Type: application/json' --data-binary "$3" "$HTTP_URL/athletes/$2/settings"
}

# --- reading and setting
is "$(settings "$A" $ATHLETE)" "200 {\"user_id\" : \"$ATHLETE\", \"sex\" : null, \"settings\" : []}" 'nothing is known at first'
like "$(put "$A" $ATHLETE '{"valid_from":"2025-01-01","ftp_w":200,"lthr_bpm":160,"max_hr_bpm":190,"sex":"male"}')" '^200 ' 'a user sets their own'
is "$(field settings.0.valid_from) $(field settings.0.ftp_w) $(field settings.0.cp_w) $(field sex)" '2025-01-01 200  male' 'and reads them in the answer'
like "$(put "$PACELINE_SERVICE_KEY" $ATHLETE '{"valid_from":"2026-01-01","ftp_w":250,"max_hr_bpm":null}')" '^200 ' 'the service key sets anybody'\''s'
is "$(field settings.1.ftp_w) $(field settings.1.lthr_bpm) $(field settings.1.max_hr_bpm)" '250 160 ' 'what is not named stays as it was, null is unknown'
is "$(field settings.0.max_hr_bpm)" 190 'from that day on only'
stamp=$(field settings.1.updated_at)
put "$A" $ATHLETE '{"valid_from":"2026-01-01","ftp_w":250}' >/dev/null
is "$(field settings.1.updated_at)" "$stamp" 'the same again changes nothing'
is "$(settings "$A" "${ATHLETE^^}" | cut -c1-3)" 200 'a uuid is the same in capitals'
is "$(settings "$PACELINE_SERVICE_KEY" $other)" "200 {\"user_id\" : \"$other\", \"sex\" : null, \"settings\" : []}" 'each athlete has their own'

# --- refused, and nothing stored
before=$(sql 'SELECT md5(string_agg(t::text, chr(10) ORDER BY t.user_id, t.valid_from)) FROM athlete_thresholds AS t')
refused() { # WHAT STATUS FIELD BODY
    local answer
    answer=$(put "$A" $ATHLETE "$4")
    is "${answer%% *} $(field error.field)" "$2 $3" "$1"
}
refused 'no JSON' 400 '' '{"valid_from":'
refused 'no object' 400 '' '[1]'
refused 'nothing named' 400 valid_from '{}'
refused 'no day' 400 valid_from '{"ftp_w":250}'
refused 'a day that does not exist' 400 valid_from '{"valid_from":"2026-02-30","ftp_w":250}'
refused 'a text for a number' 400 ftp_w '{"valid_from":"2026-02-01","ftp_w":"250"}'
refused 'out of range' 400 ftp_w '{"valid_from":"2026-02-01","ftp_w":25000}'
refused 'an unknown setting' 400 weight_lb '{"valid_from":"2026-02-01","weight_lb":150}'
refused 'no sex of ours' 400 sex '{"sex":"x"}'
refused 'a resting heart rate above the maximum' 400 rest_hr_bpm '{"valid_from":"2026-02-01","rest_hr_bpm":100,"max_hr_bpm":90}'
refused 'a threshold above the maximum that was kept' 400 lthr_bpm '{"valid_from":"2025-02-01","lthr_bpm":195}'
refused 'the same name twice' 400 '' '{"sex":"male","sex":"female"}'
is "$(put "$A" $other '{"sex":"male"}' | cut -c1-3) $(settings "$A" $other | cut -c1-3)" '403 403' 'a user neither sets nor reads another'\''s'
is "$(put x $ATHLETE '{"sex":"male"}' | cut -c1-3) $(settings x $ATHLETE | cut -c1-3)" '401 401' 'a stranger nothing'
is "$(settings "$A" me | cut -c1-3) $(put "$PACELINE_SERVICE_KEY" 1 '{"sex":"male"}' | cut -c1-3)" '404 404' 'nobody has such an id'
is "$(request -X DELETE -H "Authorization: Bearer $A" -D "$TEST_DIR/head" "$HTTP_URL/athletes/$ATHLETE/settings" | cut -c1-3)" 405 'no other method'
like "$(tr -d '\r' <"$TEST_DIR/head")" '(^|[[:space:]])[Aa]llow: GET, HEAD, PUT([[:space:]]|$)' 'the answer names those there are'
is "$(sql 'SELECT md5(string_agg(t::text, chr(10) ORDER BY t.user_id, t.valid_from)) FROM athlete_thresholds AS t')" "$before" 'nothing of it is stored'

# --- each ride by the settings of its day
ride() { # DAY
    local id
    id=$(DAY=$1 workout_add 'sport, moving_time_s' "'ride', 1200")
    samples_add "$id" 1201 'distance_m = i * 8.0' 'power_w = 200' 'hr_bpm = 150'
    echo "$id"
}
old=$(ride 2025-06-01)
new=$(ride 2026-06-01)
bare=$(DAY=2026-06-01 workout_add 'sport, moving_time_s' "'strength', 1800")
worker_start worker -j 2
reaper_start
done_all() { # all are computed
    ok "$1" wait_value 30 0 sql "SELECT count(*) FROM workouts WHERE job_status <> 'complete'"
}
done_all 'two rides and a strength session are computed'
factors() {
    echo "$(computed "$old" analysis.power.intensity_factor) $(computed "$new" analysis.power.intensity_factor)"
}
generations() {
    echo "$(sql "SELECT string_agg(job_generation::text, ' ' ORDER BY local_date, sport) FROM workouts")"
}
like "$(factors)" '^0\.99[0-9]* 0\.79[0-9]*$' 'by the FTP of their days: 200 W and 250 W'
is "$(computed "$old" analysis.zones.power.threshold) $(computed "$new" analysis.zones.power.threshold)" '200 250' 'zones, too'

# --- a change: what depends on it, nothing else
was=$(generations)
read -ra generation <<<"$was"
sql "CREATE TABLE stamps AS SELECT id, streams_updated_at, attach_updated_at, summary_updated_at, analysis_updated_at, metrics_updated_at,
                                   execution_updated_at FROM workouts"
like "$(put "$A" $ATHLETE '{"valid_from":"2026-03-01","ftp_w":280}')" '^200 ' 'a new FTP from March on'
done_all 'is in force'
like "$(factors)" '^0\.99[0-9]* 0\.71[0-9]*$' 'for the ride in June, not for the one of the year before'
is "$(generations)" "${generation[0]} $((generation[1] + 1)) ${generation[2]}" 'which was not asked for again, nor the strength session'
is "$(sql "SELECT w.streams_updated_at = s.streams_updated_at, w.attach_updated_at = s.attach_updated_at, w.summary_updated_at = s.summary_updated_at,
                  w.analysis_updated_at > s.analysis_updated_at, w.metrics_updated_at > s.metrics_updated_at, w.execution_updated_at = s.execution_updated_at
             FROM workouts AS w JOIN stamps AS s USING (id) WHERE w.id = '$new'")" 't|t|t|t|t|t' 'only the stages that read an FTP ran'
was=$(generations)
put "$A" $ATHLETE '{"valid_from":"2026-03-01","ftp_w":280}' >/dev/null
is "$(generations)" "$was" 'the same again: no work'
put "$A" $ATHLETE '{"valid_from":"2024-01-01","ftp_w":180}' >/dev/null
is "$(generations)" "$was" 'a day without workouts: none either'
like "$(put "$A" $ATHLETE '{"sex":"female"}')" '^200 ' 'a change of sex'
read -ra generation <<<"$was"
done_all 'reaches every day'
is "$(generations)" "$((generation[0] + 1)) $((generation[1] + 1)) ${generation[2]}" 'but not what has no samples'

# --- a workout that comes in while a change is under way
session_open
session_say "BEGIN; UPDATE athlete_thresholds SET ftp_w = 100 WHERE valid_from = '2026-03-01';" 'idle in transaction'
late=$(ride 2026-07-01)
ok 'a ride that the change has not seen waits for it' wait_value 20 settings_change sql "SELECT job_error ->> 'code' FROM workouts WHERE id = '$late'"
is "$(sql "SELECT job_attempts FROM workouts WHERE id = '$late'")" 0 'which is no attempt'
session_say 'COMMIT;' idle
done_all 'and is computed'
is "$(computed "$late" analysis.zones.power.threshold)" 100 'with the new value'
done_testing
