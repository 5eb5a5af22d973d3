-- plan_steps: tokens to steps (workouts.md, section 5.6).
BEGIN;
SELECT plan(27);
CREATE FUNCTION fit() RETURNS athlete_thresholds LANGUAGE sql AS $$
    SELECT ROW ('11111111-1111-4111-8111-111111111111', '2026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, 4.2, 5, 4.5, 4, 3, now())::athlete_thresholds
$$;
-- steps as kind:seconds:metres:slow-fast
CREATE FUNCTION told(tokens text[], athlete athlete_thresholds DEFAULT fit()) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s:%s:%s:%s-%s', s ->> 'kind', s ->> 'duration_s', s ->> 'distance_m', round((s ->> 'speed_min_mps')::numeric, 2),
                             round((s ->> 'speed_max_mps')::numeric, 2)), ' ' ORDER BY (s ->> 'planned_index')::int)
      FROM jsonb_array_elements(plan_steps(tokens, athlete)) AS s
$$;
SELECT is(told('{interval_6x800m_5kpace_r90s}'),
    'work::800:4.76-5.26 recovery:90::- work::800:4.76-5.26 recovery:90::- work::800:4.76-5.26 recovery:90::- work::800:4.76-5.26 recovery:90::- work::800:4.76-5.26 recovery:90::- work::800:4.76-5.26',
    'interval_6x800m_5kpace_r90s: six times 800 m, 90 s between, pace +-5 %');
SELECT is(told('{tempo_30min_5kpace_plus0:50}'), 'work:1800::4.12-4.56', 'tempo_30min_5kpace_plus0:50: half an hour, 50 s a mile slower than 5 km pace');
SELECT is(told('{longrun_90min_easypace}'), 'work:5400::2.73-3.33', 'longrun_90min_easypace: easy, +-10 %');
SELECT is(told('{warmup_run_easy_10min}'), 'warmup:600::2.73-3.33', 'warmup_run_easy_10min');
SELECT is(told('{cooldown_run_easy_5min}'), 'cooldown:300::2.73-3.33', 'cooling down');
SELECT is(told('{recovery_2km}'), 'recovery::2000:-', 'a recovery by distance, without a pace');
SELECT is(told('{longrun_10mi_easypace}'), 'work::16093.44:2.73-3.33', '10 mi are 16093.44 m');
SELECT is(told('{tempo_1.5km_10kpace}'), 'work::1500:4.29-4.74', 'fractions');
SELECT is(told('{tempo_20min_thresholdpace}'), 'work:1200::4.00-4.42', 'threshold');
SELECT is(told('{tempo_1h_marathonpace}'), 'work:3600::3.81-4.21', 'marathon, an hour');
SELECT is(told('{interval_2x3min_10kpace_r400m}'), 'work:180::4.29-4.74 recovery::400:- work:180::4.29-4.74', 'by time, with a recovery by distance');
SELECT is(told('{interval_3x400m}'), 'work::400:- work::400:- work::400:-', 'no recovery, no pace');
SELECT is(told('{warmup_run_easy_10min,interval_2x800m_5kpace_r90s,cooldown_run_easy_5min}'),
    'warmup:600::2.73-3.33 work::800:4.76-5.26 recovery:90::- work::800:4.76-5.26 cooldown:300::2.73-3.33', 'several tokens, in order');
SELECT is(told('{TEMPO_30MIN_5KPACE}'), 'work:1800::4.76-5.26', 'in any case');

-- unknown paces are unknown (WK28)
SELECT is(told('{interval_2x800m_5kpace_r90s}', NULL), 'work::800:- recovery:90::- work::800:-', 'WK28: without the athlete''s speed no pace is invented');
SELECT is(told('{interval_2x800m_3kpace_r90s}'), 'work::800:- recovery:90::- work::800:-', 'a pace that there is not');

-- what says nothing makes nothing
SELECT is(plan_steps('{}', fit()), NULL, 'no tokens');
SELECT is(plan_steps(NULL, fit()), NULL, 'no list');
SELECT is(plan_steps('{strides,hills_fun,_,""}', fit()), NULL, 'tokens without a measure');
SELECT is(told('{tempo_0min_5kpace}'), NULL, 'of nothing');
SELECT is(told('{interval_0x800m}'), 'work::800:-', 'none is one');
SELECT is(told('{tempo_99999999min}'), NULL, 'a number that is too long is no measure');

-- ids
SELECT is((SELECT array_agg(s ->> 'id' ORDER BY n) FROM jsonb_array_elements(plan_steps('{interval_2x800m_r90s}', fit())) WITH ORDINALITY AS e (s, n)),
    ARRAY['token-1', 'token-2', 'token-3'], 'steps have ids of their own');
SELECT is((SELECT array_agg(s ->> 'label' ORDER BY n) FROM jsonb_array_elements(plan_steps('{interval_2x800m_r90s}', fit())) WITH ORDINALITY AS e (s, n)),
    ARRAY['interval 1/2', 'recovery', 'interval 2/2'], 'and labels');

-- plan_document
INSERT INTO planned_workouts (id, user_id, sport, local_date, name, description, tags, steps_preset, steps, total_duration_s) VALUES
    ('bbbbbbbb-0000-4000-8000-000000000001', '11111111-1111-4111-8111-111111111111', 'run', '2026-01-01', 'Hard Tuesday', 'easy jog between', '{Speed}',
     '{warmup_run_easy_10min,tempo_30min_5kpace}', '[{"kind": "work", "duration_s": 60}]', 3600);
SELECT is((SELECT plan_document(p, fit()) -> 'words' #>> '{}' FROM planned_workouts AS p), 'hard tuesday speed tempo_30min_5kpace',
    'the words that tell how hard: not the description, not the warm-up');
SELECT is((SELECT plan_document(p, fit()) -> 'steps' FROM planned_workouts AS p), '[{"kind": "work", "duration_s": 60}]', 'own steps come first');
SELECT is((SELECT round((plan_document(p, fit()) ->> 'steady_min_mps')::numeric, 2) FROM planned_workouts AS p), 4.76, 'the tokens'' pace stands by');
SELECT * FROM finish();
ROLLBACK;
