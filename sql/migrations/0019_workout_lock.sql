-- 0019_workout_lock: a user who attaches or detaches a workout while a worker links it to another plan no longer meets a deadlock.
-- Lock: none; may run on a live system.

-- workout_lock: takes the locks that linking a workout needs, in order: one for all links of its user, the plan and the workout's
-- present plan, then the workouts of their days, which look again when a plan becomes free. A worker may link the workout before it is
-- locked: then its plan was not among those, and would come after workouts; so all is given back (the block is a subtransaction) and
-- taken again. From its lock on, the workout's plan stays.
CREATE OR REPLACE FUNCTION workout_lock(workout uuid, plan uuid) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    held uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('paceline.links ' || w.user_id, 0)) FROM workouts AS w WHERE w.id = workout;
    LOOP
        held := (SELECT w.planned_id FROM workouts AS w WHERE w.id = workout);
        BEGIN
            PERFORM FROM planned_workouts AS p WHERE p.id IN (plan, held) ORDER BY p.id FOR NO KEY UPDATE;
            PERFORM FROM workouts AS w
              WHERE w.id = workout OR w.planned_id = plan
                 OR (w.user_id, w.local_date) IN (SELECT p.user_id, p.local_date FROM planned_workouts AS p WHERE p.id IN (plan, held))
              ORDER BY w.id FOR NO KEY UPDATE;
            IF (SELECT w.planned_id FROM workouts AS w WHERE w.id = workout) IS NOT DISTINCT FROM held THEN
                RETURN;
            END IF;
            RAISE EXCEPTION 'workout_lock: workout % was linked meanwhile', workout USING ERRCODE = 'PL001';
        EXCEPTION WHEN SQLSTATE 'PL001' THEN
            NULL; -- again, with the plan that it has now
        END;
    END LOOP;
END
$$;
