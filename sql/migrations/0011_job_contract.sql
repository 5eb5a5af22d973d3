-- 0011_job_contract: which contract this database keeps, so that programs of other versions know whether they can share it.
-- Lock: none on user tables; may run on a live system.
--
-- A migration that adds what a program of its version cannot do without raises minor; programs that need less go on beside it. One
-- that older programs cannot live with (a column gone, another meaning of a status) raises major and sets minor to 0: it is applied
-- when they have stopped. What a program needs stands in common/contract.h.
CREATE TABLE IF NOT EXISTS job_contract (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    major   int NOT NULL CHECK (major > 0),
    minor   int NOT NULL CHECK (minor >= 0)
);
COMMENT ON TABLE job_contract IS 'the version of the job contract that this database keeps; set by migrations alone';
INSERT INTO job_contract (major, minor) VALUES (1, 0) ON CONFLICT DO NOTHING;
GRANT SELECT ON job_contract TO paceline_producer, paceline_worker, paceline_reaper;
