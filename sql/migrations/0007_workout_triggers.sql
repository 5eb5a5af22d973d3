-- 0007_workout_triggers: what a change of a workout, a plan or their link brings about (workouts.md, section 3).
-- Lock: SHARE ROW EXCLUSIVE on workouts and planned_workouts for an instant; may run on a live system.
--
-- Lock order: plans by id, then the workouts of their days by id. The worker, which holds its workout, never waits for a plan.
-- (Who deletes a linked workout, or links one by plain UPDATE, comes the other way; a deadlock ends one of the two with 40P01.)
-- BEFORE triggers run by name: input_* decide that a row is to be pending, job_transition makes it so.

-- workout_requeue: BEFORE UPDATE, for rows whose inputs changed or that are asked for again. Arguments: the stages that depend
-- on what changed; stages that failed are tried again in any case. A claim in flight is thereby fenced.
CREATE OR REPLACE FUNCTION workout_requeue() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF 'streams' = ANY (TG_ARGV) OR NEW.streams_status = 'failed' THEN
        NEW.streams_status := 'pending';
        NEW.streams_error := NULL;
    END IF;
    IF 'attach' = ANY (TG_ARGV) OR NEW.attach_status = 'failed' THEN
        NEW.attach_status := 'pending';
        NEW.attach_error := NULL;
    END IF;
    IF 'summary' = ANY (TG_ARGV) OR NEW.summary_status = 'failed' THEN
        NEW.summary_status := 'pending';
        NEW.summary_error := NULL;
    END IF;
    IF 'analysis' = ANY (TG_ARGV) OR NEW.analysis_status = 'failed' THEN
        NEW.analysis_status := 'pending';
        NEW.analysis_error := NULL;
    END IF;
    IF 'metrics' = ANY (TG_ARGV) OR NEW.metrics_status = 'failed' THEN
        NEW.metrics_status := 'pending';
        NEW.metrics_error := NULL;
    END IF;
    IF 'execution' = ANY (TG_ARGV) OR NEW.execution_status = 'failed' THEN
        NEW.execution_status := 'pending';
        NEW.execution_error := NULL;
    END IF;
    IF TG_NAME = 'input_request' THEN
        RETURN NEW; -- the status is pending already, and no input changed
    END IF;
    NEW.updated_at := now();
    IF TG_NAME = 'input_plan' THEN
        NEW.planned_by := CASE WHEN NEW.planned_id IS NULL THEN nullif(nullif(NEW.planned_by, 'user'), 'auto')
                               WHEN NEW.planned_by IN ('auto', 'user') THEN NEW.planned_by
                               ELSE 'user' END;
    END IF;
    IF NEW.job_status = 'pending' AND OLD.job_status = 'pending' AND (NEW.job_attempts > 0 OR NEW.job_due_at > now()) THEN
        -- It waits after a failure of the old content: the new one starts afresh.
        NEW.job_epoch := OLD.job_epoch + 1;
        NEW.job_generation := OLD.job_generation + 1;
        NEW.job_attempts := 0;
        NEW.job_error := NULL;
        NEW.job_due_at := now();
    END IF;
    NEW.job_status := 'pending';
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER input_change
    BEFORE UPDATE OF sport, start_at, local_date, distance_m, speed_avg_mps, speed_max_mps, hr_avg_bpm, hr_max_bpm, cadence_avg_spm,
        cadence_avg_rpm, power_avg_w, power_max_w, power_weighted_w, work_j, energy_j, elevation_gain_m, elevation_loss_m,
        pool_length_m, moving_time_s, elapsed_time_s, steps_count, laps, lengths, exercises, session_rpe
    ON workouts FOR EACH ROW
    WHEN (ROW (OLD.sport, OLD.start_at, OLD.local_date, OLD.distance_m, OLD.speed_avg_mps, OLD.speed_max_mps, OLD.hr_avg_bpm,
               OLD.hr_max_bpm, OLD.cadence_avg_spm, OLD.cadence_avg_rpm, OLD.power_avg_w, OLD.power_max_w, OLD.power_weighted_w,
               OLD.work_j, OLD.energy_j, OLD.elevation_gain_m, OLD.elevation_loss_m, OLD.pool_length_m, OLD.moving_time_s,
               OLD.elapsed_time_s, OLD.steps_count, OLD.laps, OLD.lengths, OLD.exercises, OLD.session_rpe)
          IS DISTINCT FROM
          ROW (NEW.sport, NEW.start_at, NEW.local_date, NEW.distance_m, NEW.speed_avg_mps, NEW.speed_max_mps, NEW.hr_avg_bpm,
               NEW.hr_max_bpm, NEW.cadence_avg_spm, NEW.cadence_avg_rpm, NEW.power_avg_w, NEW.power_max_w, NEW.power_weighted_w,
               NEW.work_j, NEW.energy_j, NEW.elevation_gain_m, NEW.elevation_loss_m, NEW.pool_length_m, NEW.moving_time_s,
               NEW.elapsed_time_s, NEW.steps_count, NEW.laps, NEW.lengths, NEW.exercises, NEW.session_rpe))
    EXECUTE FUNCTION workout_requeue('attach', 'summary', 'analysis', 'metrics', 'execution');

-- The worker stamps attach_updated_at in the statement that links a plan; whoever changes the link without that is a user.
CREATE OR REPLACE TRIGGER input_plan
    BEFORE UPDATE OF planned_id, planned_by ON workouts FOR EACH ROW
    WHEN ((OLD.planned_id IS DISTINCT FROM NEW.planned_id OR OLD.planned_by IS DISTINCT FROM NEW.planned_by)
          AND OLD.attach_updated_at IS NOT DISTINCT FROM NEW.attach_updated_at)
    EXECUTE FUNCTION workout_requeue('attach');

-- Any way to pending that is no give-back.
CREATE OR REPLACE TRIGGER input_request
    BEFORE UPDATE OF job_status ON workouts FOR EACH ROW
    WHEN (NEW.job_status = 'pending' AND OLD.job_status <> 'pending' AND NEW.job_epoch <= OLD.job_epoch)
    EXECUTE FUNCTION workout_requeue();

CREATE OR REPLACE TRIGGER input_streams
    BEFORE UPDATE OF streams_version ON workouts FOR EACH ROW
    WHEN (OLD.streams_version IS DISTINCT FROM NEW.streams_version)
    EXECUTE FUNCTION workout_requeue('streams', 'attach', 'summary', 'analysis', 'metrics', 'execution');

-- workout_plan_link: AFTER a change of workouts.planned_id: both plans, the former and the new one, take up what is true now.
CREATE OR REPLACE FUNCTION workout_plan_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    former uuid := CASE WHEN TG_OP <> 'INSERT' THEN OLD.planned_id END;
    linked uuid := CASE WHEN TG_OP <> 'DELETE' THEN NEW.planned_id END;
BEGIN
    IF former IS NOT DISTINCT FROM linked THEN
        RETURN NULL;
    END IF;
    IF linked IS NOT NULL
       AND NOT EXISTS (SELECT FROM planned_workouts AS p WHERE p.id = linked AND p.user_id = NEW.user_id) THEN
        RAISE EXCEPTION 'workout %: plan % is another user''s', NEW.id, linked USING ERRCODE = 'foreign_key_violation';
    END IF;
    -- plan_derive puts in what is true; the former plan lets go first, for a workout completes one plan only.
    UPDATE planned_workouts AS p SET completed_workout_id = p.completed_workout_id WHERE p.id = former;
    UPDATE planned_workouts AS p SET completed_workout_id = p.completed_workout_id WHERE p.id = linked;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER workout_plan_link AFTER INSERT OR DELETE OR UPDATE OF planned_id ON workouts
    FOR EACH ROW EXECUTE FUNCTION workout_plan_link();

-- plan_derive: BEFORE INSERT OR UPDATE of a plan: the link is stored in the workout, here it is only followed.
CREATE OR REPLACE FUNCTION plan_derive() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT w.id INTO NEW.completed_workout_id FROM workouts AS w WHERE w.planned_id = NEW.id;
    IF NEW.completed_workout_id IS NOT NULL THEN
        NEW.workout_status := 'completed';
    ELSIF NEW.workout_status = 'completed' THEN
        NEW.workout_status := 'planned';
    END IF;
    IF TG_OP = 'UPDATE'
       AND to_jsonb(NEW) - ARRAY['completed_workout_id', 'workout_status', 'updated_at']
           IS DISTINCT FROM to_jsonb(OLD) - ARRAY['completed_workout_id', 'workout_status', 'updated_at'] THEN
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond'); -- distinct within a transaction, too
    END IF;
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER plan_derive BEFORE INSERT OR UPDATE ON planned_workouts
    FOR EACH ROW EXECUTE FUNCTION plan_derive();

-- plan_lock: the advisory lock that a change of a user's plans holds, shared, until its end.
CREATE OR REPLACE FUNCTION plan_lock(athlete uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended('paceline.plans ' || athlete, 0);

-- plan_changed: AFTER a plan came, changed, went, or became free: the workouts of its day look again. Those with another plan,
-- or whose user wants none, have nothing to look for.
CREATE OR REPLACE FUNCTION plan_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    plan uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END;
    athlete uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END;
BEGIN
    -- A workout that is inserted while this transaction is open is not seen here, and does not see this plan: plan_candidates
    -- notices the lock, and waits its turn. Shared: those who change plans do not wait for each other.
    PERFORM pg_advisory_xact_lock_shared(plan_lock(athlete));
    WITH touched AS (
        SELECT w.id
          FROM workouts AS w
         WHERE (w.user_id, w.local_date) IN (SELECT OLD.user_id, OLD.local_date WHERE TG_OP <> 'INSERT'
                                             UNION SELECT NEW.user_id, NEW.local_date WHERE TG_OP <> 'DELETE')
           AND ((w.planned_id IS NULL AND w.planned_by IS DISTINCT FROM 'detached') OR w.planned_id = plan)
        UNION
        SELECT w.id FROM workouts AS w WHERE w.planned_id = plan
         ORDER BY id
    ), locked AS (
        SELECT w.id FROM workouts AS w WHERE w.id IN (SELECT id FROM touched) ORDER BY w.id FOR NO KEY UPDATE
    )
    UPDATE workouts AS w
       SET attach_status = 'pending', attach_error = NULL, job_status = 'pending'
      FROM locked
     WHERE w.id = locked.id;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER plan_changed AFTER INSERT OR DELETE ON planned_workouts
    FOR EACH ROW EXECUTE FUNCTION plan_changed();
CREATE OR REPLACE TRIGGER plan_changed_update AFTER UPDATE ON planned_workouts FOR EACH ROW
    WHEN (OLD.updated_at <> NEW.updated_at
          OR (NEW.completed_workout_id IS NULL
              AND (OLD.completed_workout_id IS NOT NULL OR OLD.workout_status <> NEW.workout_status)))
    EXECUTE FUNCTION plan_changed();

-- threshold_changed: BEFORE UPDATE: what was computed with the former values can tell that they changed.
CREATE OR REPLACE FUNCTION threshold_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER threshold_changed BEFORE UPDATE ON athlete_thresholds
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION threshold_changed();

REVOKE ALL ON FUNCTION workout_plan_link(), plan_derive(), plan_changed() FROM PUBLIC;
