#!/bin/bash
# deploy/kubernetes: manifests that Kubernetes and KEDA accept, and that fit the programs, the image and the database.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
command -v jq >/dev/null || skip_all 'jq is not installed (deploy/setup)'
/usr/bin/python3 -c 'import yaml' 2>/dev/null || skip_all 'no /usr/bin/python3 with yaml (it comes with docker-compose: deploy/setup --dev)'
folder=$ROOT/deploy/kubernetes
unset "${!PACELINE_@}"

# of QUERY [JQ-ARGUMENT...]: asks the list of all objects of all manifests.
of() {
    jq -r "$@" "$TEST_DIR/objects.json"
}

/usr/bin/python3 -c 'import json, sys, yaml
json.dump([o for name in sys.argv[1:] for o in yaml.safe_load_all(open(name))], sys.stdout)' "$folder"/*.yaml >"$TEST_DIR/objects.json"
is "$(of '.[] | select(.kind == "Kustomization") | .resources[]' | sort)" \
    "$(cd "$folder" && printf "%s\n" *.yaml | grep -vE '^(kustomization|secret\.example)\.yaml$')" 'kustomize applies every manifest but the example'

# --- the schemas of Kubernetes and KEDA, from packages that carry them; kept for the next run
venv=$ROOT/build/kubernetes/python
if [ ! -x "$venv/bin/kubernetes-validate" ]; then
    /usr/bin/python3 -m venv "$venv" >"$TEST_DIR/pip.log" 2>&1 &&
        "$venv/bin/pip" install -q --disable-pip-version-check --retries 1 --timeout 20 kubernetes-validate==1.37.0 >>"$TEST_DIR/pip.log" 2>&1
fi
mapfile -t core < <(cd "$folder" && grep -LE '^apiVersion: (keda|kustomize)' -- *.yaml)
if [ -x "$venv/bin/kubernetes-validate" ]; then
    for version in 1.29 1.37; do
        ok "Kubernetes $version accepts ${#core[@]} manifests" env -C "$folder" "$venv/bin/kubernetes-validate" -k $version --strict "${core[@]}"
        is "$(grep -c ' passed ' "$TEST_DIR/ok.out")" "$(of '[.[] | select(.apiVersion | test("^(keda|kustomize)") | not)] | length')" 'all their objects'
    done
    sed 's/readOnlyRootFilesystem/readOnlyFilesystem/' "$folder/worker.yaml" >"$TEST_DIR/wrong.yaml"
    fails 'and would not a wrong one' "$venv/bin/kubernetes-validate" -k 1.37 --strict "$TEST_DIR/wrong.yaml"
else
    skip 'Kubernetes accepts the manifests' "kubernetes-validate cannot be installed: $(tail -n 1 "$TEST_DIR/pip.log")"
fi
keda=$ROOT/build/kubernetes/node/node_modules/@kubernetes-models/keda/keda.sh/v1alpha1
if [ ! -e "$keda/ScaledObject.js" ] && command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund --fetch-retries 1 --fetch-timeout 20000 --prefix "$ROOT/build/kubernetes/node" \
        @kubernetes-models/keda@2.0.0 >"$TEST_DIR/npm.log" 2>&1
fi
cat >"$TEST_DIR/keda.js" <<'END'
const [schemas, file] = process.argv.slice(2);
for (const object of JSON.parse(require("fs").readFileSync(file)).filter((o) => o.apiVersion.startsWith("keda.sh/"))) {
    new (require(`${schemas}/${object.kind}`)[object.kind])(object).validate(); // throws
}
END
if [ -e "$keda/ScaledObject.js" ] && command -v node >/dev/null; then
    ok 'KEDA accepts its objects' node "$TEST_DIR/keda.js" "$keda" "$TEST_DIR/objects.json"
    of '(.[] | select(.kind == "ScaledObject") | .spec.triggers[0].metadata.lagThreshold) = 500' >"$TEST_DIR/wrong.json"
    fails 'and would not a number where it wants text' node "$TEST_DIR/keda.js" "$keda" "$TEST_DIR/wrong.json"
else
    skip 'KEDA accepts its objects' "node, npm or the package of KEDA's schemas are not to be had"
fi
# What those schemas do not see: a key that nobody reads.
keda_of() { of '.[] | select(.kind == "ScaledObject") | .spec | '"$1"; }
is "$(keda_of 'keys | join(" ")')" 'advanced cooldownPeriod maxReplicaCount minReplicaCount pollingInterval scaleTargetRef triggers' 'its keys are KEDA'\''s'
is "$(keda_of '.triggers[] | "\(.type): \(.metadata | keys | join(" "))"')" 'kafka: activationLagThreshold bootstrapServers consumerGroup lagThreshold
postgresql: activationTargetQueryValue dbName host port query sslmode targetQueryValue userName' 'and those of its triggers'

# --- they fit the programs
user=$(sed -n 's/^USER \([0-9]*\):.*/\1/p' "$ROOT/deploy/docker/Dockerfile")
drain_s=$("$BUILD/paceline-worker" check-config | sed -nE 's/^drain_timeout_s = ([0-9]+);.*/\1/p')
for name in producer worker reaper; do
    of --arg n $name '.[] | select(.kind == "Deployment" and .metadata.name == $n) | .spec.template.spec' >"$TEST_DIR/pod.json"
    pod() { jq -r "$@" "$TEST_DIR/pod.json"; }
    ok "$name reads the configuration" "$BUILD/paceline-$name" --config "$folder/paceline.conf" check-config
    cp "$TEST_DIR/ok.out" "$TEST_DIR/config"
    is "$(pod '.containers[0].ports[] | select(.name == "ops") | .containerPort')" \
        "$(sed -nE 's/^ops_listen = "0\.0\.0\.0:([0-9]+)".*/\1/p' "$TEST_DIR/config")" 'and is probed at the port that it has there'
    is "$(pod '.containers[0] | .livenessProbe.httpGet.path, .readinessProbe.httpGet.path, .command[0]' | tr '\n' ' ')" \
        "/livez /readyz paceline-$name " 'by what it answers'
    for variable in $(pod '.containers[0].env[].name' | grep '^PACELINE_'); do
        ok "$variable is an option of it" grep -q "^# $variable: " "$TEST_DIR/config"
    done
    ok 'it may drain before it is killed' test "$(pod .terminationGracePeriodSeconds)" -ge $((drain_s + 8))
done
is "$(of '.[] | (.spec.template.spec // empty) | .containers[0].securityContext + .securityContext
          | [.readOnlyRootFilesystem, .runAsNonRoot, .allowPrivilegeEscalation, .capabilities.drop[0], .seccompProfile.type, .runAsUser] | join(" ")' | sort -u)" \
    "true true false ALL RuntimeDefault $user" 'every pod runs under the image'\''s account, without rights'
is "$(of '.[] | select(.kind == "Deployment") | .metadata.name')" "$(of '.[] | select(.kind == "PodDisruptionBudget") | .spec.selector.matchLabels[]')" \
    'each program has a disruption budget'
is "$(of '[.. | .secretKeyRef? // empty | .key] + [.. | .secretTargetRef? // empty | .[].key] | unique[]')" \
    "$(of '.[] | select(.kind == "Secret") | .stringData | keys[]')" 'the example of the secret has every key that is read, and no other'
is "$(of '.[] | select(.kind == "Secret") | .stringData | keys[]')" "$("$ROOT/deploy/new-env" | sed -n 's/=.*//p' | grep -v GRAFANA | sort)" \
    'as has what new-env makes'

# --- and KEDA looks where the programs are
value() { "$BUILD/paceline-reaper" --config "$folder/paceline.conf" check-config | sed -nE "s/^$1 = \"?([^;\"]*)\"?;.*/\1/p"; }
is "$(keda_of '.scaleTargetRef.name')" worker 'KEDA scales the workers'
is "$(keda_of '.triggers[] | select(.type == "kafka").metadata | .bootstrapServers, .consumerGroup' | tr '\n' ' ')" \
    "$(value bootstrap_servers) $(value consumer_group) " 'by the lag of their group'
slots=$("$BUILD/paceline-worker" --config "$folder/paceline.conf" check-config | sed -nE 's/^slots = ([0-9]+);.*/\1/p')
is "$(keda_of .maxReplicaCount)" $(($(value partitions) / slots)) 'to no more slots than partitions'
is "$(keda_of '.triggers[] | select(.type == "postgresql").metadata | "user=\(.userName) dbname=\(.dbName) host=\(.host) sslmode=\(.sslmode)"')" \
    "$(value database)" 'and by rows, in the reaper'\''s database'
is "$(of '.[] | select(.kind == "Deployment" and .metadata.name == "worker") | .spec | has("replicas")')" false 'nobody else says how many there are'

# --- its query counts what is to be done, with the reaper's rights
pg_start
migrate
query=$(keda_of '.triggers[] | select(.type == "postgresql").metadata.query')
backlog() { psql -XAtq -v ON_ERROR_STOP=1 -U paceline_reaper -c "$query"; }
sql 'UPDATE job_kinds SET paused = true'
is "$(backlog)" 0 'nothing adopted, nothing to do'
sql "CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (id text PRIMARY KEY); CREATE TABLE c (id bigint PRIMARY KEY);
     SELECT job_adopt('a', kind => 'a'), job_adopt('b', kind => 'b'), job_adopt('c', kind => 'c')" >/dev/null
sql "INSERT INTO a SELECT generate_series(1, 10); INSERT INTO b SELECT generate_series(1, 5); INSERT INTO c VALUES (1);
     UPDATE job_kinds SET paused = true WHERE kind = 'c';
     UPDATE a SET job_status = 'complete' WHERE id <= 2;
     UPDATE a SET job_status = 'pending' WHERE id = 1;                                                    -- requested again: due
     UPDATE b SET job_due_at = now() + interval '1 hour', job_epoch = job_epoch + 1 WHERE id = '5';      -- waits
     INSERT INTO workers (host, slot, pid, kinds) VALUES ('h', 0, 1, '{a}');
     UPDATE a SET job_status = 'processing', job_worker = 1, job_epoch = job_epoch + 1 WHERE id IN (9, 10);
     INSERT INTO holdings (worker, batch, kind, keys, deadline) SELECT id, 1, 'a', '{9,10}', now() + interval '1 hour' FROM workers"
is "$(backlog)" 13 '7 rows of a and 4 of b that are pending and due, 2 in work; not those finished, waiting or of a paused kind'
sql "INSERT INTO b (id, job_status) SELECT 'old' || i, 'complete' FROM generate_series(1, 20000) AS i;
     UPDATE job_kinds SET swept_to = clock_timestamp() WHERE kind = 'b'"
sql 'ANALYZE b'
inner=$(sed -n "s/.*query_to_xml(\(format(.*)\), false, true, ''.*/\1/p" <<<"${query//$'\n'/ }")
plan=$(sql "EXPLAIN $(sql "SELECT $inner FROM job_kinds WHERE kind = 'b'")")
like "$plan" 'Index' 'it asks the indexes'
is "$(grep -c 'Seq Scan' <<<"$plan")" 0 'and reads no table through'
done_testing
