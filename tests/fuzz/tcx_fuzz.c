/* tcx_fuzz.c - libFuzzer target: a TCX file. */
#include <stdint.h>

#include "tests/fuzz/activity_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_file(FILE_TCX, (const char *)data, size);
    return 0;
}
