-- account_lock: account_read, and the row is ours until the end of the transaction. Taken already: 55P03, at once.
--   $1 text  provider   $2 uuid  user
SELECT a.id::text, a.status, ((a.expires_at > now() + interval '600 s') IS TRUE)::text AS is_fresh, a.access_token_enc, a.refresh_token_enc
  FROM public.provider_accounts AS a
 WHERE a.provider = $1 AND a.user_id = $2
   FOR UPDATE NOWAIT;
