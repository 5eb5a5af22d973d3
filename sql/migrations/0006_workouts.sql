-- 0006_workouts: activities, their samples, the plans they are held against, and the athletes' thresholds.
-- Lock: none on tables that exist before; may run on a live system.
-- Units are SI and end each name; unknown is NULL, never 0 (workouts.md, section 2).

CREATE TABLE IF NOT EXISTS planned_workouts (
    id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id              uuid NOT NULL,
    training_plan_id     uuid,
    week_number          int CHECK (week_number >= 0),
    day_number           int CHECK (day_number >= 0),
    local_date           date NOT NULL,
    sport                text NOT NULL CHECK (sport IN ('run', 'ride', 'swim', 'walk', 'strength', 'mobility', 'pilates_yoga', 'other')),
    name                 text CHECK (char_length(name) BETWEEN 1 AND 500),
    description          text,
    tags                 text[],
    steps_preset         text[],
    steps                jsonb CHECK (jsonb_typeof(steps) = 'array'),
    total_duration_s     int CHECK (total_duration_s >= 0),
    duration_s           int CHECK (duration_s >= 0),
    total_distance_m     real CHECK (total_distance_m BETWEEN 0 AND 1e9),
    workout_status       text NOT NULL DEFAULT 'planned' CHECK (workout_status IN ('planned', 'in_progress', 'completed', 'skipped')),
    completed_workout_id uuid,
    pool_length_m        real CHECK (pool_length_m BETWEEN 0 AND 1000),
    environment          text,
    updated_at           timestamptz NOT NULL DEFAULT now(),
    UNIQUE (training_plan_id, week_number, day_number, local_date, sport)
);
COMMENT ON COLUMN planned_workouts.steps_preset IS 'tokens such as interval_6x800m_5kpace_r90s; steps are made from them where there are none';
COMMENT ON COLUMN planned_workouts.completed_workout_id IS 'follows workouts.planned_id, as workout_status does; what is written here by hand is not kept';
-- The two ends of the link are unique by partial indexes: columns of a whole unique index are keys, and changing a key locks the row
-- against the foreign keys of others.
CREATE UNIQUE INDEX IF NOT EXISTS planned_workouts_completed ON planned_workouts (completed_workout_id) WHERE completed_workout_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS planned_workouts_day ON planned_workouts (user_id, local_date);

CREATE TABLE IF NOT EXISTS workouts (
    -- identity
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid NOT NULL,
    sport              text NOT NULL DEFAULT 'other'
                       CHECK (sport IN ('run', 'ride', 'swim', 'walk', 'strength', 'mobility', 'pilates_yoga', 'other')),
    provider_sport     text,
    name               text CHECK (char_length(name) BETWEEN 1 AND 500),
    source             text NOT NULL CHECK (source IN ('strava', 'garmin', 'manual', 'file')),
    strava_activity_id bigint CHECK (strava_activity_id > 0),
    garmin_activity_id text CHECK (octet_length(garmin_activity_id) BETWEEN 1 AND 200),
    external_id        text CHECK (octet_length(external_id) BETWEEN 1 AND 200),
    -- time
    start_at           timestamptz,
    local_date         date,
    utc_offset_s       int CHECK (utc_offset_s BETWEEN -93600 AND 93600),
    timezone           text,
    -- the provider's scalars
    distance_m         real,
    speed_avg_mps      real,
    speed_max_mps      real,
    hr_avg_bpm         real,
    hr_max_bpm         real,
    cadence_avg_spm    real,
    cadence_avg_rpm    real,
    power_avg_w        real,
    power_max_w        real,
    power_weighted_w   real,
    work_j             real,
    energy_j           real,
    elevation_gain_m   real,
    elevation_loss_m   real,
    pool_length_m      real,
    moving_time_s      int CHECK (moving_time_s >= 0),
    elapsed_time_s     int CHECK (elapsed_time_s >= 0),
    steps_count        int CHECK (steps_count >= 0),
    start_lat          double precision CHECK (start_lat BETWEEN -90 AND 90),
    start_lng          double precision CHECK (start_lng BETWEEN -180 AND 180),
    end_lat            double precision CHECK (end_lat BETWEEN -90 AND 90),
    end_lng            double precision CHECK (end_lng BETWEEN -180 AND 180),
    gear_id            text,
    is_private         boolean,
    is_trainer         boolean,
    -- weather and place
    temperature_c      real,
    feels_like_c       real,
    humidity_pct       real,
    pressure_hpa       real,
    wind_speed_mps     real,
    wind_direction_deg real,
    weather_condition  text,
    visibility_m       real,
    uv_index           real,
    city               text,
    state              text,
    country            text,
    enrichment         jsonb,
    -- documents
    laps               jsonb CHECK (jsonb_typeof(laps) = 'array'),
    lengths            jsonb CHECK (jsonb_typeof(lengths) = 'array'),
    exercises          jsonb CHECK (jsonb_typeof(exercises) = 'array'),
    session_rpe        smallint CHECK (session_rpe BETWEEN 1 AND 10),
    provider_data      jsonb,
    -- plan
    planned_id         uuid REFERENCES planned_workouts (id) ON DELETE SET NULL,
    planned_by         text CHECK (planned_by IN ('auto', 'user', 'detached')),
    workout_status     text NOT NULL DEFAULT 'completed' CHECK (workout_status IN ('planned', 'in_progress', 'completed', 'skipped')),
    -- result
    computed           jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(computed) = 'object'),
    computed_version   int,
    computed_at        timestamptz,
    -- stages; the worker never stores processing, other clients that run a stage of their own may
    streams_status     text NOT NULL DEFAULT 'pending' CHECK (streams_status IN ('pending', 'processing', 'complete', 'failed')),
    streams_error      text CHECK (octet_length(streams_error) <= 1000),
    streams_updated_at timestamptz,
    attach_status      text NOT NULL DEFAULT 'pending' CHECK (attach_status IN ('pending', 'processing', 'complete', 'failed')),
    attach_error       text CHECK (octet_length(attach_error) <= 1000),
    attach_updated_at  timestamptz,
    summary_status     text NOT NULL DEFAULT 'pending' CHECK (summary_status IN ('pending', 'processing', 'complete', 'failed')),
    summary_error      text CHECK (octet_length(summary_error) <= 1000),
    summary_updated_at timestamptz,
    analysis_status    text NOT NULL DEFAULT 'pending' CHECK (analysis_status IN ('pending', 'processing', 'complete', 'failed')),
    analysis_error     text CHECK (octet_length(analysis_error) <= 1000),
    analysis_updated_at timestamptz,
    metrics_status     text NOT NULL DEFAULT 'pending' CHECK (metrics_status IN ('pending', 'processing', 'complete', 'failed')),
    metrics_error      text CHECK (octet_length(metrics_error) <= 1000),
    metrics_updated_at timestamptz,
    execution_status   text NOT NULL DEFAULT 'pending' CHECK (execution_status IN ('pending', 'processing', 'complete', 'failed')),
    execution_error    text CHECK (octet_length(execution_error) <= 1000),
    execution_updated_at timestamptz,
    -- bookkeeping
    content_hash       bytea,
    streams_version    int NOT NULL DEFAULT 0 CHECK (streams_version >= 0),
    streams_priority   smallint NOT NULL DEFAULT 0 CHECK (streams_priority BETWEEN 0 AND 3),
    sync_session_id    uuid,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    -- BETWEEN refuses NaN and the infinities, too
    CONSTRAINT workouts_scalars_in_range CHECK (
        distance_m BETWEEN 0 AND 1e9 AND speed_avg_mps BETWEEN 0 AND 1e4 AND speed_max_mps BETWEEN 0 AND 1e4
        AND hr_avg_bpm BETWEEN 0 AND 1000 AND hr_max_bpm BETWEEN 0 AND 1000 AND cadence_avg_spm BETWEEN 0 AND 1e4
        AND cadence_avg_rpm BETWEEN 0 AND 1e4 AND power_avg_w BETWEEN 0 AND 1e5 AND power_max_w BETWEEN 0 AND 1e5
        AND power_weighted_w BETWEEN 0 AND 1e5 AND work_j BETWEEN 0 AND 1e12 AND energy_j BETWEEN 0 AND 1e12
        AND elevation_gain_m BETWEEN 0 AND 1e6 AND elevation_loss_m BETWEEN 0 AND 1e6 AND pool_length_m BETWEEN 0 AND 1000),
    CONSTRAINT workouts_planned_by_link CHECK (coalesce(planned_by IN ('auto', 'user'), false) = (planned_id IS NOT NULL))
);
COMMENT ON COLUMN workouts.external_id IS 'the client''s own name for a manual activity: sending it again changes that row';
COMMENT ON COLUMN workouts.planned_by IS 'who linked the plan; detached: the user does not want one';
COMMENT ON COLUMN workouts.streams_priority IS '0 never, 1 history, 2 recent, 3 just finished: how soon samples are fetched';
COMMENT ON COLUMN workouts.updated_at IS 'when an input changed last; writing computed does not move it';

-- One row for each activity of a provider; any number of workouts a day. ON CONFLICT repeats the predicate.
CREATE UNIQUE INDEX IF NOT EXISTS workouts_strava ON workouts (user_id, strava_activity_id) WHERE strava_activity_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS workouts_garmin ON workouts (user_id, garmin_activity_id) WHERE garmin_activity_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS workouts_external ON workouts (user_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS workouts_planned ON workouts (planned_id) WHERE planned_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS workouts_day ON workouts (user_id, local_date);

CREATE TABLE IF NOT EXISTS workout_streams (
    workout_id      uuid PRIMARY KEY REFERENCES workouts (id) ON DELETE CASCADE,
    user_id         uuid NOT NULL,
    version         int NOT NULL CHECK (version >= 1),
    n               int NOT NULL CHECK (n BETWEEN 0 AND 200000),
    time_s          int[] NOT NULL CHECK (cardinality(time_s) = n AND coalesce(array_ndims(time_s), 1) = 1),
    distance_m      real[] CHECK (cardinality(distance_m) = n AND coalesce(array_ndims(distance_m), 1) = 1),
    lat_e7          int[] CHECK (cardinality(lat_e7) = n AND coalesce(array_ndims(lat_e7), 1) = 1),
    lng_e7          int[] CHECK (cardinality(lng_e7) = n AND coalesce(array_ndims(lng_e7), 1) = 1),
    altitude_m      real[] CHECK (cardinality(altitude_m) = n AND coalesce(array_ndims(altitude_m), 1) = 1),
    speed_mps       real[] CHECK (cardinality(speed_mps) = n AND coalesce(array_ndims(speed_mps), 1) = 1),
    hr_bpm          int[] CHECK (cardinality(hr_bpm) = n AND coalesce(array_ndims(hr_bpm), 1) = 1),
    cadence_per_min int[] CHECK (cardinality(cadence_per_min) = n AND coalesce(array_ndims(cadence_per_min), 1) = 1),
    power_w         int[] CHECK (cardinality(power_w) = n AND coalesce(array_ndims(power_w), 1) = 1),
    temperature_c   int[] CHECK (cardinality(temperature_c) = n AND coalesce(array_ndims(temperature_c), 1) = 1),
    grade_pct       real[] CHECK (cardinality(grade_pct) = n AND coalesce(array_ndims(grade_pct), 1) = 1),
    moving          int[] CHECK (cardinality(moving) = n AND coalesce(array_ndims(moving), 1) = 1),
    CONSTRAINT workout_streams_position CHECK ((lat_e7 IS NULL) = (lng_e7 IS NULL))
);
COMMENT ON TABLE workout_streams IS 'second-by-second samples; arrays that are there have n elements and share an index, NULL elements are missing samples';
COMMENT ON COLUMN workout_streams.lat_e7 IS 'degrees * 10^7: a real would be off by a metre';

CREATE TABLE IF NOT EXISTS athletes (
    user_id           uuid PRIMARY KEY,
    timezone          text,
    sex               text CHECK (sex IN ('female', 'male', 'other')),
    source_preference text NOT NULL DEFAULT 'both' CHECK (source_preference IN ('both', 'strava', 'garmin')),
    load_dirty_from   date
);

CREATE TABLE IF NOT EXISTS athlete_thresholds (
    user_id             uuid NOT NULL,
    valid_from          date NOT NULL,
    rest_hr_bpm         real CHECK (rest_hr_bpm > 0 AND rest_hr_bpm < 1000),
    max_hr_bpm          real CHECK (max_hr_bpm > 0 AND max_hr_bpm < 1000),
    lthr_bpm            real CHECK (lthr_bpm > 0 AND lthr_bpm < 1000),
    ftp_w               real CHECK (ftp_w > 0 AND ftp_w < 10000),
    cp_w                real CHECK (cp_w > 0 AND cp_w < 10000),
    w_prime_j           real CHECK (w_prime_j > 0 AND w_prime_j < 1e7),
    threshold_speed_mps real CHECK (threshold_speed_mps > 0 AND threshold_speed_mps < 100),
    speed_5k_mps        real CHECK (speed_5k_mps > 0 AND speed_5k_mps < 100),
    speed_10k_mps       real CHECK (speed_10k_mps > 0 AND speed_10k_mps < 100),
    speed_marathon_mps  real CHECK (speed_marathon_mps > 0 AND speed_marathon_mps < 100),
    speed_easy_mps      real CHECK (speed_easy_mps > 0 AND speed_easy_mps < 100),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, valid_from)
);
COMMENT ON TABLE athlete_thresholds IS 'a workout uses the latest row from its day or before, else the earliest: old workouts are not judged by today''s fitness';

SELECT job_adopt('workouts', kind => 'workouts', key => 'id', lease => '5 minutes', max_attempts => 5,
                 backoff_base => '1 second', backoff_cap => '60 seconds');

-- Users reach their own rows; what the platform computes or decides they read and never write. Privileges are taken away first
-- because some installations grant everything on new tables by default.
REVOKE ALL ON workouts, workout_streams, planned_workouts, athletes, athlete_thresholds FROM PUBLIC, anon, authenticated;
GRANT SELECT, DELETE ON workouts, planned_workouts TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON workout_streams, athlete_thresholds TO authenticated;
GRANT SELECT ON athletes TO authenticated;
GRANT INSERT (user_id, timezone, sex, source_preference), UPDATE (user_id, timezone, sex, source_preference) ON athletes TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON workouts, workout_streams, planned_workouts, athletes, athlete_thresholds TO service_role;
DO $$
DECLARE
    writable text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO writable
      FROM pg_attribute
     WHERE attrelid = 'workouts'::regclass AND attnum > 0 AND NOT attisdropped
       AND attname !~ '^(job_|computed|planned_)' AND attname !~ '^(streams|attach|summary|analysis|metrics|execution)_(status|error|updated_at)$'
       AND attname NOT IN ('streams_priority', 'sync_session_id', 'created_at', 'updated_at');
    EXECUTE format('GRANT INSERT (%s), UPDATE (%s) ON workouts TO authenticated', writable, writable);
    SELECT string_agg(quote_ident(attname), ', ') INTO writable
      FROM pg_attribute
     WHERE attrelid = 'planned_workouts'::regclass AND attnum > 0 AND NOT attisdropped
       AND attname NOT IN ('workout_status', 'completed_workout_id', 'updated_at');
    EXECUTE format('GRANT INSERT (%s), UPDATE (%s) ON planned_workouts TO authenticated', writable, writable);
END
$$;

-- The worker reads everything and locks the plans that it links: for that one column may be updated.
GRANT SELECT ON workout_streams, planned_workouts, athletes, athlete_thresholds TO paceline_worker;
GRANT UPDATE (workout_status) ON planned_workouts TO paceline_worker;

ALTER TABLE workouts ENABLE ROW LEVEL SECURITY;
ALTER TABLE workout_streams ENABLE ROW LEVEL SECURITY;
ALTER TABLE planned_workouts ENABLE ROW LEVEL SECURITY;
ALTER TABLE athletes ENABLE ROW LEVEL SECURITY;
ALTER TABLE athlete_thresholds ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
    rel regclass;
BEGIN
    FOREACH rel IN ARRAY ARRAY['workouts', 'planned_workouts', 'athletes', 'athlete_thresholds']::regclass[] LOOP
        IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = rel AND polname = 'own_rows') THEN
            EXECUTE format('CREATE POLICY own_rows ON %s TO authenticated USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid())', rel);
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'workout_streams'::regclass AND polname = 'own_rows') THEN
        CREATE POLICY own_rows ON workout_streams TO authenticated
            USING (user_id = auth.uid())
            WITH CHECK (user_id = auth.uid()
                        AND EXISTS (SELECT FROM workouts AS w WHERE w.id = workout_id AND w.user_id = auth.uid()));
    END IF;
    FOREACH rel IN ARRAY ARRAY['workout_streams', 'planned_workouts', 'athletes', 'athlete_thresholds']::regclass[] LOOP
        IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = rel AND polname = 'paceline_worker') THEN
            EXECUTE format('CREATE POLICY paceline_worker ON %s TO paceline_worker USING (true)', rel);
        END IF;
    END LOOP;
END
$$;
