-- 0012_athlete_settings: what a change of an athlete's dated settings brings about: the workouts of the days for which other values are
-- in force than before are computed again, and no others.
-- Lock: SHARE ROW EXCLUSIVE on athletes and athlete_thresholds for an instant; may run on a live system.
--
-- Lock order: the settings' advisory lock, then workouts by id.

-- settings_lock: the advisory lock that a change of an athlete's settings holds until its end.
CREATE OR REPLACE FUNCTION settings_lock(athlete uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended('paceline.settings ' || athlete, 0);

-- settings_quiet: nobody is changing the settings of this workout's athlete at this moment. Whoever is, may not have seen a workout
-- that came in meanwhile, nor does that workout see the change: so ask this in a statement before the one that reads settings, outside a
-- transaction, and wait if it says no.
CREATE OR REPLACE FUNCTION settings_quiet(workout_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN (SELECT pg_try_advisory_xact_lock_shared(settings_lock(w.user_id)) FROM workouts AS w WHERE w.id = settings_quiet.workout_id);

-- thresholds_pick: the one of an athlete's rows that a workout of that day is judged by: the latest from its day or before, else the
-- earliest (for a workout without a day, too).
CREATE OR REPLACE FUNCTION thresholds_pick(history athlete_thresholds[], day date) RETURNS athlete_thresholds
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT t
      FROM unnest(history) AS t
     ORDER BY (t.valid_from <= day) IS TRUE DESC, CASE WHEN t.valid_from <= day THEN day - t.valid_from END, t.valid_from
     LIMIT 1;
END;

CREATE OR REPLACE FUNCTION athlete_thresholds_on(athlete uuid, day date) RETURNS athlete_thresholds
    LANGUAGE sql STABLE
    RETURN thresholds_pick(ARRAY(SELECT t FROM athlete_thresholds AS t WHERE t.user_id = athlete), day);

-- thresholds_values: what of a row figures depend on.
CREATE OR REPLACE FUNCTION thresholds_values(thresholds athlete_thresholds) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_jsonb(thresholds) - ARRAY['user_id', 'valid_from', 'updated_at'];

-- workout_reads_tokens: its plan, or one that it might be attached to, names paces of the athlete by tokens.
CREATE OR REPLACE FUNCTION workout_reads_tokens(w workouts) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM planned_workouts AS p
                    WHERE cardinality(p.steps_preset) > 0
                      AND (p.id = (w).planned_id
                           OR ((w).planned_id IS NULL AND (w).planned_by IS DISTINCT FROM 'detached' AND p.user_id = (w).user_id
                               AND p.local_date = (w).local_date AND p.sport = (w).sport)));

-- workout_reads_settings: samples are measured by thresholds, tokens are made steps by them. A workout with neither computes the same
-- whatever they are.
CREATE OR REPLACE FUNCTION workout_reads_settings(w workouts) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (w).streams_version > 0 OR workout_reads_tokens(w);

-- settings_changed: AFTER a statement that changed thresholds: each athlete's rows as they were before it are held against those of now,
-- day by day. Attaching looks again where the length of a plan may follow from a pace.
CREATE OR REPLACE FUNCTION settings_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone athlete_thresholds[] := '{}';
    come athlete_thresholds[] := '{}';
    was athlete_thresholds[];
    became athlete_thresholds[];
    athlete uuid;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        gone := ARRAY(SELECT o FROM old_rows AS o);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        come := ARRAY(SELECT n FROM new_rows AS n);
    END IF;
    FOR athlete IN SELECT DISTINCT t.user_id FROM unnest(gone || come) AS t ORDER BY t.user_id LOOP
        PERFORM pg_advisory_xact_lock(settings_lock(athlete));
        became := ARRAY(SELECT t FROM athlete_thresholds AS t WHERE t.user_id = athlete);
        was := ARRAY(SELECT t FROM unnest(became) AS t WHERE t.valid_from NOT IN (SELECT c.valid_from FROM unnest(come) AS c WHERE c.user_id = athlete)
                     UNION ALL SELECT t FROM unnest(gone) AS t WHERE t.user_id = athlete);
        WITH day AS MATERIALIZED (
            SELECT DISTINCT w.local_date AS day FROM workouts AS w WHERE w.user_id = athlete
        ), changed AS MATERIALIZED (
            SELECT d.day
              FROM day AS d
             WHERE thresholds_values(thresholds_pick(was, d.day)) IS DISTINCT FROM thresholds_values(thresholds_pick(became, d.day))
        ), touched AS (
            SELECT w.id, workout_reads_tokens(w) AS reads_tokens
              FROM workouts AS w
             WHERE w.user_id = athlete
               AND coalesce(w.local_date, 'infinity') IN (SELECT coalesce(c.day, 'infinity') FROM changed AS c)
               AND workout_reads_settings(w)
             ORDER BY w.id
               FOR NO KEY UPDATE OF w
        )
        UPDATE workouts AS w
           SET attach_status = CASE WHEN touched.reads_tokens THEN 'pending' ELSE w.attach_status END,
               attach_error = CASE WHEN touched.reads_tokens THEN NULL ELSE w.attach_error END,
               job_status = 'pending'
          FROM touched
         WHERE w.id = touched.id;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER settings_inserted AFTER INSERT ON athlete_thresholds REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION settings_changed();
CREATE OR REPLACE TRIGGER settings_updated AFTER UPDATE ON athlete_thresholds REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION settings_changed();
CREATE OR REPLACE TRIGGER settings_deleted AFTER DELETE ON athlete_thresholds REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION settings_changed();

-- sex_changed: AFTER an athlete's sex changed, which the constant of TRIMP follows: whatever has samples.
CREATE OR REPLACE FUNCTION sex_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    athlete uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END;
    was_female boolean := TG_OP <> 'INSERT' AND OLD.sex IS NOT DISTINCT FROM 'female';
    is_female boolean := TG_OP <> 'DELETE' AND NEW.sex IS NOT DISTINCT FROM 'female';
BEGIN
    IF was_female = is_female THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(settings_lock(athlete));
    WITH touched AS (
        SELECT w.id FROM workouts AS w WHERE w.user_id = athlete AND w.streams_version > 0 ORDER BY w.id FOR NO KEY UPDATE
    )
    UPDATE workouts AS w SET job_status = 'pending' FROM touched WHERE w.id = touched.id;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER sex_changed AFTER INSERT OR DELETE OR UPDATE OF sex ON athletes
    FOR EACH ROW EXECUTE FUNCTION sex_changed();

REVOKE ALL ON FUNCTION settings_changed(), sex_changed(), settings_quiet(uuid), workout_reads_settings(workouts), workout_reads_tokens(workouts)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settings_quiet(uuid) TO paceline_worker;
GRANT EXECUTE ON FUNCTION athlete_thresholds_on(uuid, date) TO authenticated, service_role;
