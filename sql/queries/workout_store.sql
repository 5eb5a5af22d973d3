-- workout_store: what the stages of one workout produced, in the transaction that finishes it.
--   $1 uuid     workouts.id, its row locked by job_begin
--   $2 jsonb    computed_patched's patch: the paths of the stages that ran
--   $3 text[6]  streams, attach, summary, analysis, metrics, execution: the new status, NULL where it is left alone
--   $4 text[6]  their errors
-- Updates one row.
UPDATE public.workouts AS w
   SET computed = public.computed_patched(w.computed, CAST($2 AS jsonb)),
       computed_version = 1,
       computed_at = now(),
       streams_status = COALESCE(s.status[1], w.streams_status),
       streams_error = CASE WHEN s.status[1] IS NULL THEN w.streams_error ELSE s.error[1] END,
       streams_updated_at = CASE WHEN s.status[1] IS NULL THEN w.streams_updated_at ELSE now() END,
       attach_status = COALESCE(s.status[2], w.attach_status),
       attach_error = CASE WHEN s.status[2] IS NULL THEN w.attach_error ELSE s.error[2] END,
       attach_updated_at = CASE WHEN s.status[2] IS NULL THEN w.attach_updated_at ELSE now() END,
       summary_status = COALESCE(s.status[3], w.summary_status),
       summary_error = CASE WHEN s.status[3] IS NULL THEN w.summary_error ELSE s.error[3] END,
       summary_updated_at = CASE WHEN s.status[3] IS NULL THEN w.summary_updated_at ELSE now() END,
       analysis_status = COALESCE(s.status[4], w.analysis_status),
       analysis_error = CASE WHEN s.status[4] IS NULL THEN w.analysis_error ELSE s.error[4] END,
       analysis_updated_at = CASE WHEN s.status[4] IS NULL THEN w.analysis_updated_at ELSE now() END,
       metrics_status = COALESCE(s.status[5], w.metrics_status),
       metrics_error = CASE WHEN s.status[5] IS NULL THEN w.metrics_error ELSE s.error[5] END,
       metrics_updated_at = CASE WHEN s.status[5] IS NULL THEN w.metrics_updated_at ELSE now() END,
       execution_status = COALESCE(s.status[6], w.execution_status),
       execution_error = CASE WHEN s.status[6] IS NULL THEN w.execution_error ELSE s.error[6] END,
       execution_updated_at = CASE WHEN s.status[6] IS NULL THEN w.execution_updated_at ELSE now() END
  FROM (SELECT CAST($3 AS text[]) AS status, CAST($4 AS text[]) AS error) AS s
 WHERE w.id = $1;
