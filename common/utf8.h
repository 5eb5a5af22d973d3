/* utf8.h - how long the next character is, if it is one.
 *
 * Well-formed UTF-8 as in the Unicode Standard, table 3-7: no surrogates, no overlong forms, nothing
 * beyond U+10FFFF. Pure.
 */
#ifndef PACELINE_UTF8_H
#define PACELINE_UTF8_H

#include <stddef.h>

/* utf8_sequence returns the bytes (1 to 4) of the well-formed character at text, of which `available`
 * bytes may be read; 0 if there is none. A NUL byte is a character of one byte. */
size_t utf8_sequence(const char *text, size_t available);

/* utf8_cut returns the largest length <= limit at which text [length] can be cut without splitting a
 * character; bytes that are not UTF-8 are cut anywhere. */
size_t utf8_cut(const char *text, size_t length, size_t limit);

#endif
