/* fit_decode.h - the bytes of a FIT file: header, checksums, definitions, and one data message after the
 * other.
 *
 * Source: Garmin's FIT protocol as published (flexible and interoperable data transfer, protocol 1 and 2):
 * headers of 12 and 14 bytes, both byte orders, compressed timestamps, developer fields (skipped). Nothing is
 * read before its length is checked, nothing is allocated; the file's bytes are borrowed for as long as the
 * decoder lives. What the messages mean is fit_read.c's. Pure.
 */
#ifndef PACELINE_FIT_DECODE_H
#define PACELINE_FIT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/file_activity.h"
#include "common/err.h"

#define FIT_LOCAL_TYPES 16
#define FIT_EPOCH_S INT64_C(631065600) /* 1989-12-31T00:00:00Z, second 0 of FIT, in Unix time */
#define FIT_TIMESTAMP 253              /* the field that is the time in every message */

typedef struct FitField {
    uint8_t number;
    uint8_t size; /* bytes */
    uint8_t type; /* base type */
} FitField;

/* FitDefinition says how the data messages of one local type are laid out. */
typedef struct FitDefinition {
    bool is_defined;
    bool is_big_endian;
    uint16_t message; /* global number */
    uint8_t fields_n;
    FitField fields[UINT8_MAX]; /* [fields_n]; those without a byte are left out */
    size_t size;                /* of a data message after its header byte, developer fields included */
} FitDefinition;

typedef struct FitDecoder {
    const uint8_t *bytes;
    size_t at;  /* next byte to read */
    size_t end; /* of the messages: the checksum stands there */
    FitDefinition definitions[FIT_LOCAL_TYPES];
    bool has_time;
    uint32_t time_s; /* the last timestamp, which compressed ones count from */
} FitDecoder;

typedef struct FitMessage {
    size_t offset;
    const FitDefinition *definition;
    const uint8_t *data; /* [definition->size] */
    bool has_time;
    uint32_t time_s; /* since FIT_EPOCH_S, from its header or its field 253 */
} FitMessage;

typedef enum FitStep { FIT_MESSAGE, FIT_END, FIT_BROKEN } FitStep;

/* fit_crc is FIT's 16-bit checksum, going on from `crc` (0 at the start). */
uint16_t fit_crc(uint16_t crc, const uint8_t *bytes, size_t length);

/* fit_open checks header, length and checksums of the whole file and stands before the first message.
 * Refused: what is no FIT file, another major protocol than 1 and 2, a file shorter than its header says,
 * a wrong checksum, anything after the file's end (a second, chained file is named as such). */
MUST_CHECK bool fit_open(FitDecoder *decoder, const uint8_t *bytes, size_t length, FileFault *fault);

/* fit_next reads on to the next data message that has a field. FIT_BROKEN: refused, as *fault says. The
 * message is valid until the next call. */
FitStep fit_next(FitDecoder *decoder, FitMessage *ret_message, FileFault *fault);

/* fit_value reads the first element of a field as a number. False, *ret_value untouched: the message has no
 * such field, it is text, or its value is the type's "invalid". */
bool fit_value(const FitMessage *message, uint8_t number, double *ret_value);

#endif
