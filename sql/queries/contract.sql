-- contract: which version of the job contract the database keeps. No parameters, no locks.
-- Returns major int, minor int.
SELECT c.major, c.minor FROM public.job_contract AS c;
