#!/bin/bash
# paceline-reaper rotate-key: the tokens of all accounts, from one key to the next.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"

zeros=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= # keys of these tests alone
sevens=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=
nines=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=
# "token-of-a-test", encrypted with the keys of zeros and of sevens
by_zeros=019c7b145c54f7e756abec9dee667013303f35c3f587f7f23d70c54a52a470088cbe31389abcf1be60e29b9ff4fa305f2ae5d958aac733dde599f72cfa345068
by_sevens=01d4add4b975f37d3649aabee8588211dd8c70c812435601f566875cfbef0c8232e5a7ae81f71d3f6496a30cae0583a0c1a748b6c29aca35d426b5df79296ca2

# rotate NEW OLD [ARGUMENT...]: its output in OUT, its exit status in STATUS.
rotate() {
    local new=$1 old=$2
    shift 2
    OUT=$(PACELINE_SECRET_KEY=$new PACELINE_SECRET_KEY_OLD=$old program reaper rotate-key "$@" 2>&1)
    STATUS=$?
}

# named KEY: how many tokens carry the name of a key, by a ciphertext of it.
named() {
    sql "SELECT count(*) FROM (SELECT access_token_enc AS t FROM provider_accounts UNION ALL SELECT refresh_token_enc FROM provider_accounts) AS token
          WHERE substr(t, 1, 9) = substr('\\x$1'::bytea, 1, 9)"
}

pg_start
migrate
rotate $sevens $zeros
is "$STATUS $OUT" '0 tokens: 0 encrypted anew, 0 were already, 0 unreadable' 'without accounts there is nothing to do'
sql "INSERT INTO provider_accounts (user_id, provider, provider_user_id, access_token_enc, refresh_token_enc)
     SELECT gen_random_uuid(), 'strava', i, '\\x$by_zeros', CASE WHEN i % 2 = 0 THEN '\\x$by_zeros'::bytea END FROM generate_series(1, 250) AS i"

# --- wrong keys
rotate $sevens $sevens
is "$STATUS $OUT" '3 paceline-reaper: rotate-key: PACELINE_SECRET_KEY and PACELINE_SECRET_KEY_OLD are the same key' 'the same key twice'
rotate '' $zeros
is "$STATUS $OUT" '3 paceline-reaper: rotate-key: PACELINE_SECRET_KEY is not set' 'no key'
rotate AAAA $zeros
like "$STATUS $OUT" '^3 .*PACELINE_SECRET_KEY: .*3 bytes, not 32 to 32' 'a key of another length'
rotate $sevens AAAA
like "$STATUS $OUT" '^3 .*PACELINE_SECRET_KEY_OLD: .*3 bytes, not 32 to 32' 'an old one of another length'
rotate $sevens 'no base64'
like "$STATUS $OUT" '^3 .*PACELINE_SECRET_KEY_OLD: .*not base64' 'what is no key at all'
rotate $sevens $zeros now
like "$STATUS $OUT" '^2 .*too many arguments' 'an argument too many'
rotate $sevens $nines
like "$STATUS $OUT" '^1 .*neither the current nor the old.*tokens: 0 encrypted anew, 0 were already, 375 unreadable$' 'the wrong old key'
is "$(named $by_zeros)" 375 'none of which changes anything'

# --- a rotation
rotate $sevens $zeros
is "$STATUS $OUT" '0 tokens: 375 encrypted anew, 0 were already, 0 unreadable' 'all are encrypted anew'
is "$(named $by_sevens)" 375 'with the current key'
is "$(sql 'SELECT count(DISTINCT access_token_enc), count(refresh_token_enc) FROM provider_accounts')" '250|125' 'each for itself, and where there was none there is none'
rotate $sevens $zeros
is "$STATUS $OUT" '0 tokens: 0 encrypted anew, 375 were already, 0 unreadable' 'a second time there is nothing left to do'
rotate $sevens ''
is "$STATUS $OUT" '0 tokens: 0 encrypted anew, 375 were already, 0 unreadable' 'then the old key is needed no more'
rotate $nines $sevens
is "$STATUS $OUT" '0 tokens: 375 encrypted anew, 0 were already, 0 unreadable' 'they can be read: on to a third key'

# --- what cannot be read
sql "UPDATE provider_accounts SET access_token_enc = '\\xdeadbeef' WHERE provider_user_id = '1';
     UPDATE provider_accounts SET access_token_enc = set_byte(access_token_enc, 60, get_byte(access_token_enc, 60) # 1) WHERE provider_user_id = '2';
     UPDATE provider_accounts SET access_token_enc = '\\x$by_zeros' WHERE provider_user_id = '3'"
before=$(sql "SELECT access_token_enc FROM provider_accounts WHERE provider_user_id IN ('1', '2', '3') ORDER BY provider_user_id")
rotate $sevens $nines
is "$STATUS" 1 'is exit status 1'
like "$OUT" 'tokens: 372 encrypted anew, 0 were already, 3 unreadable' 'the others are done'
like "$OUT" 'access_token_enc: 4 bytes that are no ciphertext' 'what is no ciphertext is said'
like "$OUT" 'access_token_enc: a ciphertext of 64 bytes is damaged' 'what is damaged'
like "$OUT" 'access_token_enc: encrypted with a key that is neither' 'what has another key'
is "$(sql "SELECT access_token_enc FROM provider_accounts WHERE provider_user_id IN ('1', '2', '3') ORDER BY provider_user_id")" "$before" 'and stays as it is'
done_testing
