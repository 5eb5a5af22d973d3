-- provider_take, provider_correct, provider_spend: what the fleet may use of a provider's windows.
BEGIN;
SELECT plan(49);
-- A provider of the test's own, whose windows hardly end while it runs: a day, and half of one; for users half a day.
INSERT INTO provider_windows (provider, window_s, limit_count) VALUES ('p', 43200, 100), ('p', 86400, 1000);
INSERT INTO provider_windows (provider, window_s, is_per_user, limit_count) VALUES ('u', 43200, true, 10), ('u', 43200, false, 25);
-- take asks n times and tells how many were granted.
CREATE FUNCTION take(n int, priority int, provider text DEFAULT 'p', scope text DEFAULT '') RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    granted int := 0;
BEGIN
    FOR i IN 1 .. n LOOP
        granted := granted + (SELECT t.granted::int FROM provider_take(provider, scope, 1, priority) AS t);
    END LOOP;
    RETURN granted;
END
$$;
CREATE FUNCTION used(s int) RETURNS int LANGUAGE sql AS $$ SELECT used_count FROM provider_budget WHERE provider = 'p' AND window_s = s $$;
-- the waits of n that are refused
CREATE FUNCTION waits(n int) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. n LOOP RETURN QUERY SELECT t.wait_us FROM provider_take('p', '', 1, 3) AS t; END LOOP;
END
$$;
CREATE FUNCTION to_reset_us() RETURNS bigint LANGUAGE sql AS $$
    SELECT (extract(epoch FROM resets_at - clock_timestamp()) * 1000000)::bigint FROM provider_budget WHERE provider = 'p' AND window_s = 43200 $$;

-- windows are aligned
SELECT is(window_resets_at(900, 'UTC', at), resets, 'the quarter hour of ' || at)
  FROM (VALUES ('2026-03-29 00:59:59.9+00'::timestamptz, '2026-03-29 01:00+00'::timestamptz), ('2026-03-29 01:00+00', '2026-03-29 01:15+00'),
               ('2026-03-29 01:29:59+00', '2026-03-29 01:30+00')) AS t (at, resets);
SELECT is(window_resets_at(86400, 'UTC', '2026-03-29 23:59:59+00'), '2026-03-30 00:00+00', 'the day ends at midnight UTC');
SELECT is(window_resets_at(86400, 'America/Los_Angeles', '2026-03-08 12:00+00'), '2026-03-09 07:00+00', 'or at midnight Pacific, in summer time by then');
SELECT is(window_resets_at(86400, 'America/Los_Angeles', '2026-03-08 07:59:59+00'), '2026-03-08 08:00+00', 'and in winter time before');
SELECT is(window_resets_at(1, 'UTC', '2026-03-08 07:59:59.25+00'), '2026-03-08 08:00+00', 'a second');
SELECT is((SELECT string_agg(window_s || ':' || limit_count, ' ' ORDER BY window_s) FROM provider_windows WHERE provider = 'strava'), '900:100 86400:1000',
          'Strava''s default for reads');

-- shares of the priorities
SELECT is(take(60, 1), 50, 'historic streams use half of a window');
SELECT is(take(60, 2), 30, 'pages of a session four fifths of a short one');
SELECT is(take(60, 3), 15, 'push and interactive all but a twentieth');
SELECT is(used(43200), 95, 'what is granted is counted');
SELECT is(used(86400), 95, 'in every window');
SELECT is((SELECT granted FROM provider_take('p', '', 1, 3)), false, 'then it is over');
SELECT is(used(86400), 95, 'and what is refused counts nowhere');
SELECT is((SELECT full_window_s FROM provider_take('p', '', 1, 3)), 43200, 'which window is full');
CREATE TEMP TABLE wait AS SELECT us FROM waits(20) AS us;
SELECT cmp_ok((SELECT min(us) FROM wait), '>=', to_reset_us(), 'it is worth coming back when it begins anew');
SELECT cmp_ok((SELECT count(DISTINCT us)::int FROM wait), '>', 15, 'those refused together do not come back together');
SELECT cmp_ok((SELECT max(us) FROM wait), '<=', to_reset_us() + 905000000, 'but not so much later');
UPDATE provider_budget SET used_count = 0 WHERE provider = 'p' AND window_s = 43200;
UPDATE provider_budget SET used_count = 900 WHERE provider = 'p' AND window_s = 86400;
SELECT is(take(5, 2), 0, 'of a day, session pages use nine tenths');
SELECT is(take(5, 3), 5, 'others more');
SELECT is((SELECT full_window_s FROM provider_take('p', '', 1, 1)), 86400, 'the day is what is full');

-- costs
UPDATE provider_budget SET used_count = 0 WHERE provider = 'p';
SELECT is((SELECT ARRAY[granted::int, left_count] FROM provider_take('p', '', 40, 2)), ARRAY[1, 40], 'a cost of more than one');
SELECT is((SELECT granted FROM provider_take('p', '', 41, 2)), false, 'one that does not fit');
SELECT is((SELECT granted FROM provider_take('p', '', 40, 2)), true, 'a smaller one still does');
SELECT throws_ok($$SELECT provider_take('p', '', 101, 3)$$, '22023', NULL, 'a cost above the limit would wait for ever');
SELECT throws_ok($$SELECT provider_take('p', '', 0, 3)$$, '22023', NULL, 'none is no cost');
SELECT throws_ok($$SELECT provider_take('p', '', 1, 4)$$, '22023', NULL, 'there is no such priority');
SELECT throws_ok($$SELECT provider_take('nobody', '', 1, 3)$$, '22023', NULL, 'nor such a provider');
UPDATE provider_budget SET resets_at = now() WHERE provider = 'p';
SELECT is((SELECT granted FROM provider_take('p', '', 100, 1)), true, 'the first call of a window is granted, whatever its share: else one of 1 would be closed for ever');
SELECT is(used(43200), 100, 'a window that has ended begins anew');

-- users share what is everybody's, and have their own
SELECT is(take(20, 3, 'u', 'a'), 9, 'user a');
SELECT is(take(20, 3, 'u', 'b'), 9, 'user b');
SELECT is(take(20, 3, 'u', 'c'), 5, 'user c finds the application''s window full');
SELECT throws_ok($$SELECT provider_take('u', '', 1, 3)$$, '22023', NULL, 'a provider that counts by user wants to know which');

-- what answers say; the row is as if its window had begun an hour ago
UPDATE provider_budget SET used_count = 10, limit_count = 100, resets_at = now() + interval '11 h' WHERE provider = 'p' AND window_s = 43200;
SELECT provider_correct('p', '', 43200, now(), 200, 60);
SELECT is((SELECT ARRAY[limit_count, used_count] FROM provider_budget WHERE provider = 'p' AND window_s = 43200), ARRAY[200, 60], 'the provider''s word on limit and usage');
SELECT provider_correct('p', '', 43200, now(), 150, 20);
SELECT is((SELECT ARRAY[limit_count, used_count] FROM provider_budget WHERE provider = 'p' AND window_s = 43200), ARRAY[150, 60], 'usage goes up alone: more calls are under way');
SELECT provider_correct('p', '', 43200, now() - interval '61 min', 150, 140);
SELECT is(used(43200), 60, 'an answer to a call of the window before says nothing about this one');
SELECT provider_correct('p', '', 43200, now() - interval '60 min' + interval '9 s', 150, 140);
SELECT is(used(43200), 60, 'nor one in its first seconds: clocks differ');
SELECT provider_correct('p', '', 43200, now(), 0, 140);
SELECT is(used(43200), 60, 'a limit of 0 is no limit');
SELECT provider_correct('p', '', 43200, now() - interval '60 min' + interval '11 s', 150, 70);
SELECT is(used(43200), 70, 'a moment later it does');
SELECT cmp_ok(provider_spend('p', '', 0), '>', 11::bigint * 3600 * 1000000 - 60000000, 'a provider that refuses for a window: the time until its end');
SELECT is(used(43200), 150, 'it is used up');
SELECT is((SELECT granted FROM provider_take('p', '', 1, 3)), false, 'for all');
SELECT is(provider_spend('p', '', 2), NULL, 'there is no third window');
UPDATE provider_budget SET used_count = 0, resets_at = now() + interval '11 h' WHERE provider = 'p';
SELECT is(provider_leave('p', 1, false, now(), '{10,20}', '{3,4}', '', NULL), NULL, 'an answer that names both windows');
SELECT is((SELECT string_agg(window_s || ' ' || limit_count || ' ' || used_count, ', ' ORDER BY window_s) FROM provider_budget WHERE provider = 'p'),
          '43200 10 3, 86400 20 4', 'corrects both, the shorter first');
SELECT isnt(provider_leave('p', 1, false, now(), '{}', '{}', '', 1), NULL, 'one that refuses for the longer');
SELECT is(used(86400), 20, 'spends that');
SELECT * FROM finish();
ROLLBACK;
