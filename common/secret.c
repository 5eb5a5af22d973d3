#include "common/secret.h"

#include <sodium.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_BYTES 32

struct Secret {
    size_t length;
    unsigned char bytes[]; /* [length + 1] */
};

/* allocate returns guarded memory, which libsodium keeps out of swap where the system allows it. */
static Secret *
allocate(size_t length)
{
    size_t size = 0;

    if (sodium_init() < 0 || __builtin_add_overflow(length, sizeof(Secret) + 1 + alignof(Secret), &size)) {
        return NULL;
    }
    size -= size % alignof(Secret); /* the block ends at a page's end, so its size is its alignment */
    Secret *secret = sodium_malloc(size);
    if (secret != NULL) {
        secret->length = length;
        secret->bytes[length] = '\0';
    }
    return secret;
}

Secret *
secret_new(const void *bytes, size_t length)
{
    Secret *secret = allocate(length);

    if (secret != NULL && length > 0) {
        memcpy(secret->bytes, bytes, length);
    }
    return secret;
}

Secret *
secret_from_base64(const char *text, Err *err)
{
    size_t text_length = strlen(text);
    size_t length = 0;

    Secret *secret = allocate(text_length / 4 * 3 + 3);
    if (secret == NULL) {
        (void)err_set(err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for a secret");
        return NULL;
    }
    if (sodium_base642bin(secret->bytes, secret->length, text, text_length, NULL, &length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        secret_free(secret);
        (void)err_set(err, ERR_INVALID_DATA, "invalid_base64", "not base64");
        return NULL;
    }
    secret->length = length;
    secret->bytes[length] = '\0';
    return secret;
}

void
secret_free(Secret *secret)
{
    sodium_free(secret); /* wipes first; NULL is fine */
}

void
secret_free_pointer(Secret **secret)
{
    secret_free(*secret);
}

const unsigned char *
secret_bytes(const Secret *secret)
{
    return secret->bytes;
}

const char *
secret_text(const Secret *secret)
{
    return (const char *)secret->bytes;
}

size_t
secret_length(const Secret *secret)
{
    return secret->length;
}

bool
secret_equals(const Secret *secret, const void *bytes, size_t length)
{
    unsigned char key[crypto_generichash_KEYBYTES];
    unsigned char ours[DIGEST_BYTES];
    unsigned char theirs[DIGEST_BYTES];

    if (secret == NULL) {
        return false;
    }
    /* digests under a fresh key have one length and tell nothing about where the texts differ */
    randombytes_buf(key, sizeof key);
    (void)crypto_generichash(ours, sizeof ours, secret->bytes, secret->length, key, sizeof key);
    (void)crypto_generichash(theirs, sizeof theirs, bytes, length, key, sizeof key);
    bool equal = sodium_memcmp(ours, theirs, sizeof ours) == 0;
    sodium_memzero(ours, sizeof ours);
    return equal;
}

void
secret_wipe_environment(const char *variable)
{
    char *value = getenv(variable);

    if (value != NULL) {
        sodium_memzero(value, strlen(value));
        (void)unsetenv(variable); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
}
