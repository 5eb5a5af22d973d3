/* secret.h - a secret in memory: guarded, wiped when freed, compared in constant time, never printed.
 *
 * A Secret is opaque so that it cannot slip into a log line or a message. Its owner frees it.
 * Single-threaded.
 */
#ifndef PACELINE_SECRET_H
#define PACELINE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

typedef struct Secret Secret;

/* secret_new copies length bytes; NULL when memory is out. secret_from_base64 decodes text (standard
 * alphabet, padding required); NULL with ERR_INVALID_DATA when it is not base64, and the message never holds
 * the text. */
MUST_CHECK Secret *secret_new(const void *bytes, size_t length);
MUST_CHECK Secret *secret_from_base64(const char *text, Err *err);

void secret_free(Secret *secret); /* wipes; NULL is fine */
void secret_free_pointer(Secret **secret);

/* The bytes, followed by a NUL that does not count; valid until the secret is freed. Hand them to a library,
 * never to a format. */
const unsigned char *secret_bytes(const Secret *secret);
const char *secret_text(const Secret *secret);
size_t secret_length(const Secret *secret);

/* secret_equals compares with bytes from outside; the time tells neither the first difference nor the
 * secret's length. False if secret is NULL: what is not set matches nothing. */
bool secret_equals(const Secret *secret, const void *bytes, size_t length);

/* secret_wipe_environment overwrites the variable's value where the kernel shows it (/proc/PID/environ) and
 * unsets it. Not set: nothing happens. */
void secret_wipe_environment(const char *variable);

#endif
