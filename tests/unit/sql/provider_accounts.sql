-- provider_accounts: a user sees which provider is connected and no token; the reaper may re-encrypt tokens and nothing else.
BEGIN;
SELECT plan(19);
INSERT INTO provider_accounts (user_id, provider, provider_user_id, access_token_enc, scope)
VALUES ('11111111-1111-4111-8111-111111111111', 'strava', '7', '\x01', 'read'), ('22222222-2222-4222-8222-222222222222', 'strava', '8', '\x02', 'read');

SELECT throws_ok($$INSERT INTO provider_accounts (user_id, provider, provider_user_id) VALUES (gen_random_uuid(), 'strava', '7')$$,
                 '23505', NULL, 'an account of a provider belongs to one user');
SELECT throws_ok($$INSERT INTO provider_accounts (user_id, provider, provider_user_id) VALUES ('11111111-1111-4111-8111-111111111111', 'strava', '9')$$,
                 '23505', NULL, 'a user has one account of a provider');
SELECT throws_ok($$INSERT INTO provider_accounts (user_id, provider, provider_user_id) VALUES (gen_random_uuid(), 'nobody', '9')$$, '23514', NULL, 'an unknown provider');
SELECT throws_ok($$UPDATE provider_accounts SET status = 'lost'$$, '23514', NULL, 'an unknown status');

SELECT set_config('request.jwt.claims', '{"sub": "11111111-1111-4111-8111-111111111111"}', true);
SET LOCAL ROLE authenticated;
SELECT results_eq('SELECT provider, scope, status FROM provider_accounts', $$VALUES ('strava', 'read', 'active')$$, 'a user sees the own row alone');
SELECT throws_ok('SELECT access_token_enc FROM provider_accounts', '42501', NULL, 'but no token');
SELECT throws_ok('SELECT refresh_token_enc FROM provider_accounts', '42501', NULL, 'neither of them');
SELECT throws_ok('SELECT * FROM provider_accounts', '42501', NULL, 'nor everything');
SELECT throws_ok($$UPDATE provider_accounts SET status = 'revoked'$$, '42501', NULL, 'and changes nothing');
SELECT throws_ok('DELETE FROM provider_accounts', '42501', NULL, 'and deletes nothing');
RESET ROLE;
SET LOCAL ROLE anon;
SELECT throws_ok('SELECT provider FROM provider_accounts', '42501', NULL, 'others see nothing');
RESET ROLE;
SET LOCAL ROLE paceline_reaper;
SELECT is((SELECT count(id)::int FROM provider_accounts), 2, 'the reaper sees every account');
SELECT lives_ok($$UPDATE provider_accounts SET access_token_enc = '\x03' WHERE id IS NOT NULL$$, 'and writes tokens');
SELECT throws_ok($$UPDATE provider_accounts SET status = 'revoked'$$, '42501', NULL, 'but nothing else');
SELECT throws_ok('SELECT user_id FROM provider_accounts', '42501', NULL, 'does not see whose they are');
SELECT throws_ok('DELETE FROM provider_accounts', '42501', NULL, 'and deletes none');
RESET ROLE;
SELECT table_privs_are('provider_accounts', 'paceline_worker', '{}'::text[]);
SELECT table_privs_are('provider_accounts', 'anon', '{}'::text[]);
SELECT table_privs_are('provider_accounts', 'authenticated', '{}'::text[]);
SELECT * FROM finish();
ROLLBACK;
