-- 0015_plan_taken: a workout without a plan can tell that the plan of its day was carried out by another one.
-- Lock: none on tables; may run on a live system: the function is replaced within the transaction.

-- plan_candidates: the plans that a workout may be attached to by itself: its user's, of its day and sport, not done, skipped or held
-- by another workout, as plan_document has them. `same_day` counts the day's open plans of any sport, `taken` those of its own sport that
-- another workout holds (a plan that is held is completed: plan_derive). No row: somebody is changing the user's plans at this moment;
-- ask again later. Each statement looks anew, so what held the lock is seen once it is free. The lock is given back with
-- the end of the statement: call it outside a transaction.
DROP FUNCTION IF EXISTS plan_candidates(uuid);
CREATE FUNCTION plan_candidates(workout_id uuid) RETURNS TABLE (same_day int, taken int, plans jsonb)
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
        SELECT count(*) FILTER (WHERE p.workout_status IN ('planned', 'in_progress'))::int,
               count(*) FILTER (WHERE p.sport = w.sport AND p.completed_workout_id <> plan_candidates.workout_id)::int,
               jsonb_agg(plan_document(p, athlete_thresholds_on(w.user_id, w.local_date)) ORDER BY p.id)
                   FILTER (WHERE p.sport = w.sport AND p.workout_status IN ('planned', 'in_progress'))
          FROM planned_workouts AS p
         WHERE p.user_id = w.user_id
           AND p.local_date = w.local_date;
END
$$;

REVOKE ALL ON FUNCTION plan_candidates(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plan_candidates(uuid) TO paceline_worker;
