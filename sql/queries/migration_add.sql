-- migration_add: written in the migration's own transaction.
--   $1 int number, $2 text name, $3 text checksum
INSERT INTO public.paceline_migrations (number, name, checksum) VALUES ($1, $2, $3);
