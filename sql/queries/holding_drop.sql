-- holding_drop: a holding of a kind that is not adopted any more.
--   $1 bigint worker, $2 bigint batch
DELETE FROM public.holdings WHERE worker = $1 AND batch = $2;
