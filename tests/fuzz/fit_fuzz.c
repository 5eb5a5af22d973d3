/* fit_fuzz.c - libFuzzer target: a FIT file.
 *
 * The input is read as it is, and once more as the messages of a file whose header and checksums hold: no
 * mutation would find those.
 */
#include <stdint.h>

#include "common/activity/fit_decode.h"
#include "common/str.h"
#include "tests/fuzz/activity_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t header[] = { 12, 0x20, 0, 0, 0, 0, 0, 0, '.', 'F', 'I', 'T' };

static void
bytes_put(Str *text, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        str_append_char(text, (char)(value >> (8 * i)));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Str text = STR_EMPTY;

    check_file(FILE_FIT, (const char *)data, size);
    str_append_bytes(&text, header, 4);
    bytes_put(&text, size, 4);
    str_append_bytes(&text, header + 8, 4);
    str_append_bytes(&text, data, size);
    if (str_ok(&text)) {
        bytes_put(&text, fit_crc(0, (const uint8_t *)text.bytes, text.length), 2);
    }
    if (str_ok(&text)) {
        check_file(FILE_FIT, text.bytes, text.length);
    }
    str_done(&text);
    return 0;
}
