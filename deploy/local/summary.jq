# summary: one workout, as GET /workouts/:id answers it, in the words in which an athlete would tell of it.
# What is not known is left out.

def pad2: tostring | if length < 2 then "0" + . else . end;
def clock: round | [(. / 3600 | floor), (. % 3600 / 60 | floor), . % 60]
    | if .[0] > 0 then "\(.[0]):\(.[1] | pad2):\(.[2] | pad2)" else "\(.[1]):\(.[2] | pad2)" end;
def digits($n): . * pow(10; $n) | round / pow(10; $n) | tostring;
def some(text): if . == null then empty else text end;
def on_foot: . == "run" or . == "walk";
# a speed as people of that sport say it
def speed($sport): if ($sport | on_foot) then (1000 / . | clock) + "/km" else (. * 3.6 | digits(1)) + " km/h" end;
def rows: .[] | "    " + .;
def joined: if length > 0 then "  " + join(", ") else empty end;
def left($n): tostring | . + " " * ([0, $n - length] | max);

. as $w | .sport as $sport | .computed as $c | ($c.overall // {}) as $o | ($c.metrics // {}) as $m
| ($c.analysis.power // {}) as $p | ($c.execution // {}) as $e
| "  \(.name // "untitled"): \($sport) on \(.local_date) (\(.source))",
  ([($o.distance_m | some($o.distance_m / 1000 | digits(2) + " km")),
    ($o.moving_time_s | some("\($o.moving_time_s | clock) moving")),
    ($o.elapsed_time_s | some("\($o.elapsed_time_s | clock) elapsed")),
    ($o.speed_avg_mps | some($o.speed_avg_mps | speed($sport))),
    ($o.elevation_gain_m | some("\($o.elevation_gain_m | round) m up"))] | joined),
  ([($o.hr_avg_bpm | some("heart rate \($o.hr_avg_bpm | round), at most \($o.hr_max_bpm // 0 | round) bpm")),
    ($o.cadence_avg_spm | some("\($o.cadence_avg_spm | round) steps/min")),
    ($o.cadence_avg_rpm | some("\($o.cadence_avg_rpm | round) rpm"))] | joined),
  ([($o.power_avg_w | some("power \($o.power_avg_w | round) W")),
    ($p.normalized_power_w | some("normalized \($p.normalized_power_w | round) W")),
    ($p.intensity_factor | some("intensity \($p.intensity_factor | digits(2))")),
    ($o.work_j | some("\($o.work_j / 1000 | round) kJ"))] | joined),
  ([($m.load | some("load \($m.load | round) (\($m.load_basis))")),
    ($m.trimp | some("TRIMP \($m.trimp | round)")),
    ($m.decoupling_pct | some("decoupling \($m.decoupling_pct | digits(1)) %"))] | joined),
  (if $w.planned_id != null then
    ([($e.execution_score | some("execution \($e.execution_score | round) of 100 against its plan")),
      ($e.pace_adherence_pct | some("pace \($e.pace_adherence_pct | round) %")),
      ($e.duration_adherence_pct | some("duration \($e.duration_adherence_pct | round) %")),
      ($e.compliance.colour | some($e.compliance.colour))] | joined)
   else empty end),
  ([($c.intervals // [])[] | select(.executed != null)] | if length > 0 then
    "  " + (if $w.planned_id != null then "intervals" else "laps and splits" end) + (if length > 8 then " (8 of \(length))" else "" end) + ":",
    ([to_entries[] | select(.key < 8) | .key as $i | .value | .executed as $x
      | ($i + 1 | left(3)) + (.kind // .label // "" | left(10)) + ($x.duration_s // 0 | clock | left(9))
        + (($x.distance_m // 0) / 1000 | digits(2) + " km" | left(10))
        + (if $x.speed_mps then $x.speed_mps | speed($sport) else "" end | left(11))
        + (if $x.hr_bpm then "\($x.hr_bpm | round) bpm" else "" end | left(9))
        + (if $x.power_w then "\($x.power_w | round) W" else "" end | left(7))
        + (.pass_state // "")] | rows)
   else empty end),
  ([($w.stages // {}) | to_entries[] | select(.value.status != "complete") | "\(.key) \(.value.status): \(.value.error // "")"]
   | if length > 0 then "  not complete: " + join("; ") else empty end)
