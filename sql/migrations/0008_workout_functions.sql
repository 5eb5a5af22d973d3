-- 0008_workout_functions: what other clients of the database call (workouts.md, sections 5.2, 5.6 and 7).
-- Lock: none by itself.

-- workout_caller_may: the caller owns what belongs to this user, or stands above row-level security (the service key, a
-- superuser). For functions that run with their owner's rights: there current_user is the owner, but the role that the
-- session has set is still the caller's.
CREATE OR REPLACE FUNCTION workout_caller_may(owner uuid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT coalesce(owner = auth.uid(), false)
           OR EXISTS (SELECT FROM pg_roles AS r
                       WHERE r.rolname = coalesce(nullif(current_setting('role', true), 'none'), session_user)
                         AND (r.rolname = 'service_role' OR r.rolsuper OR r.rolbypassrls));
END;

-- jsonb_merge: partial over document: objects merge, everything else is replaced (JSON null, too).
CREATE OR REPLACE FUNCTION jsonb_merge(document jsonb, partial jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    result jsonb := document;
    field text;
    value jsonb;
BEGIN
    IF jsonb_typeof(document) <> 'object' OR jsonb_typeof(partial) <> 'object' THEN
        RETURN partial;
    END IF;
    FOR field, value IN SELECT * FROM jsonb_each(partial) LOOP
        IF jsonb_typeof(value) = 'object' AND jsonb_typeof(result -> field) = 'object' THEN
            value := jsonb_merge(result -> field, value);
        END IF;
        result := result || jsonb_build_object(field, value);
    END LOOP;
    RETURN result;
END
$$;

-- computed_repaired: a document that other clients damaged: a string is parsed, an array gives its first element (parsed if
-- it is a string), anything unreadable becomes {}, with a warning that names the workout.
CREATE OR REPLACE FUNCTION computed_repaired(document jsonb, workout_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    found jsonb := CASE jsonb_typeof(document) WHEN 'array' THEN document -> 0 ELSE document END;
BEGIN
    IF jsonb_typeof(found) = 'string' THEN
        BEGIN
            found := (found #>> '{}')::jsonb;
        EXCEPTION WHEN invalid_text_representation OR untranslatable_character THEN
            found := NULL;
        END;
    END IF;
    IF jsonb_typeof(found) = 'object' THEN
        RETURN found;
    END IF;
    RAISE WARNING 'workout %: computed was unreadable and starts empty', workout_id;
    RETURN '{}';
END
$$;

CREATE OR REPLACE FUNCTION merge_computed(
    p_workout_id uuid, p_partial_computed jsonb, p_computed_version_int int DEFAULT NULL,
    p_computed_at timestamptz DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    w record;
    partial jsonb := p_partial_computed;
BEGIN
    IF jsonb_typeof(partial) = 'string' THEN
        BEGIN
            partial := (partial #>> '{}')::jsonb;
        EXCEPTION WHEN invalid_text_representation OR untranslatable_character THEN
            partial := NULL;
        END;
    END IF;
    IF partial IS NULL OR jsonb_typeof(partial) <> 'object' THEN
        RAISE EXCEPTION 'merge_computed: the partial for workout % is no JSON object', p_workout_id
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT t.user_id, t.computed INTO w FROM workouts AS t WHERE t.id = p_workout_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'merge_computed: there is no workout %', p_workout_id USING ERRCODE = 'no_data_found';
    END IF;
    IF NOT workout_caller_may(w.user_id) THEN
        RAISE EXCEPTION 'merge_computed: workout % is not the caller''s', p_workout_id USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE workouts AS t
       SET computed = jsonb_merge(computed_repaired(w.computed, p_workout_id), partial),
           computed_version = coalesce(p_computed_version_int, t.computed_version),
           computed_at = coalesce(p_computed_at, now())
     WHERE t.id = p_workout_id;
END
$$;
COMMENT ON FUNCTION merge_computed IS 'merges a partial document deeply into workouts.computed under the row''s lock; the owner or the service key only';

CREATE OR REPLACE FUNCTION try_advisory_lock(lock_key text) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN pg_try_advisory_xact_lock(hashtextextended(lock_key, 0));
COMMENT ON FUNCTION try_advisory_lock IS
    'true if the lock of that name (64-bit hash) was free; held to the end of the caller''s transaction. A client whose every call is a transaction of its own (PostgREST) is not protected after the call has returned';

-- plan_speed: the athlete's speed that a pace word of a token names, NULL if it is not known.
CREATE OR REPLACE FUNCTION plan_speed(word text, thresholds athlete_thresholds) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE word WHEN '5k' THEN (thresholds).speed_5k_mps
                     WHEN '10k' THEN (thresholds).speed_10k_mps
                     WHEN 'marathon' THEN (thresholds).speed_marathon_mps
                     WHEN 'threshold' THEN (thresholds).threshold_speed_mps
                     WHEN 'easy' THEN (thresholds).speed_easy_mps END;

-- plan_step: one step; the range is 5 % of the pace (s/m) to either side, 10 % for easy ones.
CREATE OR REPLACE FUNCTION plan_step(
    kind text, label text, duration_s double precision, distance_m double precision, speed_mps double precision,
    is_easy boolean) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'kind', kind, 'label', label, 'duration_s', duration_s, 'distance_m', distance_m,
        'speed_min_mps', round((speed_mps / CASE WHEN is_easy THEN 1.10 ELSE 1.05 END)::numeric, 4),
        'speed_max_mps', round((speed_mps / CASE WHEN is_easy THEN 0.90 ELSE 0.95 END)::numeric, 4)));

-- plan_measure: a duration in s or a distance in m, as tokens write them: 30min, 90s, 800m, 1.5km, 2mi, 1h.
CREATE OR REPLACE FUNCTION plan_measure(word text, OUT duration_s double precision, OUT distance_m double precision)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    part text[] := regexp_match(word, '^(\d{1,6}(?:\.\d{1,3})?)(h|min|s|km|mi|m)$');
BEGIN
    duration_s := part[1]::double precision * CASE part[2] WHEN 'h' THEN 3600 WHEN 'min' THEN 60 WHEN 's' THEN 1 END;
    distance_m := part[1]::double precision * CASE part[2] WHEN 'km' THEN 1000 WHEN 'mi' THEN 1609.344 WHEN 'm' THEN 1 END;
END
$$;

-- plan_token_steps: the steps of one token, in order, or nothing if it says nothing measurable:
--   interval_6x800m_5kpace_r90s   tempo_30min_5kpace_plus0:50   longrun_90min_easypace   warmup_run_easy_10min
-- The first word is the type, then in any order: repeats x measure, a measure, a pace, plusM:SS a mile, a recovery r90s.
-- Recoveries lie between the repeats.
CREATE OR REPLACE FUNCTION plan_token_steps(token text, thresholds athlete_thresholds) RETURNS SETOF jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text[] := string_to_array(lower(btrim(token)), '_');
    type text := words[1];
    word text;
    part text[];
    repeats int := 1;
    measure record;
    recovery_s double precision;
    recovery_m double precision;
    step_s double precision;
    step_m double precision;
    speed double precision;
    slower_s double precision := 0; -- s a mile
    is_easy boolean := type IN ('longrun', 'easyrun', 'easy', 'recovery', 'warmup', 'cooldown');
    kind text := CASE WHEN type IN ('warmup', 'cooldown', 'recovery') THEN type ELSE 'work' END;
BEGIN
    FOREACH word IN ARRAY coalesce(words[2:], '{}') LOOP
        part := regexp_match(word, '^(\d{1,3})x(.+)$');
        IF part IS NOT NULL THEN
            repeats := greatest(part[1]::int, 1);
            word := part[2];
        END IF;
        SELECT * INTO measure FROM plan_measure(word);
        IF coalesce(measure.duration_s, measure.distance_m) > 0 THEN
            step_s := measure.duration_s;
            step_m := measure.distance_m;
        ELSIF word ~ '^r\d' THEN
            SELECT * INTO recovery_s, recovery_m FROM plan_measure(substr(word, 2));
        ELSIF word ~ '^(5k|10k|marathon|threshold|easy)(pace)?$' THEN
            is_easy := is_easy OR word ~ '^easy';
            speed := plan_speed(regexp_replace(word, 'pace$', ''), thresholds);
        ELSIF word ~ '^plus\d{1,2}:\d\d$' THEN
            slower_s := split_part(substr(word, 5), ':', 1)::int * 60 + split_part(word, ':', 2)::int;
        END IF;
    END LOOP;
    IF step_s IS NULL AND step_m IS NULL THEN
        RETURN;
    END IF;
    speed := 1 / (1 / speed + slower_s / 1609.344);
    FOR i IN 1 .. repeats LOOP
        RETURN NEXT plan_step(kind, CASE WHEN repeats > 1 THEN format('%s %s/%s', type, i, repeats) ELSE type END,
                              step_s, step_m, speed, is_easy);
        IF i < repeats AND coalesce(recovery_s, recovery_m) > 0 THEN
            RETURN NEXT plan_step('recovery', 'recovery', recovery_s, recovery_m, NULL, true);
        END IF;
    END LOOP;
END
$$;

-- plan_steps: the steps that a plan's tokens mean, as planned_workouts.steps has them; NULL if there are none.
CREATE OR REPLACE FUNCTION plan_steps(tokens text[], thresholds athlete_thresholds) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_agg(jsonb_build_object('id', 'token-' || made.n, 'planned_index', made.n - 1) || made.step ORDER BY made.n)
      FROM (SELECT row_number() OVER (ORDER BY t.n, s.n) AS n, s.step
              FROM unnest(tokens) WITH ORDINALITY AS t (token, n)
             CROSS JOIN plan_token_steps(t.token, thresholds) WITH ORDINALITY AS s (step, n)) AS made;
END;

-- athlete_thresholds_on: the row that a workout of that day is judged by: the latest from its day or before, else the earliest.
CREATE OR REPLACE FUNCTION athlete_thresholds_on(athlete uuid, day date) RETURNS athlete_thresholds
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT t
      FROM athlete_thresholds AS t
     WHERE t.user_id = athlete
     ORDER BY (t.valid_from <= day) IS TRUE DESC, CASE WHEN t.valid_from <= day THEN day - t.valid_from ELSE t.valid_from - day END
     LIMIT 1;
END;

-- plan_document: a plan as the worker reads it: with steps made from its tokens where it has none of its own, and with the words
-- that tell how hard it is meant; steady_* is what the first token with a pace asks, for steps that name none. The description and the tokens of warming up and cooling down do not: "easy" is said there of
-- hard workouts, too.
CREATE OR REPLACE FUNCTION plan_document(plan planned_workouts, thresholds athlete_thresholds) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce((
        SELECT jsonb_build_object('steady_min_mps', s.step -> 'speed_min_mps', 'steady_max_mps', s.step -> 'speed_max_mps')
          FROM jsonb_array_elements(plan_steps((plan).steps_preset, thresholds)) WITH ORDINALITY AS s (step, n)
         WHERE s.step ->> 'kind' = 'work' AND s.step ? 'speed_min_mps'
         ORDER BY s.n
         LIMIT 1), '{}') || jsonb_build_object(
        'id', (plan).id, 'updated_at', (plan).updated_at,
        'steps', coalesce(nullif((plan).steps, '[]'), plan_steps((plan).steps_preset, thresholds)),
        'total_duration_s', (plan).total_duration_s, 'duration_s', (plan).duration_s, 'total_distance_m', (plan).total_distance_m,
        'words', lower(concat_ws(' ', (plan).name, array_to_string((plan).tags, ' '),
                                 (SELECT string_agg(token, ' ') FROM unnest((plan).steps_preset) AS token
                                   WHERE token !~* '^(warmup|cooldown|recovery)'))),
        'tokens', lower(array_to_string((plan).steps_preset, ' ')));

-- workout_lock: takes the locks that linking a workout needs, in order: one for all links of its user, the plan and the workout's
-- present plan, then the workouts of their days, which look again when a plan becomes free.
CREATE OR REPLACE FUNCTION workout_lock(workout uuid, plan uuid) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('paceline.links ' || w.user_id, 0)) FROM workouts AS w WHERE w.id = workout;
    PERFORM FROM planned_workouts AS p
      WHERE p.id IN (plan, (SELECT w.planned_id FROM workouts AS w WHERE w.id = workout)) ORDER BY p.id FOR NO KEY UPDATE;
    PERFORM FROM workouts AS w
      WHERE w.id = workout OR w.planned_id = plan
         OR (w.user_id, w.local_date) IN (SELECT p.user_id, p.local_date FROM planned_workouts AS p
                                           WHERE p.id IN (plan, (SELECT o.planned_id FROM workouts AS o WHERE o.id = workout)))
      ORDER BY w.id FOR NO KEY UPDATE;
END
$$;

-- workout_attach: the owner says which plan a workout carried out. The plan's former workout lets go of it; steps that the plan
-- lacks are made from its tokens; the workout is done anew.
CREATE OR REPLACE FUNCTION workout_attach(workout_id uuid, planned_id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    p planned_workouts;
    w workouts;
BEGIN
    SELECT * INTO p FROM planned_workouts AS t WHERE t.id = workout_attach.planned_id;
    SELECT * INTO w FROM workouts AS t WHERE t.id = workout_attach.workout_id;
    IF w.id IS NULL OR p.id IS NULL THEN
        RAISE EXCEPTION 'workout_attach: there is no workout % or no plan %', workout_id, planned_id USING ERRCODE = 'no_data_found';
    END IF;
    IF NOT workout_caller_may(w.user_id) OR p.user_id <> w.user_id THEN
        RAISE EXCEPTION 'workout_attach: workout % and plan % are not both the caller''s', workout_id, planned_id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM workout_lock(workout_attach.workout_id, workout_attach.planned_id);
    UPDATE workouts AS t SET planned_id = NULL
     WHERE t.planned_id = workout_attach.planned_id AND t.id <> workout_attach.workout_id;
    UPDATE planned_workouts AS t
       SET steps = plan_steps(t.steps_preset, athlete_thresholds_on(w.user_id, w.local_date))
     WHERE t.id = workout_attach.planned_id AND (t.steps IS NULL OR t.steps = '[]');
    UPDATE workouts AS t
       SET planned_id = workout_attach.planned_id, planned_by = 'user', attach_status = 'pending', job_status = 'pending'
     WHERE t.id = workout_attach.workout_id;
END
$$;
COMMENT ON FUNCTION workout_attach IS 'the owner links a workout to a plan; the plan''s former workout is unlinked';

-- workout_detach: the owner says that a workout carried out no plan; none is attached until workout_attach.
CREATE OR REPLACE FUNCTION workout_detach(workout_id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner uuid;
BEGIN
    SELECT t.user_id INTO owner FROM workouts AS t WHERE t.id = workout_detach.workout_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'workout_detach: there is no workout %', workout_id USING ERRCODE = 'no_data_found';
    END IF;
    IF NOT workout_caller_may(owner) THEN
        RAISE EXCEPTION 'workout_detach: workout % is not the caller''s', workout_id USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM workout_lock(workout_detach.workout_id, NULL);
    UPDATE workouts AS t
       SET planned_id = NULL, planned_by = 'detached', attach_status = 'pending', job_status = 'pending'
     WHERE t.id = workout_detach.workout_id;
END
$$;
COMMENT ON FUNCTION workout_detach IS 'the owner unlinks a workout from its plan, and wants none';

-- plan_candidates: the plans that a workout may be attached to by itself: its user's, of its day and sport, not done, skipped or held
-- by another workout, as plan_document has them. `same_day` counts the day's open plans of any sport. No row: somebody is changing the user's plans at this
-- moment; ask again later. Each statement looks anew, so what held the lock is seen once it is free. The lock is given back with
-- the end of the statement: call it outside a transaction.
CREATE OR REPLACE FUNCTION plan_candidates(workout_id uuid) RETURNS TABLE (same_day int, plans jsonb)
    LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    w record;
    is_quiet boolean := false;
BEGIN
    SELECT t.user_id, t.local_date, t.sport INTO w FROM workouts AS t WHERE t.id = plan_candidates.workout_id;
    FOR look IN 1 .. 10 LOOP -- another worker that looks at this moment is gone in a millisecond
        is_quiet := pg_try_advisory_xact_lock(plan_lock(w.user_id));
        EXIT WHEN is_quiet;
        PERFORM pg_sleep(0.005);
    END LOOP;
    IF NOT is_quiet THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT count(*)::int,
               jsonb_agg(plan_document(p, athlete_thresholds_on(w.user_id, w.local_date)) ORDER BY p.id)
                   FILTER (WHERE p.sport = w.sport)
          FROM planned_workouts AS p
         WHERE p.user_id = w.user_id
           AND p.local_date = w.local_date
           AND p.workout_status IN ('planned', 'in_progress')
           AND (p.completed_workout_id IS NULL OR p.completed_workout_id = plan_candidates.workout_id);
END
$$;

-- computed_patched: the worker's own write: each stage's paths are replaced, every other key is left alone. The patch has the members
-- overall (without execution_score), intervals, planned_steps_light, analysis, metrics, execution, execution_score and stages,
-- each only if its stage ran.
CREATE OR REPLACE FUNCTION computed_patched(document jsonb, patch jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH was AS (
        SELECT CASE WHEN jsonb_typeof(document) = 'object' THEN document ELSE '{}' END AS document,
               CASE WHEN jsonb_typeof(document -> 'overall') = 'object' THEN document -> 'overall' ELSE '{}' END AS overall,
               CASE WHEN jsonb_typeof(document -> 'stages') = 'object' THEN document -> 'stages' ELSE '{}' END AS stages
    )
    SELECT was.document || (patch - ARRAY['overall', 'execution_score', 'stages'])
           || jsonb_build_object(
                  'overall',
                  CASE WHEN patch ? 'overall'
                       THEN (patch -> 'overall') || CASE WHEN was.overall ? 'execution_score'
                                                         THEN jsonb_build_object('execution_score', was.overall -> 'execution_score')
                                                         ELSE '{}' END
                       ELSE was.overall END
                  || CASE WHEN patch ? 'execution_score'
                          THEN jsonb_build_object('execution_score', patch -> 'execution_score') ELSE '{}' END,
                  'stages', was.stages || coalesce(patch -> 'stages', '{}'))
      FROM was;
END;

REVOKE ALL ON FUNCTION merge_computed(uuid, jsonb, int, timestamptz), workout_attach(uuid, uuid), workout_detach(uuid),
    workout_caller_may(uuid), workout_lock(uuid, uuid), plan_candidates(uuid), athlete_thresholds_on(uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION merge_computed(uuid, jsonb, int, timestamptz), workout_attach(uuid, uuid), workout_detach(uuid)
    TO authenticated, service_role;
GRANT EXECUTE ON FUNCTION plan_candidates(uuid), athlete_thresholds_on(uuid, date) TO paceline_worker;
