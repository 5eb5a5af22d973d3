#include "common/activity/fit_decode.h"

#include <math.h>
#include <string.h>

#define HEADER_SHORT 12
#define HEADER_LONG 14 /* with a checksum of its own, 0 if it was not computed */
#define CRC_BYTES 2
#define MAJOR_MAX 2

/* The header byte of a message. */
#define IS_COMPRESSED 0x80U /* timestamp in the low five bits */
#define IS_DEFINITION 0x40U
#define HAS_DEVELOPER_FIELDS 0x20U

uint16_t
fit_crc(uint16_t crc, const uint8_t *bytes, size_t length)
{
    static const uint16_t table[16] = { 0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
                                        0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400 };

    for (size_t i = 0; i < length; i++) {
        crc = (uint16_t)((crc >> 4) ^ table[crc & 0xFU] ^ table[bytes[i] & 0xFU]);
        crc = (uint16_t)((crc >> 4) ^ table[crc & 0xFU] ^ table[bytes[i] >> 4]);
    }
    return crc;
}

/* unsigned_at puts 1 to 8 bytes together. */
static uint64_t
unsigned_at(const uint8_t *bytes, size_t size, bool is_big_endian)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++) {
        value = value << 8 | bytes[is_big_endian ? i : size - 1 - i];
    }
    return value;
}

/* header_check reads the header: *ret_end is where the messages end. */
static bool
header_check(const uint8_t *bytes, size_t length, size_t *ret_start, size_t *ret_end, FileFault *fault)
{
    const size_t header = length > 0 ? bytes[0] : 0;

    if (length < HEADER_SHORT || memcmp(bytes + 8, ".FIT", 4) != 0) {
        return file_refuse(fault, 0, "no FIT file: its header does not say .FIT");
    }
    if (header != HEADER_SHORT && header != HEADER_LONG) {
        return file_refuse(fault, 0, "a header of %zu bytes, not 12 or 14", header);
    }
    if (bytes[1] >> 4 > MAJOR_MAX) {
        return file_refuse(fault, 1, "protocol %d.%d is not known", bytes[1] >> 4, bytes[1] & 0xF);
    }
    if (length < header) {
        return file_refuse(fault, length, "the file ends in its header");
    }
    if (header == HEADER_LONG) {
        const uint64_t wanted = unsigned_at(bytes + HEADER_SHORT, CRC_BYTES, false);
        if (wanted != 0 && wanted != fit_crc(0, bytes, HEADER_SHORT)) {
            return file_refuse(fault, HEADER_SHORT, "the checksum of the header is wrong");
        }
    }
    *ret_start = header;
    *ret_end = header + (size_t)unsigned_at(bytes + 4, 4, false);
    return true;
}

bool
fit_open(FitDecoder *decoder, const uint8_t *bytes, size_t length, FileFault *fault)
{
    size_t start = 0;
    size_t end = 0;

    if (!header_check(bytes, length, &start, &end, fault)) {
        return false;
    }
    if (length < CRC_BYTES || end > length - CRC_BYTES) {
        return file_refuse(fault, length, "truncated: the header tells of %zu bytes of data", end - start);
    }
    if (fit_crc(0, bytes, end) != unsigned_at(bytes + end, CRC_BYTES, false)) {
        return file_refuse(fault, end, "the checksum of the file is wrong");
    }
    const size_t next = end + CRC_BYTES;
    if (length > next) {
        const bool is_chained = length - next >= HEADER_SHORT && memcmp(bytes + next + 8, ".FIT", 4) == 0;
        return is_chained
                   ? file_refuse(fault, next, "a second FIT file is chained to it: send each by itself")
                   : file_refuse(fault, next, "%zu bytes after the end of the file", length - next);
    }
    *decoder = (FitDecoder){ .bytes = bytes, .at = start, .end = end };
    return true;
}

/* take hands out the next n bytes; NULL, and refused, if there are fewer. */
static const uint8_t *
take(FitDecoder *decoder, size_t n, const char *what, FileFault *fault)
{
    const uint8_t *bytes = decoder->bytes + decoder->at;

    if (n > decoder->end - decoder->at) {
        (void)file_refuse(fault, decoder->at, "%s of %zu bytes goes beyond the data", what, n);
        return NULL;
    }
    decoder->at += n;
    return bytes;
}

/* developer_skip adds the sizes of the developer fields to the definition's. */
static bool
developer_skip(FitDecoder *decoder, FitDefinition *definition, FileFault *fault)
{
    const uint8_t *count = take(decoder, 1, "a definition", fault);
    const uint8_t *fields = count == NULL ? NULL : take(decoder, (size_t)3 * *count, "a definition", fault);

    if (fields == NULL) {
        return false;
    }
    for (size_t i = 0; i < *count; i++) {
        definition->size += fields[3 * i + 1];
    }
    return true;
}

/* definition_read replaces what its local type meant before. */
static bool
definition_read(FitDecoder *decoder, uint8_t header, FileFault *fault)
{
    FitDefinition *definition = &decoder->definitions[header & 0xFU];
    const size_t offset = decoder->at;
    const uint8_t *fixed = take(decoder, 5, "a definition", fault);

    if (fixed == NULL) {
        return false;
    }
    if (fixed[1] > 1) {
        return file_refuse(fault, offset + 1, "byte order %d is neither 0 nor 1", fixed[1]);
    }
    const uint8_t *fields = take(decoder, (size_t)3 * fixed[4], "a definition", fault);
    if (fields == NULL) {
        return false;
    }
    *definition = (FitDefinition){ .is_defined = true, .is_big_endian = fixed[1] == 1 };
    definition->message = (uint16_t)unsigned_at(fixed + 2, 2, definition->is_big_endian);
    for (size_t i = 0; i < fixed[4]; i++, fields += 3) {
        if (fields[1] > 0) { /* else messages of one byte could each cost a search of 255 fields */
            definition->fields[definition->fields_n++] =
                (FitField){ .number = fields[0], .size = fields[1], .type = fields[2] };
            definition->size += fields[1];
        }
    }
    return (header & HAS_DEVELOPER_FIELDS) == 0 || developer_skip(decoder, definition, fault);
}

/* time_take gives the message its time: of its own field, or of the header's five bits, which count on from
 * the last full timestamp. */
static bool
time_take(FitDecoder *decoder, uint8_t header, FitMessage *message, FileFault *fault)
{
    double time_s = 0;

    if ((header & IS_COMPRESSED) != 0) {
        if (!decoder->has_time) {
            return file_refuse(fault, message->offset, "a compressed timestamp before any full one");
        }
        decoder->time_s += ((header & 0x1FU) - decoder->time_s) & 0x1FU;
    } else if (fit_value(message, FIT_TIMESTAMP, &time_s) && time_s >= 0 && time_s <= UINT32_MAX) {
        decoder->time_s = (uint32_t)time_s;
        decoder->has_time = true;
    } else {
        return true;
    }
    message->has_time = true;
    message->time_s = decoder->time_s;
    return true;
}

FitStep
fit_next(FitDecoder *decoder, FitMessage *ret_message, FileFault *fault)
{
    while (decoder->at < decoder->end) {
        const size_t offset = decoder->at;
        const uint8_t header = decoder->bytes[decoder->at++];
        const bool is_compressed = (header & IS_COMPRESSED) != 0;
        if (!is_compressed && (header & IS_DEFINITION) != 0) {
            if (!definition_read(decoder, header, fault)) {
                return FIT_BROKEN;
            }
            continue;
        }
        const unsigned local = is_compressed ? (header >> 5) & 0x3U : header & 0xFU;
        const FitDefinition *definition = &decoder->definitions[local];
        if (!definition->is_defined) {
            (void)file_refuse(fault, offset, "a message of type %u, which nothing defines", local);
            return FIT_BROKEN;
        }
        const uint8_t *data = take(decoder, definition->size, "a message", fault);
        if (data == NULL) {
            return FIT_BROKEN;
        }
        *ret_message = (FitMessage){ .offset = offset, .definition = definition, .data = data };
        if (!time_take(decoder, header, ret_message, fault)) {
            return FIT_BROKEN;
        }
        if (definition->fields_n > 0) { /* else it says nothing, and a file may have millions of them */
            return FIT_MESSAGE;
        }
    }
    return FIT_END;
}

/* The base types by the low five bits of their code (some writers leave out bit 7). `invalid` is the pattern
 * that means "no value"; floats have NaN. */
static const struct {
    size_t size; /* 0: no number */
    enum { KIND_UNSIGNED, KIND_SIGNED, KIND_FLOAT } kind;
    uint64_t invalid;
} types[] = {
    [0x00] = { 1, KIND_UNSIGNED, 0xFF },               /* enum */
    [0x01] = { 1, KIND_SIGNED, 0x7F },                 /* sint8 */
    [0x02] = { 1, KIND_UNSIGNED, 0xFF },               /* uint8 */
    [0x03] = { 2, KIND_SIGNED, 0x7FFF },               /* sint16 */
    [0x04] = { 2, KIND_UNSIGNED, 0xFFFF },             /* uint16 */
    [0x05] = { 4, KIND_SIGNED, 0x7FFFFFFF },           /* sint32 */
    [0x06] = { 4, KIND_UNSIGNED, 0xFFFFFFFF },         /* uint32 */
    [0x07] = { 0, KIND_UNSIGNED, 0 },                  /* string */
    [0x08] = { 4, KIND_FLOAT, 0xFFFFFFFF },            /* float32 */
    [0x09] = { 8, KIND_FLOAT, UINT64_MAX },            /* float64 */
    [0x0A] = { 1, KIND_UNSIGNED, 0 },                  /* uint8z */
    [0x0B] = { 2, KIND_UNSIGNED, 0 },                  /* uint16z */
    [0x0C] = { 4, KIND_UNSIGNED, 0 },                  /* uint32z */
    [0x0D] = { 0, KIND_UNSIGNED, 0 },                  /* byte: what it means is not told */
    [0x0E] = { 8, KIND_SIGNED, 0x7FFFFFFFFFFFFFFF },   /* sint64 */
    [0x0F] = { 8, KIND_UNSIGNED, 0xFFFFFFFFFFFFFFFF }, /* uint64 */
    [0x10] = { 8, KIND_UNSIGNED, 0 },                  /* uint64z */
};

/* float_of reads the bits of a float32 or float64. */
static double
float_of(uint64_t bits, size_t size)
{
    const uint32_t low = (uint32_t)bits;
    float single = 0;
    double value = 0;

    if (size == sizeof single) {
        memcpy(&single, &low, sizeof single);
        return (double)single;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* signed_of extends the sign of a number of 1, 2, 4 or 8 bytes. */
static int64_t
signed_of(uint64_t bits, size_t size)
{
    const uint64_t sign = UINT64_C(1) << (8 * size - 1);

    return (int64_t)((bits ^ sign) - sign);
}

static bool
field_value(const FitField *field, const uint8_t *data, bool is_big_endian, double *ret_value)
{
    const size_t type = field->type & 0x1FU;

    if (type >= sizeof types / sizeof types[0] || types[type].size == 0 || field->size < types[type].size) {
        return false;
    }
    const size_t size = types[type].size;
    const uint64_t bits = unsigned_at(data, size, is_big_endian);
    if (bits == types[type].invalid) {
        return false;
    }
    const double value = types[type].kind == KIND_FLOAT    ? float_of(bits, size)
                         : types[type].kind == KIND_SIGNED ? (double)signed_of(bits, size)
                                                           : (double)bits;
    if (!isfinite(value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

bool
fit_value(const FitMessage *message, uint8_t number, double *ret_value)
{
    const FitDefinition *definition = message->definition;
    const uint8_t *data = message->data;

    for (size_t i = 0; i < definition->fields_n; i++) {
        const FitField *field = &definition->fields[i];
        if (field->number == number) {
            return field_value(field, data, definition->is_big_endian, ret_value);
        }
        data += field->size;
    }
    return false;
}
