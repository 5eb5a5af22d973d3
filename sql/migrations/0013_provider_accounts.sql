-- 0013_provider_accounts: what a user has granted at a provider (sync.md, section 2).
-- Lock: none on existing tables; may run on a live system.
--
-- Tokens are ciphertexts of common/keyring.h. A user sees which provider is connected, never a token. Who may store and renew
-- grants comes with those who do; the reaper re-encrypts them when the key is rotated.
CREATE TABLE IF NOT EXISTS provider_accounts (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id           uuid NOT NULL,
    provider          text NOT NULL CHECK (provider IN ('strava', 'garmin', 'gmail')),
    provider_user_id  text NOT NULL,
    access_token_enc  bytea,
    refresh_token_enc bytea,
    expires_at        timestamptz,
    scope             text NOT NULL DEFAULT '',
    status            text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'revoked')),
    token_updated_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (provider, provider_user_id),
    UNIQUE (provider, user_id)
);
COMMENT ON TABLE provider_accounts IS 'one row for each provider that a user has connected; tokens are encrypted with PACELINE_SECRET_KEY';

ALTER TABLE provider_accounts ENABLE ROW LEVEL SECURITY;
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'provider_accounts'::regclass AND polname = 'own_rows') THEN
        CREATE POLICY own_rows ON provider_accounts FOR SELECT TO authenticated USING (user_id = auth.uid());
        CREATE POLICY paceline_reaper ON provider_accounts TO paceline_reaper USING (true) WITH CHECK (true);
    END IF;
END
$$;
-- Where Supabase's defaults have granted everything on a new table, take it back first.
REVOKE ALL ON provider_accounts FROM PUBLIC, anon, authenticated;
GRANT SELECT (provider, scope, status) ON provider_accounts TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_accounts TO service_role;
GRANT SELECT (id, access_token_enc, refresh_token_enc), UPDATE (access_token_enc, refresh_token_enc)
   ON provider_accounts TO paceline_reaper;
