-- 0001_roles: the roles and the auth schema that the rest refers to, where they are missing.
-- Lock: none on user tables; may run on a live system. Needs a role that may create roles.
-- Supabase's names (anon, authenticated, service_role, auth.uid) are kept as they are where they exist.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
    -- The service key stands above row-level security, as Supabase's does.
    BEGIN
        ALTER ROLE service_role BYPASSRLS;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE WARNING 'service_role needs BYPASSRLS: ALTER ROLE service_role BYPASSRLS, as a superuser';
    END;
    FOREACH wanted IN ARRAY ARRAY['paceline_producer', 'paceline_worker', 'paceline_reaper'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted);
        END IF;
    END LOOP;
END
$$;

-- The producer reads the slot; on a server where this role may not hand out REPLICATION, an administrator does.
DO $$
BEGIN
    ALTER ROLE paceline_producer REPLICATION;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'paceline_producer needs REPLICATION: ALTER ROLE paceline_producer REPLICATION, as a superuser';
END
$$;

-- It makes the publication that the slot's plugin asks for, which publishes nothing.
DO $$
BEGIN
    EXECUTE format('GRANT CREATE ON DATABASE %I TO paceline_producer', current_database());
END
$$;

-- The reaper reads every session's transaction start (pg_stat_activity) for its barrier.
GRANT pg_read_all_stats TO paceline_reaper;

-- The producer answers users under their own role, so that row-level security decides.
GRANT anon, authenticated, service_role TO paceline_producer;

CREATE SCHEMA IF NOT EXISTS auth;
GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role, paceline_producer, paceline_worker, paceline_reaper;

DO $$
BEGIN
    IF to_regprocedure('auth.uid()') IS NULL THEN
        EXECUTE $sql$
            CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
            'SELECT (NULLIF(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''sub'')::uuid'
        $sql$;
        COMMENT ON FUNCTION auth.uid() IS 'the user of this request: sub of request.jwt.claims, as Supabase sets it';
    END IF;
END
$$;
