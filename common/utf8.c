#include "common/utf8.h"

#include <stdbool.h>

static bool
is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t
utf8_sequence(const char *text, size_t available)
{
    const unsigned char *bytes = (const unsigned char *)text;

    if (available == 0) {
        return 0;
    }
    if (bytes[0] < 0x80) {
        return 1;
    }
    if (bytes[0] < 0xC2 || bytes[0] > 0xF4 || available < 2 || !is_continuation(bytes[1])) {
        return 0;
    }
    if (bytes[0] < 0xE0) {
        return 2;
    }
    if (available < 3 || !is_continuation(bytes[2]) || (bytes[0] == 0xE0 && bytes[1] < 0xA0) ||
        (bytes[0] == 0xED && bytes[1] > 0x9F)) {
        return 0;
    }
    if (bytes[0] < 0xF0) {
        return 3;
    }
    if (available < 4 || !is_continuation(bytes[3]) || (bytes[0] == 0xF0 && bytes[1] < 0x90) ||
        (bytes[0] == 0xF4 && bytes[1] > 0x8F)) {
        return 0;
    }
    return 4;
}

size_t
utf8_cut(const char *text, size_t length, size_t limit)
{
    if (length <= limit) {
        return length;
    }
    for (size_t back = 1; back <= 3 && back <= limit; back++) {
        size_t sequence = utf8_sequence(text + limit - back, length - (limit - back));
        if (sequence > 0) {
            return sequence > back ? limit - back : limit;
        }
    }
    return limit;
}
