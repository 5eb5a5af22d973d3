-- 0011_job_contract: which contract this database keeps, so that programs of other versions know whether they can share it.
-- Lock: none on user tables; may run on a live system.
--
-- Its minor number is that of the newest migration: a program needs those it was built with, and more do no harm. A migration that
-- older programs cannot live with (a column gone, another meaning of a status) raises major here and in common/contract.h; it is
-- applied when they have stopped.
CREATE TABLE IF NOT EXISTS job_contract (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    major   int NOT NULL CHECK (major > 0)
);
COMMENT ON TABLE job_contract IS 'the version of the job contract that this database keeps; set by migrations alone';
INSERT INTO job_contract (major) VALUES (1) ON CONFLICT DO NOTHING;
GRANT SELECT ON job_contract TO paceline_producer, paceline_worker, paceline_reaper;

-- What was applied; the table is missing where the files were run by hand.
DO $$
BEGIN
    IF to_regclass('public.paceline_migrations') IS NOT NULL THEN
        GRANT SELECT ON public.paceline_migrations TO paceline_producer, paceline_worker, paceline_reaper;
    END IF;
END
$$;
