-- account_tokens: the next accounts of a walk in the order of their ids, with their tokens.
--   $1 uuid     the last id of the page before; at first the lowest there can be
--   $2 int      at most so many
-- Returns id text, access_token_enc bytea, refresh_token_enc bytea. Locks the rows by id, so that nobody renews a token meanwhile.
SELECT a.id::text AS id, a.access_token_enc, a.refresh_token_enc
  FROM public.provider_accounts AS a
 WHERE a.id > $1
 ORDER BY a.id
 LIMIT $2
   FOR NO KEY UPDATE;
