-- request_begin: who a transaction of the HTTP interface works for; row-level security decides from here on.
--   $1 text  authenticated or service_role
--   $2 text  the claims of the token as JSON: auth.uid() reads sub
--   $3 text  traceparent: announcements of this transaction carry it
-- All of it ends with the transaction.
SELECT set_config('paceline.traceparent', $3, true), set_config('request.jwt.claims', $2, true),
       set_config('role', $1, true);
