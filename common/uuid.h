/* uuid.h - whether a text is a uuid as PostgreSQL prints it: 8-4-4-4-12 hexadecimal digits, of either case.
 * Pure. */
#ifndef PACELINE_UUID_H
#define PACELINE_UUID_H

#include <stdbool.h>

bool uuid_valid(const char *text);

#endif
