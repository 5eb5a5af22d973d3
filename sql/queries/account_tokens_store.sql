-- account_tokens_store: the same tokens, encrypted anew.
--   $1 uuid   id
--   $2 bytea  access_token_enc, $3 bytea  refresh_token_enc
-- The row is locked by account_tokens already.
UPDATE public.provider_accounts AS a SET access_token_enc = $2, refresh_token_enc = $3 WHERE a.id = $1;
