-- settings_put_sex: an athlete's sex, which holds for all days.
--   $1 uuid  athlete
--   $2 text  female, male, other, or NULL
-- One row. A trigger makes the workouts pending whose figures follow it.
INSERT INTO athletes AS a (user_id, sex)
VALUES ($1, $2)
    ON CONFLICT (user_id) DO UPDATE
   SET sex = EXCLUDED.sex;
