-- account_store, and who may do what with accounts, budgets and breakers (what a user sees of an account: provider_accounts.sql).
BEGIN;
SELECT plan(33);
\set me '\'11111111-1111-4111-8111-111111111111\''
\set you '\'22222222-2222-4222-8222-222222222222\''
CREATE FUNCTION grant_of(who uuid, provider text, id text, token text) RETURNS void LANGUAGE sql AS $$
    SELECT account_store(who, provider, id, token::bytea, 'r'::bytea, now() + interval '6 h', 'read') $$;
CREATE FUNCTION accounts() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(left(user_id::text, 1) || ' ' || provider || ' ' || provider_user_id || ' ' || coalesce(convert_from(access_token_enc, 'UTF8'), '-') || ' ' || status,
                      ', ' ORDER BY provider, user_id) FROM provider_accounts $$;

-- a grant
SELECT grant_of(:me, 'strava', '7', 'a');
SELECT grant_of(:you, 'strava', '8', 'b');
SELECT is(accounts(), '1 strava 7 a active, 2 strava 8 b active', 'a grant each');
SELECT grant_of(:me, 'strava', '7', 'c');
SELECT is(accounts(), '1 strava 7 c active, 2 strava 8 b active', 'a new grant takes the place of the old');
SELECT grant_of(:me, 'gmail', '7', 'd');
SELECT is(accounts(), '1 gmail 7 d active, 1 strava 7 c active, 2 strava 8 b active', 'one of each provider');
SELECT throws_ok(format($$SELECT grant_of('%s', 'strava', '8', 'x')$$, :me), '23505', NULL, 'an account that is another user''s');
SELECT is(accounts(), '1 gmail 7 d active, 1 strava 7 c active, 2 strava 8 b active', 'stays theirs');
UPDATE provider_accounts SET status = 'revoked', access_token_enc = NULL, refresh_token_enc = NULL WHERE provider_user_id = '8';
SELECT grant_of(:me, 'strava', '8', 'e');
SELECT is(accounts(), '1 gmail 7 d active, 1 strava 8 e active', 'until they have left it');
UPDATE provider_accounts SET status = 'revoked', access_token_enc = NULL, refresh_token_enc = NULL;
SELECT grant_of(:me, 'strava', '8', 'f');
SELECT is((SELECT status FROM provider_accounts WHERE provider = 'strava'), 'active', 'who comes back is active again');
SELECT throws_ok(format($$SELECT grant_of('%s', 'myspace', '8', 'x')$$, :me), '23514', NULL, 'a provider we do not know');
SELECT grant_of(:you, 'strava', '9', 'g');

-- a user
SET LOCAL request.jwt.claims = '{"sub": "11111111-1111-4111-8111-111111111111"}';
SET LOCAL ROLE authenticated;
SELECT is((SELECT string_agg(provider || ' ' || scope || ' ' || status, ', ' ORDER BY provider) FROM provider_accounts), 'gmail read revoked, strava read active',
          'sees provider, scope and status of their own');
SELECT throws_ok(statement, '42501', NULL, 'writes nothing: ' || statement)
  FROM unnest(ARRAY['DELETE FROM provider_accounts', 'UPDATE provider_accounts SET status = ''active''',
                    'INSERT INTO provider_accounts (user_id, provider, provider_user_id) VALUES (auth.uid(), ''garmin'', ''1'')',
                    'SELECT account_store(auth.uid(), ''garmin'', ''1'', ''x'', ''x'', now(), '''')']) AS statement;
SELECT throws_ok(statement, '42501', NULL, 'and calls nothing: ' || statement)
  FROM unnest(ARRAY['SELECT provider_take(''strava'', '''', 1, 3)', 'SELECT provider_correct(''strava'', '''', 900, now(), 1, 1)',
                    'SELECT provider_spend(''strava'', '''', 0)', 'SELECT provider_leave(''strava'', 1, true, now(), ''{}'', ''{}'', '''', 0)', 'SELECT breaker_enter(''strava'', 1)', 'SELECT breaker_leave(''strava'', 1, true)',
                    'SELECT provider_pause(''strava'', 60)', 'SELECT provider_admit(''strava'', '''', 1, 3, 1)', 'SELECT budget_open(''strava'', '''')']) AS statement;
SELECT throws_ok('SELECT FROM ' || name, '42501', NULL, 'nor looks at ' || name)
  FROM unnest(ARRAY['provider_budget', 'provider_breaker', 'provider_windows', 'geocode_cache']) AS name;
RESET ROLE;
-- the programs
SET LOCAL ROLE paceline_worker;
SELECT is((SELECT count(*)::int FROM provider_accounts), 3, 'the worker reads everybody''s');
SELECT lives_ok('UPDATE provider_accounts SET token_updated_at = now() WHERE id IS NOT NULL', 'and writes refreshed tokens');
SELECT throws_ok('DELETE FROM provider_accounts', '42501', NULL, 'deletes none');
SELECT throws_ok('UPDATE provider_accounts SET user_id = gen_random_uuid()', '42501', NULL, 'and gives none away');
SELECT lives_ok('SELECT provider_admit(''strava'', '''', 1, 3, 1)', 'asks before it calls');
RESET ROLE;
SET LOCAL ROLE paceline_producer;
SELECT throws_ok('SELECT provider_take(''strava'', '''', 1, 3)', '42501', NULL, 'the producer spends no budget');
SELECT is((SELECT count(*)::int FROM provider_accounts), 3, 'it stores grants');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
