#include "common/uuid.h"

#include <ctype.h>

bool
uuid_valid(const char *text)
{
    for (int i = 0; i < 36; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-'
                    : isxdigit((unsigned char)text[i]) == 0) { /* the NUL of a short text ends it */
            return false;
        }
    }
    return text[36] == '\0';
}
