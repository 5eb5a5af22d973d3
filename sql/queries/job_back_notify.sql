-- job_back_notify: tell idle slots, which LISTEN, what came back.
--   $1 text  {"kind":"...","keys":["..."]}, below 8000 bytes
SELECT pg_notify('paceline_back', $1);
