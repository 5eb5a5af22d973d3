/* keyring.h - what is encrypted at rest: written with one key, read with that and the one before or after it.
 *
 * A ciphertext is libsodium's secretbox (XSalsa20-Poly1305) behind the name of its key, so that a wrong key
 * is told from a damaged text and a rotation knows what is left to do:
 *
 *     1 byte   format, 1
 *     8 bytes  the key's name: the first of BLAKE2b-256 of "paceline key", keyed with it
 *     24 bytes nonce, random
 *     n + 16   the text and its authentication
 *
 * The keys are borrowed and must outlive the ring. Single-threaded.
 */
#ifndef PACELINE_KEYRING_H
#define PACELINE_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/secret.h"

enum { KEYRING_KEY_BYTES = 32, KEYRING_OVERHEAD_BYTES = 1 + 8 + 24 + 16, KEYRING_TEXT_MAX = 65536 };

typedef struct KeyringKey {
    const Secret *secret; /* NULL: there is none */
    unsigned char name[8];
} KeyringKey;

typedef struct Keyring {
    KeyringKey keys[2]; /* [0] writes; both read */
} Keyring;

/* keyring_init takes the key that writes, and another that is read as well, NULL for none. ERR_INVALID_DATA
 * if there is no first one, one has not KEYRING_KEY_BYTES, or both are the same: then nothing could be
 * rotated. */
MUST_CHECK bool keyring_init(Keyring *ret_keyring, const Secret *current, const Secret *old, Err *err);

/* keyring_encrypt writes the ciphertext of text [length] into buffer, which has length +
 * KEYRING_OVERHEAD_BYTES; two of the same text differ. ERR_INVALID_DATA if the text is longer than
 * KEYRING_TEXT_MAX. */
MUST_CHECK bool keyring_encrypt(const Keyring *keyring, const void *text, size_t length,
                                unsigned char *buffer, Err *err);

/* keyring_decrypt returns the text, to be freed by the caller; NULL with ERR_INVALID_DATA and a code that
 * says why it cannot be read: "not_encrypted" (no ciphertext of ours), "unknown_key", "damaged". */
MUST_CHECK Secret *keyring_decrypt(const Keyring *keyring, const void *bytes, size_t length, Err *err);

/* keyring_is_current tells whether a ciphertext names the key that writes. */
bool keyring_is_current(const Keyring *keyring, const void *bytes, size_t length);

#endif
