-- migration_list: what was applied. Returns number int, name text, checksum text, by number.
SELECT number, name, checksum FROM public.paceline_migrations ORDER BY number;
