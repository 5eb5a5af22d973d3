-- account_read: a user's account at a provider, for calls in their name.
--   $1 text  provider   $2 uuid  user
-- Returns id text, status, is_fresh text ("true": the access token is good for 10 min or more), access_token_enc, refresh_token_enc.
SELECT a.id::text, a.status, ((a.expires_at > now() + interval '600 s') IS TRUE)::text AS is_fresh, a.access_token_enc, a.refresh_token_enc
  FROM public.provider_accounts AS a
 WHERE a.provider = $1 AND a.user_id = $2;
