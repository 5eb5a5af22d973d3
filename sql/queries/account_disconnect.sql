-- account_disconnect: a user takes a grant back; its tokens are gone.
--   $1 uuid  user   $2 text  provider
-- Returns scope, of one row or none. 55P03: its token is being refreshed at this moment.
WITH own AS (
    SELECT a.id
      FROM public.provider_accounts AS a
     WHERE a.user_id = $1 AND a.provider = $2
       FOR UPDATE NOWAIT
)
UPDATE public.provider_accounts AS a
   SET status = 'revoked', access_token_enc = NULL, refresh_token_enc = NULL, expires_at = NULL, token_updated_at = now()
  FROM own
 WHERE a.id = own.id
RETURNING a.scope;
