-- 0018_computed_patched: the worker's write in one pass over the document, which has some 18,000 numbers: each || of jsonb copies them
-- one by one. Half the time of a recomputation's write.
-- Lock: none; may run on a live system.

-- computed_patched: the worker's own write: each stage's paths are replaced, every other key is left alone. The patch has the members
-- overall (without execution_score), intervals, planned_steps_light, analysis, metrics, execution, execution_score and stages,
-- each only if its stage ran.
CREATE OR REPLACE FUNCTION computed_patched(document jsonb, patch jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH was AS MATERIALIZED (
        SELECT d.key, d.value FROM jsonb_each(CASE WHEN jsonb_typeof(document) = 'object' THEN document ELSE '{}' END) AS d
    ), shared AS (
        SELECT coalesce((SELECT w.value FROM was AS w WHERE w.key = 'overall' AND jsonb_typeof(w.value) = 'object'), '{}') AS overall,
               coalesce((SELECT w.value FROM was AS w WHERE w.key = 'stages' AND jsonb_typeof(w.value) = 'object'), '{}') AS stages
    ), member AS (
        SELECT p.key, p.value FROM jsonb_each(patch) AS p WHERE p.key NOT IN ('overall', 'execution_score', 'stages')
        UNION ALL
        SELECT w.key, w.value
          FROM was AS w
         WHERE w.key NOT IN ('overall', 'stages')
           AND (NOT patch ? w.key OR w.key = 'execution_score')
        UNION ALL
        SELECT 'overall', CASE WHEN NOT patch ? 'overall' THEN s.overall
                               WHEN s.overall ? 'execution_score'
                               THEN (patch -> 'overall') || jsonb_build_object('execution_score', s.overall -> 'execution_score')
                               ELSE patch -> 'overall' END
                          || CASE WHEN patch ? 'execution_score'
                                  THEN jsonb_build_object('execution_score', patch -> 'execution_score') ELSE '{}' END
          FROM shared AS s
        UNION ALL
        SELECT 'stages', s.stages || coalesce(patch -> 'stages', '{}') FROM shared AS s
    )
    SELECT jsonb_object_agg(m.key, m.value) FROM member AS m;
END;
