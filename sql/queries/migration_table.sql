-- migration_table: where migrations are written down. No parameters.
CREATE TABLE IF NOT EXISTS public.paceline_migrations (
    number     int PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
