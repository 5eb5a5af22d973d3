-- account_store: a user's new grant at a provider.
--   $1 uuid  user   $2 text  provider   $3 text  provider_user_id   $4 bytea  access_token_enc   $5 bytea  refresh_token_enc
--   $6 bigint  expires at, Unix time; or $7 bigint  expires in, s   $8 text  scope
-- 23505: another user has connected this account. 55P03: its token is being refreshed at this moment.
SELECT public.account_store($1, $2, $3, $4, $5, coalesce(to_timestamp($6), now() + make_interval(secs => $7)), $8);
