-- fail_effect: the effect of a test job (kind fail).
--   :schema :relation   the table beside the job's own
--   $1 text  key, $2 int  generation
INSERT INTO :"schema".:"relation" (key, generation) VALUES ($1, $2);
