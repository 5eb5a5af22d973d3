-- workout_candidates: the plans that a workout may be attached to by itself.
--   $1 uuid  workouts.id
-- Returns same_day int (open plans of the day, any sport), taken int (plans of the day and sport that other workouts hold), plans jsonb
-- (the open ones of its sport, or NULL); no row while somebody changes the user's plans: ask again later. Takes an advisory lock
-- (plan_lock), waiting 50 ms at most, until the statement ends.
SELECT c.same_day, c.taken, c.plans FROM public.plan_candidates($1) AS c;
