#!/bin/bash
# What deploy/grafana and deploy/prometheus ask for is what /metrics has: every metric and every label.
. "$(dirname "$0")/../lib/tap.sh"
command -v jq >/dev/null || skip_all 'jq is not installed (deploy/setup)'

# The table of metrics as lines "name LABELS", with the suffixes that a histogram's series have.
sed -nE 's/^METRIC\([A-Z_]+, "([a-z_]+)", ([A-Z]+), ([A-Z_]+),.*/\1 \2 \3/p' "$ROOT/common/metrics.def" |
    awk '$2 == "HISTOGRAM" { print $1 "_bucket", $3; print $1 "_sum", $3; print $1 "_count", $3; next } { print $1, $3 }' >"$TEST_DIR/metrics"
expressions() {
    jq -r '.panels[].targets[].expr' "$ROOT"/deploy/grafana/dashboards/*.json
    sed -n 's/^ *expr: //p' "$ROOT"/deploy/prometheus/*.yml
}
ok 'the dashboard has panels with queries' test "$(expressions | wc -l)" -ge 12
for metric in $(expressions | grep -oE 'paceline_[a-z_]+' | sort -u); do
    ok "$metric exists" grep -q "^$metric " "$TEST_DIR/metrics"
done
# Each metric is summed by labels that it has; job and instance are Prometheus's own, le a histogram's.
expressions | grep -oE 'by \([a-z, ]+\) \([^[]*paceline_[a-z_]+' | while read -r found; do
    labels=${found#by (} metric=paceline_${found##*paceline_}
    labels=${labels%%)*}
    has=$(awk -v m="$metric" '$1 == m { print tolower($2) }' "$TEST_DIR/metrics")
    for label in ${labels//,/ }; do
        case _${has}_job_instance_le_ in
        *_"$label"_*) ;;
        *) echo "$metric has no label $label" ;;
        esac
    done
done >"$TEST_DIR/wrong"
is "$(cat "$TEST_DIR/wrong")" '' 'and each is summed by labels that it has'
for title in 'Oldest ready row' 'Pending and processing' 'Claims' 'Finishes by outcome' 'Fenced' 'Reclaimed' 'Replication slot behind' 'Restarts'; do
    ok "the dashboard shows: $title" jq -e --arg t "$title" '[.panels[].title] | index($t)' "$ROOT/deploy/grafana/dashboards/paceline.json"
done
is "$(jq -r '[.panels[].datasource.uid] | unique[]' "$ROOT/deploy/grafana/dashboards/paceline.json")" \
    "$(sed -n 's/^ *uid: //p' "$ROOT/deploy/grafana/provisioning/datasources/prometheus.yml")" 'from the data source that is provisioned'
done_testing
