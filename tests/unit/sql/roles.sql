-- roles: what migration 0001 leaves behind.
BEGIN;
SELECT plan(9);
SELECT has_role('anon');
SELECT has_role('authenticated');
SELECT has_role('service_role');
SELECT is(rolcanlogin, true, rolname || ' may log in')
  FROM pg_roles WHERE rolname IN ('paceline_producer', 'paceline_worker', 'paceline_reaper') ORDER BY rolname;
SELECT is(rolreplication, true, 'the producer may read the slot') FROM pg_roles WHERE rolname = 'paceline_producer';
SELECT is(auth.uid(), NULL, 'no request, no user');
SET LOCAL request.jwt.claims = '{"sub": "6f0f1e6e-4f4c-4f6c-9f57-8c3a3d2f5b10"}';
SELECT is(auth.uid(), '6f0f1e6e-4f4c-4f6c-9f57-8c3a3d2f5b10'::uuid, 'the user is the sub of the claims');
SELECT * FROM finish();
ROLLBACK;
