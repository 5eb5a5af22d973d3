#include "tests/standin/athletes/fit_write.h"

#include <math.h>

#include "common/activity/fit_decode.h"

/* number_put writes the low bytes of a number. */
static void
number_put(Str *text, uint64_t bits, size_t size, bool is_big_endian)
{
    for (size_t i = 0; i < size; i++) {
        const size_t shift = 8 * (is_big_endian ? size - 1 - i : i);
        str_append_char(text, (char)(unsigned char)(bits >> shift));
    }
}

static size_t
size_of(FitType type)
{
    return type == FIT_SINT32 || type == FIT_UINT32 ? 4 : type == FIT_SINT16 || type == FIT_UINT16 ? 2 : 1;
}

static bool
is_signed(FitType type)
{
    return type == FIT_SINT8 || type == FIT_SINT16 || type == FIT_SINT32;
}

static void
value_put(Str *text, FitType type, double value, bool is_big_endian)
{
    const size_t size = size_of(type);
    const uint64_t all = (UINT64_C(1) << (8 * size)) - 1;

    if (value == FIT_NONE) {
        number_put(text, is_signed(type) ? all >> 1 : all, size, is_big_endian);
    } else {
        number_put(text, (uint64_t)llround(value), size, is_big_endian);
    }
}

void
fit_begin(FitWriter *fit, size_t header_bytes)
{
    fit->start = fit->text->length;
    number_put(fit->text, header_bytes, 1, false);
    number_put(fit->text, 0x20, 1, false);  /* protocol 2.0 */
    number_put(fit->text, 21170, 2, false); /* profile 21.170 */
    number_put(fit->text, 0, 4, false);     /* bytes of data: fit_end knows */
    str_append_bytes(fit->text, ".FIT", 4);
    number_put(fit->text, 0, header_bytes - 12, false); /* its checksum: not computed */
}

void
fit_end(FitWriter *fit)
{
    if (!str_ok(fit->text)) {
        return;
    }
    uint8_t *bytes = (uint8_t *)fit->text->bytes + fit->start;
    const size_t length = fit->text->length - fit->start;
    const size_t data = length - bytes[0];
    for (size_t i = 0; i < 4; i++) {
        bytes[4 + i] = (uint8_t)(data >> (8 * i));
    }
    if (bytes[0] == 14) {
        const uint16_t crc = fit_crc(0, bytes, 12);
        bytes[12] = (uint8_t)crc;
        bytes[13] = (uint8_t)(crc >> 8);
    }
    number_put(fit->text, fit_crc(0, bytes, length), 2, false);
}

void
fit_define_developer(FitWriter *fit, unsigned local, uint16_t message, const FitSlot *slots, size_t n,
                     uint8_t bytes)
{
    Str *text = fit->text;

    fit->defined[local].is_big_endian = fit->is_big_endian;
    fit->defined[local].n = n;
    fit->defined[local].developer_bytes = bytes;
    number_put(text, 0x40U | local | (bytes > 0 ? 0x20U : 0), 1, false);
    number_put(text, 0, 1, false);
    number_put(text, fit->is_big_endian, 1, false);
    number_put(text, message, 2, fit->is_big_endian);
    number_put(text, n, 1, false);
    for (size_t i = 0; i < n; i++) {
        fit->defined[local].slots[i] = slots[i];
        number_put(text, slots[i].field, 1, false);
        number_put(text, size_of(slots[i].type), 1, false);
        number_put(text, slots[i].type, 1, false);
    }
    if (bytes > 0) {
        number_put(text, 1, 1, false);
        number_put(text, 0, 1, false); /* field 0 */
        number_put(text, bytes, 1, false);
        number_put(text, 0, 1, false); /* of developer 0 */
    }
}

void
fit_define(FitWriter *fit, unsigned local, uint16_t message, const FitSlot *slots, size_t n)
{
    fit_define_developer(fit, local, message, slots, n, 0);
}

static void
values_put(FitWriter *fit, unsigned local, const double *values)
{
    for (size_t i = 0; i < fit->defined[local].n; i++) {
        value_put(fit->text, fit->defined[local].slots[i].type, values[i], fit->defined[local].is_big_endian);
    }
    for (size_t i = 0; i < fit->defined[local].developer_bytes; i++) {
        number_put(fit->text, 0xA5, 1, false);
    }
}

void
fit_message(FitWriter *fit, unsigned local, const double *values)
{
    number_put(fit->text, local, 1, false);
    values_put(fit, local, values);
}

void
fit_message_compressed(FitWriter *fit, unsigned local, uint32_t time_s, const double *values)
{
    number_put(fit->text, 0x80U | local << 5 | (time_s & 0x1FU), 1, false);
    values_put(fit, local, values);
}
