/* err.h - what went wrong, in the classes that decide whether work is tried again.
 *
 * A fallible function returns bool (or a pointer), takes Err *err last and is MUST_CHECK; its
 * outputs are untouched on failure. The class is decided once, where the fact is known.
 * Any process may call; nothing here allocates.
 */
#ifndef PACELINE_ERR_H
#define PACELINE_ERR_H

#include <stdbool.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* ErrClass is the one table of error classes (DESIGN.md, section 7); its names are stored in
 * job_error.class and read by clients. */
typedef enum ErrClass {
    ERR_CLASS_NONE,
    ERR_NETWORK,           /* connect, DNS, reset, timeout: retry */
    ERR_RATE_LIMIT,        /* 429: defer to the reset time */
    ERR_TEMPORARY_API,     /* 5xx, open breaker: retry */
    ERR_DATABASE_TIMEOUT,  /* lost connection, SQLSTATE 08 40 53 55P03 57: retry */
    ERR_AUTHENTICATION,    /* 401 after one refresh: final */
    ERR_PERMISSION_DENIED, /* 403: final */
    ERR_QUOTA_EXCEEDED,    /* daily quota: defer to the day's reset */
    ERR_INVALID_DATA,      /* validation, a provider's 400 and 404, SQLSTATE 0A 22 23 2B 42: final */
    ERR_FUNCTION_TIMEOUT,  /* deadline: retry */
    ERR_MEMORY_LIMIT,      /* allocation: retry */
    ERR_UNKNOWN,           /* anything else: retry */
    ERR_CLASS_COUNT
} ErrClass;

typedef struct Err {
    ErrClass class;
    bool retryable;
    int64_t retry_at_us; /* Unix time, µs; 0 = by backoff */
    char code[48];       /* machine-readable: an SQLSTATE, an HTTP status, a word */
    char stage[24];      /* which step of the job; empty outside jobs */
    char message[512];
} Err;

#define ERR_NONE ((Err){ .class = ERR_CLASS_NONE })

/* err_set fills *err with a class, a code and a formatted message; retryable follows from the
 * class, the other fields become empty. The arguments may point into *err, so that a caller can put
 * words in front of err->message. Always false, so that a caller can write `return err_set(...)`. err may be
 * NULL. */
bool err_set(Err *err, ErrClass class, const char *code, const char *format, ...) PRINTF_LIKE(4, 5);

/* err_class_name returns the stored name of a class: "network_error", ... "unknown_error". */
const char *err_class_name(ErrClass class);

/* err_class_retryable tells whether a failure of this class is worth another attempt. */
bool err_class_retryable(ErrClass class);

/* err_json prints err as the JSON object of job_error (class, code, message, retryable, stage) into
 * buffer [size]; the message is cut to fit and is always valid UTF-8 and JSON. size >= 1024. */
void err_json(const Err *err, char *buffer, unsigned long size);

#endif
