/* fit_write.h - the bytes of a FIT file, message by message: for the simulated devices and for tests.
 *
 *   FitWriter fit = { .text = &text };
 *   fit_begin(&fit, 14);
 *   fit_define(&fit, 0, 20, (FitSlot[]){ { 253, FIT_UINT32 }, { 3, FIT_UINT8 } }, 2);
 *   fit_message(&fit, 0, (double[]){ 1000000000, 140 });
 *   fit_end(&fit);
 *
 * The order of bytes may change between definitions. Failure for want of memory shows in str_ok.
 */
#ifndef PACELINE_ATHLETES_FIT_WRITE_H
#define PACELINE_ATHLETES_FIT_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

typedef enum FitType {
    FIT_ENUM = 0x00,
    FIT_SINT8 = 0x01,
    FIT_UINT8 = 0x02,
    FIT_SINT16 = 0x83,
    FIT_UINT16 = 0x84,
    FIT_SINT32 = 0x85,
    FIT_UINT32 = 0x86,
} FitType;

#define FIT_NONE (-1e300) /* a value that is missing: written as the type's "invalid" */
#define FIT_SLOTS_MAX 24

typedef struct FitSlot {
    uint8_t field;
    FitType type;
} FitSlot;

typedef struct FitWriter {
    Str *text;
    size_t start; /* of this file in text: files may be chained */
    bool is_big_endian;
    struct {
        bool is_big_endian;
        FitSlot slots[FIT_SLOTS_MAX];
        size_t n;
        size_t developer_bytes;
    } defined[16];
} FitWriter;

/* fit_begin writes a header of 12 or 14 bytes; fit_end completes it and adds the checksum. */
void fit_begin(FitWriter *fit, size_t header_bytes);
void fit_end(FitWriter *fit);

/* fit_define lays out local type 0 to 15 as a message of at most FIT_SLOTS_MAX fields; with
 * fit_define_developer, a developer field of so many bytes is behind them. */
void fit_define(FitWriter *fit, unsigned local, uint16_t message, const FitSlot *slots, size_t n);
void fit_define_developer(FitWriter *fit, unsigned local, uint16_t message, const FitSlot *slots, size_t n,
                          uint8_t bytes);

/* fit_message writes the values of the definition's fields, rounded. */
void fit_message(FitWriter *fit, unsigned local, const double *values);

/* fit_message_compressed does so for local type 0 to 3 with the low five bits of a time in its header. */
void fit_message_compressed(FitWriter *fit, unsigned local, uint32_t time_s, const double *values);

#endif
