-- account_revoked: the provider takes this grant no more; the user has to connect again.
--   $1 uuid  id
-- The row is locked by account_lock already.
UPDATE public.provider_accounts AS a
   SET status = 'revoked', access_token_enc = NULL, refresh_token_enc = NULL, token_updated_at = clock_timestamp()
 WHERE a.id = $1;
