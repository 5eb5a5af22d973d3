-- workout_settings_quiet: whether nobody is changing the settings of a workout's athlete; sent before workout_read.sql.
--   $1 uuid  workouts.id
-- Returns quiet bool; NULL if there is no such workout. Takes an advisory lock (settings_lock), without waiting, until the statement
-- ends: a change that begins after it sees this workout, and what was changed before it is seen by the next statement.
SELECT public.settings_quiet($1) AS quiet;
