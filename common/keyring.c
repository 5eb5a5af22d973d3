#include "common/keyring.h"

#include <sodium.h>
#include <string.h>

enum {
    FORMAT = 1,
    NAME_BYTES = 8,
    NONCE_AT = 1 + NAME_BYTES,
    TEXT_AT = NONCE_AT + crypto_secretbox_NONCEBYTES
};

_Static_assert(TEXT_AT + crypto_secretbox_MACBYTES == KEYRING_OVERHEAD_BYTES, "what keyring.h says");
_Static_assert(crypto_secretbox_KEYBYTES == KEYRING_KEY_BYTES, "what keyring.h says");

static bool
key_init(KeyringKey *key, const Secret *secret, const char *which, Err *err)
{
    static const char text[] = "paceline key";
    unsigned char digest[32];
    if (secret_length(secret) != KEYRING_KEY_BYTES) {
        return err_set(err, ERR_INVALID_DATA, "invalid_key", "the %s key has %zu bytes, not %d", which,
                       secret_length(secret), KEYRING_KEY_BYTES);
    }
    (void)crypto_generichash(digest, sizeof digest, (const unsigned char *)text, strlen(text),
                             secret_bytes(secret), KEYRING_KEY_BYTES);
    key->secret = secret;
    memcpy(key->name, digest, sizeof key->name);
    return true;
}

bool
keyring_init(Keyring *ret_keyring, const Secret *current, const Secret *old, Err *err)
{
    Keyring keyring = { .keys[0].secret = NULL };
    if (current == NULL) {
        return err_set(err, ERR_INVALID_DATA, "no_key", "PACELINE_SECRET_KEY is not set");
    }
    if (!key_init(&keyring.keys[0], current, "current", err) ||
        (old != NULL && !key_init(&keyring.keys[1], old, "old", err))) {
        return false;
    }
    if (old != NULL && secret_equals(current, secret_bytes(old), secret_length(old))) {
        return err_set(err, ERR_INVALID_DATA, "same_key",
                       "PACELINE_SECRET_KEY and PACELINE_SECRET_KEY_OLD are the same key");
    }
    *ret_keyring = keyring;
    return true;
}

bool
keyring_encrypt(const Keyring *keyring, const void *text, size_t length, unsigned char *buffer, Err *err)
{
    const KeyringKey *key = &keyring->keys[0];
    if (length > KEYRING_TEXT_MAX) {
        return err_set(err, ERR_INVALID_DATA, "too_long", "a text to encrypt has %zu bytes, above %d", length,
                       KEYRING_TEXT_MAX);
    }
    buffer[0] = FORMAT;
    memcpy(buffer + 1, key->name, NAME_BYTES);
    randombytes_buf(buffer + NONCE_AT, crypto_secretbox_NONCEBYTES);
    (void)crypto_secretbox_easy(buffer + TEXT_AT, text, length, buffer + NONCE_AT, secret_bytes(key->secret));
    return true;
}

/* key_of finds the key that a ciphertext names; NULL if the ring has none of that name. */
static const KeyringKey *
key_of(const Keyring *keyring, const unsigned char *bytes)
{
    for (size_t i = 0; i < sizeof keyring->keys / sizeof keyring->keys[0]; i++) {
        const KeyringKey *key = &keyring->keys[i];
        if (key->secret != NULL && memcmp(bytes + 1, key->name, NAME_BYTES) == 0) {
            return key;
        }
    }
    return NULL;
}

static bool
is_ciphertext(const unsigned char *bytes, size_t length)
{
    return length >= KEYRING_OVERHEAD_BYTES && length <= KEYRING_TEXT_MAX + KEYRING_OVERHEAD_BYTES &&
           bytes[0] == FORMAT;
}

Secret *
keyring_decrypt(const Keyring *keyring, const void *bytes, size_t length, Err *err)
{
    const unsigned char *at = bytes;
    unsigned char text[KEYRING_TEXT_MAX];
    if (!is_ciphertext(at, length)) {
        err_set(err, ERR_INVALID_DATA, "not_encrypted", "%zu bytes that are no ciphertext", length);
        return NULL;
    }
    const KeyringKey *key = key_of(keyring, at);
    if (key == NULL) {
        err_set(err, ERR_INVALID_DATA, "unknown_key",
                "encrypted with a key that is neither the current nor the old");
        return NULL;
    }
    size_t text_length = length - KEYRING_OVERHEAD_BYTES;
    if (crypto_secretbox_open_easy(text, at + TEXT_AT, length - TEXT_AT, at + NONCE_AT,
                                   secret_bytes(key->secret)) != 0) {
        err_set(err, ERR_INVALID_DATA, "damaged", "a ciphertext of %zu bytes is damaged", length);
        return NULL;
    }
    Secret *secret = secret_new(text, text_length);
    sodium_memzero(text, text_length);
    if (secret == NULL) {
        err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    return secret;
}

bool
keyring_is_current(const Keyring *keyring, const void *bytes, size_t length)
{
    return is_ciphertext(bytes, length) && key_of(keyring, bytes) == &keyring->keys[0];
}
