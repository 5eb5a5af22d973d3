# shellcheck shell=bash
# standin.sh - stand-ins of providers for pipeline tests, and the configuration that calls them.
#
#   . tap.sh; . cluster.sh; . standin.sh
#   standin_start --athletes 3 --activities 100     # before the programs
#   fault '{"route":"/oauth/token","kind":"status","status":503}'
#   is "$(called /oauth/token)" 2 'two calls'

# shellcheck disable=SC2034 # read by the programs
export PACELINE_STRAVA_CLIENT_SECRET=standin-secret

# standin_start [ARGUMENT...]: sets STANDIN, its address.
standin_start() {
    rm -f "$TEST_DIR/standin.log"
    start standin "$BUILD/paceline-standin" "$@"
    wait_for 20 'test -s "$TEST_DIR/standin.log"' || bail_out 'the stand-in does not start'
    STANDIN=http://127.0.0.1:$(head -n 1 "$TEST_DIR/standin.log")
    cat >>"$CONFIG" <<END
strava_url = "$STANDIN/strava";
strava_client_id = "1";
open_meteo_archive_url = "$STANDIN/archive";
open_meteo_forecast_url = "$STANDIN/forecast";
nominatim_url = "$STANDIN/nominatim";
END
}

# standin METHOD PATH [BODY]: speaks to the stand-in itself.
standin() {
    curl -sS -m 10 --fail-with-body -X "$1" "$STANDIN$2" --data-binary "${3:-}"
}

# fault JSON arms one; limits JSON, settings JSON set what it does.
fault() {
    standin POST /_faults "$1" >/dev/null
}
limits() {
    standin PUT /_limits "$1" >/dev/null
}
settings() {
    standin PUT /_settings "$1" >/dev/null
}

# called PART [STATUS]: how many requests had this in path or query (and were answered so).
called() {
    standin GET /_requests | grep -F "$1" | grep -c "\"status\":${2:-}" || true
}
