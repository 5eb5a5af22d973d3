-- The breaker: five failures in a row open it, after its time one probe decides; and provider_admit, which asks breaker and budget.
BEGIN;
SELECT plan(27);
INSERT INTO provider_windows (provider, window_s, limit_count) VALUES ('p', 86400, 100);
CREATE FUNCTION fail(n int, worker bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. n LOOP PERFORM breaker_leave('p', worker, true); END LOOP;
END
$$;
CREATE FUNCTION open() RETURNS boolean LANGUAGE sql AS $$ SELECT open_until > clock_timestamp() FROM provider_breaker WHERE provider = 'p' $$;
CREATE FUNCTION later() RETURNS void LANGUAGE sql AS $$ UPDATE provider_breaker SET open_until = clock_timestamp() - interval '1 s' $$;

SELECT is((SELECT is_closed FROM breaker_enter('p', 1)), true, 'closed at first');
SELECT fail(4, 1);
SELECT is(open(), NULL, 'four failures leave it closed');
SELECT breaker_leave('p', 2, false);
SELECT fail(4, 1);
SELECT is(open(), NULL, 'in a row, that is: a success in between begins anew');
SELECT fail(1, 3);
SELECT is(open(), true, 'the fifth opens it, whoever it was');
SELECT is((SELECT is_closed FROM breaker_enter('p', 1)), false, 'nobody calls');
SELECT cmp_ok((SELECT wait_us FROM breaker_enter('p', 1)), '<=', 60000000::bigint, 'for a minute');
SELECT cmp_ok((SELECT wait_us FROM breaker_enter('p', 1)), '>', 40000000::bigint, 'and not much less');
SELECT breaker_leave('p', 2, false);
SELECT is(open(), true, 'a success that was under way before does not close it');
SELECT fail(1, 2);
SELECT is((SELECT failures FROM provider_breaker), 5, 'nor does a failure keep it open longer');

SELECT later();
SELECT is((SELECT is_closed FROM breaker_enter('p', 7)), true, 'after its time one may look');
SELECT is((SELECT probe_worker FROM provider_breaker), 7::bigint, 'who');
SELECT is((SELECT is_closed FROM breaker_enter('p', 8)), false, 'and nobody else');
SELECT fail(1, 7);
SELECT is(open(), true, 'it fails: open again');
SELECT is((SELECT probe_worker FROM provider_breaker), NULL, 'without a probe');
SELECT later();
SELECT is((SELECT is_closed FROM breaker_enter('p', 9)), true, 'the next');
SELECT breaker_leave('p', 9, false);
SELECT is((SELECT ARRAY[failures::text, open_until::text, probe_worker::text] FROM provider_breaker), ARRAY['0', NULL, NULL], 'succeeds: closed');
SELECT fail(5, 1);
SELECT later();
SELECT is((SELECT is_closed FROM breaker_enter('p', 10)), true, 'a probe');
SELECT later();
SELECT is((SELECT is_closed FROM breaker_enter('p', 11)), true, 'of which nothing more is heard is followed by another');

-- provider_admit
SELECT provider_pause('p', 3600);
SELECT is((SELECT ARRAY[granted, is_open] FROM provider_admit('p', '', 1, 3, 1)), ARRAY[false, true], 'paused for an hour');
SELECT cmp_ok((SELECT wait_us FROM provider_admit('p', '', 1, 3, 1)), '>', 3500000000::bigint, 'says so');
SELECT is((SELECT count(*)::int FROM provider_budget WHERE provider = 'p'), 0, 'an open breaker costs no budget');
SELECT provider_pause('p', 60);
SELECT cmp_ok((SELECT wait_us FROM provider_admit('p', '', 1, 3, 1)), '>', 3500000000::bigint, 'a shorter pause does not end a longer one');
SELECT later();
SELECT is((SELECT ARRAY[granted, is_open] FROM provider_admit('p', '', 100, 3, 1)), ARRAY[true, false], 'then the probe goes, and pays');
SELECT later();
SELECT is((SELECT ARRAY[granted, is_open] FROM provider_admit('p', '', 1, 3, 2)), ARRAY[false, false], 'a probe without budget');
SELECT is((SELECT ARRAY[open_until <= clock_timestamp(), probe_worker IS NULL] FROM provider_breaker), ARRAY[true, true], 'is left to whoever comes next');
SELECT breaker_leave('p', 1, false);
SELECT is((SELECT failures FROM provider_breaker), 5, 'only the present probe closes');
SELECT throws_ok($$SELECT provider_admit('p', '', 1, 7, 2)$$, '22023', NULL, 'a wrong priority is refused here, too');
SELECT * FROM finish();
ROLLBACK;
