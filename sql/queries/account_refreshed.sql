-- account_refreshed: new tokens of an account.
--   $1 uuid  id   $2 bytea  access_token_enc   $3 bytea  refresh_token_enc, NULL: the old one stays   $4 bigint  expires in, s
-- The row is locked by account_lock already. Time is the database's: the answer is seconds old at most.
UPDATE public.provider_accounts AS a
   SET access_token_enc = $2,
       refresh_token_enc = coalesce($3, a.refresh_token_enc),
       expires_at = clock_timestamp() + make_interval(secs => $4),
       token_updated_at = clock_timestamp()
 WHERE a.id = $1;
