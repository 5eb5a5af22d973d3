-- 0014_providers: storing grants, and what the whole fleet shares about providers: budgets, breakers, places.
-- Lock: none on user tables; may run on a live system.
--
-- Lock order: a provider's breaker, then its budget's rows by scope and window. Nothing here is held while a provider thinks, but an
-- account's row during the refresh of its token.

-- account_store: a new grant. Another user's grant of the same account is not taken over while it is active (23505). A row that is
-- being refreshed at this moment is not waited for (55P03).
CREATE OR REPLACE FUNCTION account_store(user_id uuid, provider text, provider_user_id text, access_token_enc bytea, refresh_token_enc bytea,
                                         expires_at timestamptz, scope text) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM provider_accounts AS a
      WHERE a.provider = account_store.provider
        AND (a.user_id = account_store.user_id OR a.provider_user_id = account_store.provider_user_id)
      ORDER BY a.id
        FOR UPDATE NOWAIT;
    DELETE FROM provider_accounts AS a
     WHERE a.provider = account_store.provider
       AND a.provider_user_id = account_store.provider_user_id
       AND a.user_id <> account_store.user_id
       AND a.status = 'revoked';
    INSERT INTO provider_accounts AS a (user_id, provider, provider_user_id, access_token_enc, refresh_token_enc, expires_at, scope)
    VALUES (account_store.user_id, account_store.provider, account_store.provider_user_id, account_store.access_token_enc,
            account_store.refresh_token_enc, account_store.expires_at, account_store.scope)
        ON CONFLICT (provider, user_id) DO UPDATE
       SET provider_user_id = EXCLUDED.provider_user_id,
           access_token_enc = EXCLUDED.access_token_enc,
           refresh_token_enc = EXCLUDED.refresh_token_enc,
           expires_at = EXCLUDED.expires_at,
           scope = EXCLUDED.scope,
           status = 'active',
           token_updated_at = now();
END
$$;

-- provider_windows: the windows in which a provider counts calls. Windows are aligned: they begin at multiples of their length since the
-- Unix epoch, those of a day at midnight in `zone`. What a provider says of its limits in an answer stands above limit_count.
CREATE TABLE IF NOT EXISTS provider_windows (
    provider    text NOT NULL,
    window_s    int NOT NULL CHECK (window_s BETWEEN 1 AND 86400),
    is_per_user boolean NOT NULL DEFAULT false,
    limit_count int NOT NULL CHECK (limit_count > 0),
    zone        text NOT NULL DEFAULT 'UTC',
    PRIMARY KEY (provider, is_per_user, window_s)
);
COMMENT ON TABLE provider_windows IS 'how many calls (or units) each provider takes in a window, until it says otherwise';
INSERT INTO provider_windows (provider, window_s, is_per_user, limit_count, zone) VALUES
    ('strava', 900, false, 100, 'UTC'), ('strava', 86400, false, 1000, 'UTC'),
    ('open_meteo', 60, false, 600, 'UTC'), ('open_meteo', 3600, false, 5000, 'UTC'), ('open_meteo', 86400, false, 10000, 'UTC'),
    ('openweather', 60, false, 55, 'UTC'), ('openweather', 86400, false, 950, 'UTC'),
    ('nominatim', 1, false, 1, 'UTC'),
    ('gmail', 60, true, 6000, 'UTC'), ('gmail', 60, false, 1200000, 'UTC'), ('gmail', 86400, false, 80000000, 'America/Los_Angeles')
    ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS provider_budget (
    provider    text NOT NULL,
    scope       text NOT NULL, -- '': the whole application; else a user
    window_s    int NOT NULL,
    limit_count int NOT NULL,
    used_count  int NOT NULL DEFAULT 0,
    resets_at   timestamptz NOT NULL,
    PRIMARY KEY (provider, scope, window_s)
);
COMMENT ON TABLE provider_budget IS 'what the whole fleet has used of each window; a row whose resets_at has passed counts as unused';

-- window_resets_at: the end of the window in which `at` lies.
CREATE OR REPLACE FUNCTION window_resets_at(window_s int, zone text, at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN CASE WHEN window_s = 86400 THEN (date_trunc('day', at AT TIME ZONE zone) + interval '1 day') AT TIME ZONE zone
                ELSE to_timestamp((floor(extract(epoch FROM at) / window_s) + 1) * window_s) END;

-- budget_share: which part of a window a priority may fill (sync.md, section 9): 3 push and interactive, 2 pages of a session,
-- 1 historic streams.
CREATE OR REPLACE FUNCTION budget_share(priority int, window_s int) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE priority WHEN 3 THEN 0.95 WHEN 2 THEN CASE WHEN window_s = 86400 THEN 0.9 ELSE 0.8 END WHEN 1 THEN 0.5 END;

-- budget_open: the rows of a budget, made where missing, begun anew where their window has passed, and locked.
CREATE OR REPLACE FUNCTION budget_open(provider text, scope text) RETURNS SETOF provider_budget
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    at timestamptz;
BEGIN
    IF NOT EXISTS (SELECT FROM provider_windows AS w WHERE w.provider = budget_open.provider) THEN
        RAISE EXCEPTION 'provider %: has no windows in provider_windows', budget_open.provider USING ERRCODE = '22023';
    END IF;
    IF budget_open.scope = '' AND EXISTS (SELECT FROM provider_windows AS w WHERE w.provider = budget_open.provider AND w.is_per_user) THEN
        RAISE EXCEPTION 'provider %: counts by user, so a scope is needed', budget_open.provider USING ERRCODE = '22023';
    END IF;
    INSERT INTO provider_budget AS b (provider, scope, window_s, limit_count, resets_at)
    SELECT w.provider, CASE WHEN w.is_per_user THEN budget_open.scope ELSE '' END, w.window_s, w.limit_count, '-infinity'
      FROM provider_windows AS w
     WHERE w.provider = budget_open.provider
     ORDER BY 2, 3
        ON CONFLICT DO NOTHING;
    PERFORM FROM provider_budget AS b
      WHERE b.provider = budget_open.provider AND b.scope IN ('', budget_open.scope)
      ORDER BY b.scope, b.window_s
        FOR UPDATE;
    at := clock_timestamp(); -- after the wait for the locks, or a window could begin twice
    UPDATE provider_budget AS b
       SET used_count = 0,
           limit_count = w.limit_count,
           resets_at = window_resets_at(b.window_s, w.zone, at)
      FROM provider_windows AS w
     WHERE b.provider = budget_open.provider AND b.scope IN ('', budget_open.scope) AND b.resets_at <= at
       AND w.provider = b.provider AND w.window_s = b.window_s AND w.is_per_user = (b.scope <> '');
    RETURN QUERY SELECT b.* FROM provider_budget AS b
                  WHERE b.provider = budget_open.provider AND b.scope IN ('', budget_open.scope)
                  ORDER BY b.scope, b.window_s;
END
$$;

-- provider_take: asks for `cost` of every window of a provider at once, before a call and outside a job's transaction. Granted: it is
-- counted. Not granted: nothing is, and wait_us is the time until the last of the full windows begins anew, with a jitter of up to one
-- window (at most 15 min), so that those who were refused together do not come back together. left_count: what the priority may still
-- use of the tightest window. The first call of a window is always granted, however small the window.
CREATE OR REPLACE FUNCTION provider_take(provider text, scope text, cost int, priority int,
                                         OUT granted boolean, OUT wait_us bigint, OUT left_count int, OUT full_window_s int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    budget provider_budget;
    room int;
    wait_s numeric := 0;
BEGIN
    IF provider_take.priority IS NULL OR provider_take.priority NOT BETWEEN 1 AND 3 OR provider_take.cost IS NULL OR provider_take.cost < 1 THEN
        RAISE EXCEPTION 'provider %: a cost of 1 or more and a priority of 1 to 3, not % and %', provider, cost, priority USING ERRCODE = '22023';
    END IF;
    granted := true;
    FOR budget IN SELECT * FROM budget_open(provider_take.provider, provider_take.scope) LOOP
        IF cost > budget.limit_count THEN
            RAISE EXCEPTION 'provider %: a cost of % will never fit into % in % s', provider, cost, budget.limit_count, budget.window_s
                USING ERRCODE = '22023';
        END IF;
        room := floor(budget.limit_count * budget_share(priority, budget.window_s))::int - budget.used_count;
        IF room < cost AND budget.used_count > 0 THEN
            granted := false;
            wait_s := greatest(wait_s, extract(epoch FROM budget.resets_at - clock_timestamp()) + random()::numeric * least(budget.window_s, 900));
            full_window_s := greatest(full_window_s, budget.window_s);
        END IF;
        left_count := least(left_count, greatest(room - cost, 0));
    END LOOP;
    IF granted THEN
        UPDATE provider_budget AS b SET used_count = b.used_count + provider_take.cost
         WHERE b.provider = provider_take.provider AND b.scope IN ('', provider_take.scope);
        wait_us := 0;
    ELSE
        left_count := 0;
        wait_us := ceil(greatest(wait_s, 0) * 1000000)::bigint;
    END IF;
END
$$;

-- provider_correct: what an answer said about a window: its limit as it is, its usage upward, since others may call under the same
-- application. Only if the call was made in the window that is still open, and not in its first moments: clocks differ, and yesterday's
-- usage must not close today.
CREATE OR REPLACE FUNCTION provider_correct(provider text, scope text, window_s int, called_at timestamptz, limit_count int, used_count int)
    RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE provider_budget AS b
       SET limit_count = $5,
           used_count = greatest(b.used_count, $6)
     WHERE b.provider = $1
       AND b.scope = $2
       AND b.window_s = $3
       AND b.resets_at > clock_timestamp()
       AND $4 >= b.resets_at - make_interval(secs => b.window_s - least(b.window_s / 10.0, 10))
       AND $5 > 0
       AND (b.limit_count <> $5 OR b.used_count < $6)
$$;

-- provider_spend: a provider refused a call because a window is used up: so it is, for everybody. rank as in provider_leave. Returns the
-- time until it is worth another try, as provider_take does; NULL if there is no such window.
CREATE OR REPLACE FUNCTION provider_spend(provider text, scope text, rank int) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE provider_budget AS b
       SET used_count = greatest(b.used_count, b.limit_count)
     WHERE b.provider = $1
       AND b.scope = $2
       AND b.window_s = (SELECT w.window_s FROM provider_windows AS w WHERE w.provider = $1 AND w.is_per_user = ($2 <> '')
                          ORDER BY w.window_s OFFSET $3 LIMIT 1)
    RETURNING ceil((greatest(extract(epoch FROM b.resets_at - clock_timestamp()), 0) + random() * least(b.window_s, 900)) * 1000000)::bigint
$$;

-- provider_breaker: closed (open_until NULL) -> open (in the future; nobody calls) -> its time has passed: one probe, by probe_worker,
-- which puts open_until into the future again, so that a probe whose worker dies is followed by another -> closed, or open.
CREATE TABLE IF NOT EXISTS provider_breaker (
    provider     text PRIMARY KEY,
    failures     int NOT NULL DEFAULT 0, -- in a row
    open_until   timestamptz,
    probe_worker bigint
);
COMMENT ON TABLE provider_breaker IS 'whether the fleet may call a provider; five failures in a row open it for 60 s';

-- breaker_enter: may this worker call? If not, the time until it may be asked again.
CREATE OR REPLACE FUNCTION breaker_enter(provider text, worker bigint, OUT is_closed boolean, OUT wait_us bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    until timestamptz;
BEGIN
    SELECT b.open_until INTO until FROM provider_breaker AS b WHERE b.provider = breaker_enter.provider;
    is_closed := until IS NULL;
    IF until <= clock_timestamp() THEN
        UPDATE provider_breaker AS b
           SET probe_worker = breaker_enter.worker, open_until = clock_timestamp() + interval '60 s'
         WHERE b.provider = breaker_enter.provider AND b.open_until <= clock_timestamp();
        is_closed := FOUND;
        IF NOT is_closed THEN -- another was faster
            SELECT b.open_until INTO until FROM provider_breaker AS b WHERE b.provider = breaker_enter.provider;
            is_closed := until IS NULL;
        END IF;
    END IF;
    wait_us := CASE WHEN is_closed THEN 0 ELSE ceil(greatest(extract(epoch FROM until - clock_timestamp()), 0) * 1000000) END;
END
$$;

-- breaker_leave: what became of a call. An open breaker listens to its probe alone: what was under way when it opened says nothing new.
CREATE OR REPLACE FUNCTION breaker_leave(provider text, worker bigint, has_failed boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT has_failed THEN
        UPDATE provider_breaker AS b SET failures = 0, open_until = NULL, probe_worker = NULL
         WHERE b.provider = breaker_leave.provider AND b.failures > 0 AND (b.open_until IS NULL OR b.probe_worker = breaker_leave.worker);
        RETURN;
    END IF;
    INSERT INTO provider_breaker AS b (provider, failures) VALUES (breaker_leave.provider, 1)
        ON CONFLICT (provider) DO UPDATE
       SET failures = b.failures + 1,
           open_until = CASE WHEN b.failures + 1 >= 5 THEN clock_timestamp() + interval '60 s' END,
           probe_worker = NULL
     WHERE b.open_until IS NULL OR b.probe_worker = breaker_leave.worker;
END
$$;

-- provider_pause: nobody calls this provider for a while: it blocks us, or a key is wrong. Then a probe, as after failures.
CREATE OR REPLACE FUNCTION provider_pause(provider text, seconds int) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO provider_breaker AS b (provider, failures, open_until) VALUES ($1, 5, clock_timestamp() + make_interval(secs => $2))
        ON CONFLICT (provider) DO UPDATE
       SET failures = 5, open_until = greatest(b.open_until, EXCLUDED.open_until), probe_worker = NULL
$$;

-- provider_admit: breaker and budget in one statement, in this order; a probe that the budget does not admit is left to the next.
CREATE OR REPLACE FUNCTION provider_admit(provider text, scope text, cost int, priority int, worker bigint,
                                          OUT granted boolean, OUT is_open boolean, OUT wait_us bigint, OUT left_count int,
                                          OUT full_window_s int, OUT called_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    SELECT NOT b.is_closed, b.wait_us INTO is_open, wait_us FROM breaker_enter(provider_admit.provider, provider_admit.worker) AS b;
    granted := false;
    IF is_open THEN
        RETURN;
    END IF;
    SELECT t.granted, t.wait_us, t.left_count, t.full_window_s INTO granted, wait_us, left_count, full_window_s
      FROM provider_take(provider_admit.provider, provider_admit.scope, provider_admit.cost, provider_admit.priority) AS t;
    called_at := clock_timestamp();
    IF NOT granted THEN
        UPDATE provider_breaker AS b SET open_until = provider_admit.called_at, probe_worker = NULL
         WHERE b.provider = provider_admit.provider AND b.probe_worker = provider_admit.worker;
    END IF;
END
$$;

-- provider_leave: what a call brought, in one statement: for the breaker whether it failed; limits and usage of the application's windows
-- as the answer named them, the shortest first; and which window it called used up: its rank (0: the shortest) among those of spent_scope,
-- NULL for none. Returns provider_spend's wait.
CREATE OR REPLACE FUNCTION provider_leave(provider text, worker bigint, has_failed boolean, called_at timestamptz, limits int[], used int[],
                                          spent_scope text, spent_rank int) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM breaker_leave(provider_leave.provider, provider_leave.worker, provider_leave.has_failed);
    PERFORM provider_correct(provider_leave.provider, '', w.window_s, provider_leave.called_at, limits[w.rank], used[w.rank])
       FROM (SELECT v.window_s, row_number() OVER (ORDER BY v.window_s) AS rank
               FROM provider_windows AS v
              WHERE v.provider = provider_leave.provider AND NOT v.is_per_user
              ORDER BY v.window_s) AS w
      WHERE w.rank <= cardinality(limits);
    IF spent_rank IS NOT NULL THEN
        RETURN provider_spend(provider_leave.provider, spent_scope, spent_rank);
    END IF;
    RETURN NULL;
END
$$;

CREATE TABLE IF NOT EXISTS geocode_cache (
    lat_e3     int NOT NULL CHECK (lat_e3 BETWEEN -90000 AND 90000),
    lng_e3     int NOT NULL CHECK (lng_e3 BETWEEN -180000 AND 180000),
    city       text,
    state      text,
    country    text,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lat_e3, lng_e3)
);
COMMENT ON TABLE geocode_cache IS 'places by coordinates in thousandths of a degree; all NULL: there is no place';

-- The producer stores grants and takes them back, the worker refreshes and revokes them; how much of a budget is used is nobody's secret
-- within the fleet.
REVOKE ALL ON provider_windows, provider_budget, provider_breaker, geocode_cache FROM PUBLIC, anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_accounts TO paceline_producer;
GRANT SELECT (id, user_id, provider, provider_user_id, access_token_enc, refresh_token_enc, expires_at, scope, status, token_updated_at),
    UPDATE (access_token_enc, refresh_token_enc, expires_at, status, token_updated_at) ON provider_accounts TO paceline_worker;
GRANT SELECT ON provider_windows, provider_budget, provider_breaker TO paceline_producer, paceline_worker, paceline_reaper, service_role;
GRANT SELECT, INSERT, UPDATE ON geocode_cache TO paceline_worker;
GRANT SELECT, DELETE ON geocode_cache TO paceline_reaper;
REVOKE ALL ON FUNCTION account_store(uuid, text, text, bytea, bytea, timestamptz, text), budget_open(text, text),
    provider_take(text, text, int, int), provider_correct(text, text, int, timestamptz, int, int), provider_spend(text, text, int),
    breaker_enter(text, bigint), breaker_leave(text, bigint, boolean), provider_pause(text, int),
    provider_admit(text, text, int, int, bigint), provider_leave(text, bigint, boolean, timestamptz, int[], int[], text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION account_store(uuid, text, text, bytea, bytea, timestamptz, text) TO paceline_producer;
GRANT EXECUTE ON FUNCTION provider_admit(text, text, int, int, bigint),
    provider_leave(text, bigint, boolean, timestamptz, int[], int[], text, int), provider_pause(text, int) TO paceline_worker;

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['paceline_producer', 'paceline_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'provider_accounts'::regclass AND polname = role) THEN
            EXECUTE format('CREATE POLICY %I ON provider_accounts TO %I USING (true) WITH CHECK (true)', role, role);
        END IF;
    END LOOP;
END
$$;
