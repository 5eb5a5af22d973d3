-- abandon_look: what stands in the way of abandoning a kind, and the statement that does it.
--   $1 text  kind
-- Returns one row: holdings bigint (of that kind), statement text.
SELECT (SELECT count(*) FROM public.holdings AS h WHERE h.kind = $1) AS holdings,
       format('SELECT public.job_abandon(%L)', $1) AS statement;
