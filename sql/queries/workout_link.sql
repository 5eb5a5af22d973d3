-- workout_link: attach a workout to a free plan, in the transaction that finishes the workout.
--   $1 uuid  workouts.id, its row locked by job_begin
--   $2 uuid  planned_workouts.id
-- Updates one row; none if the plan is locked, gone, or taken by another workout, and then the attach stage must look again.
-- The plan is not waited for, because whoever changes plans locks a plan before its workouts. Stamping attach_updated_at
-- says that this is the stage's own link and no request.
WITH plan AS (
    SELECT p.id
      FROM public.planned_workouts AS p
     WHERE p.id = $2
       AND p.completed_workout_id IS NULL
       AND p.workout_status IN ('planned', 'in_progress')
       FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE public.workouts AS w
   SET planned_id = plan.id,
       planned_by = 'auto',
       attach_updated_at = clock_timestamp()
  FROM plan
 WHERE w.id = $1
   AND w.planned_id IS NULL
   AND w.planned_by IS DISTINCT FROM 'detached';
