#include "producer/api/connect_state.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/str.h"
#include "common/uuid.h"

enum { MAC_DIGITS = 2 * crypto_auth_BYTES, USER_BYTES = 36 };

/* mac_print writes the signature of text as digits. */
static void
mac_print(const Secret *key, const char *text, size_t n, char ret_digits[MAC_DIGITS + 1])
{
    static const unsigned char purpose[] = "paceline connect state";
    unsigned char own[crypto_auth_KEYBYTES];
    unsigned char mac[crypto_auth_BYTES];
    (void)crypto_generichash(own, sizeof own, purpose, sizeof purpose, secret_bytes(key), secret_length(key));
    (void)crypto_auth(mac, (const unsigned char *)text, n, own);
    (void)sodium_bin2hex(ret_digits, MAC_DIGITS + 1, mac, sizeof mac);
    sodium_memzero(own, sizeof own);
}

void
connect_state_make(const Secret *key, const char *user_id, int64_t now_s, char ret_state[CONNECT_STATE_SIZE])
{
    char digits[MAC_DIGITS + 1];
    long long end_s = now_s + CONNECT_STATE_LIFE_S;
    int n = snprintf(ret_state, CONNECT_STATE_SIZE, "%.36s.%lld", user_id, end_s);
    mac_print(key, ret_state, (size_t)n, digits);
    (void)snprintf(ret_state + n, CONNECT_STATE_SIZE - (size_t)n, ".%s", digits);
}

bool
connect_state_read(const Secret *key, const char *state, int64_t now_s, char ret_user_id[37])
{
    char text[CONNECT_STATE_SIZE];
    char digits[MAC_DIGITS + 1];
    int64_t end_s = 0;
    if (!str_copy(text, sizeof text, state) || strlen(text) <= USER_BYTES + MAC_DIGITS) {
        return false;
    }
    size_t n = strlen(text) - MAC_DIGITS - 1;
    mac_print(key, text, n, digits);
    if (text[n] != '.' || sodium_memcmp(text + n + 1, digits, MAC_DIGITS) != 0) {
        return false;
    }
    text[n] = '\0';
    if (text[USER_BYTES] != '.' || !str_to_int64(text + USER_BYTES + 1, &end_s) || now_s >= end_s) {
        return false;
    }
    text[USER_BYTES] = '\0';
    memcpy(ret_user_id, text, USER_BYTES + 1);
    return uuid_valid(ret_user_id);
}
