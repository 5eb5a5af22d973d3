-- contract: which version of the job contract the database keeps. No parameters, no locks.
-- Returns major int, minor int: the number of the newest migration.
SELECT c.major, (SELECT max(m.number) FROM public.paceline_migrations AS m) AS minor FROM public.job_contract AS c;
