/* Two passes and a walk. The first pass checks the text against RFC 8259's grammar (and our limits) and
 * remembers where the integers stand that a double cannot hold. cJSON then builds the tree. The walk
 * over the tree, in document order, looks for duplicate keys and gives those few integers their digits:
 * they stay cJSON numbers, with the digits in valuestring (which cJSON_Delete frees and cJSON_Duplicate
 * copies). All other numbers cost nothing beyond their node.
 */
#include "common/json_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "common/utf8.h"

#define DEPTH_MAX 64
#define NUMBER_BYTES_MAX 63 /* cJSON copies a number into a buffer of 64 bytes and ignores the rest */
#define EXACT_DIGITS 15     /* every integer of 15 digits is exact in a double */
#define EXACT_INTEGER_MAX 9007199254740992.0 /* 2^53 */
#define FEW_KEYS 12                          /* up to here, comparing all pairs beats sorting */

typedef struct BigInteger {
    size_t number_index; /* counts the numbers of the document from 0 */
    size_t offset;
    size_t length;
} BigInteger;

typedef struct Scan {
    const char *text;
    size_t length;
    size_t offset;
    size_t value_count;
    size_t number_count;
    BigInteger *big;
    size_t big_count;
    size_t big_capacity;
    Err *err;
} Scan;

static bool scan_value(Scan *scan, int depth);

static bool
refuse(const Scan *scan, const char *what)
{
    return err_set(scan->err, ERR_INVALID_DATA, "invalid_json", "%s at byte %zu of %zu", what, scan->offset,
                   scan->length);
}

/* peek returns the byte at the offset, or -1 at the end. */
static int
peek(const Scan *scan)
{
    return scan->offset < scan->length ? (unsigned char)scan->text[scan->offset] : -1;
}

static void
skip_space(Scan *scan)
{
    while (scan->offset < scan->length) {
        char c = scan->text[scan->offset];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            return;
        }
        scan->offset++;
    }
}

static bool
scan_word(Scan *scan, const char *word)
{
    size_t length = strlen(word);

    if (scan->length - scan->offset < length || memcmp(scan->text + scan->offset, word, length) != 0) {
        return refuse(scan, "unknown word");
    }
    scan->offset += length;
    return true;
}

/* scan_hex4 reads the four digits of \uXXXX. */
static bool
scan_hex4(Scan *scan, unsigned *ret_unit)
{
    unsigned unit = 0;

    for (int i = 0; i < 4; i++) {
        int c = peek(scan);
        if (c >= '0' && c <= '9') {
            unit = unit * 16 + (unsigned)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            unit = unit * 16 + (unsigned)(c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            unit = unit * 16 + (unsigned)(c - 'A' + 10);
        } else {
            return refuse(scan, "bad \\u escape");
        }
        scan->offset++;
    }
    *ret_unit = unit;
    return true;
}

static bool
scan_escape(Scan *scan)
{
    unsigned unit = 0;
    int c = peek(scan);

    if (c == -1 || strchr("\"\\/bfnrtu", c) == NULL || c == '\0') {
        return refuse(scan, "unknown escape");
    }
    scan->offset++;
    if (c != 'u') {
        return true;
    }
    if (!scan_hex4(scan, &unit)) {
        return false;
    }
    if (unit == 0) {
        return refuse(scan, "NUL character");
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return true;
    }
    if (unit > 0xDBFF || scan->length - scan->offset < 6 ||
        memcmp(scan->text + scan->offset, "\\u", 2) != 0) {
        return refuse(scan, "half of a surrogate pair");
    }
    scan->offset += 2;
    if (!scan_hex4(scan, &unit)) {
        return false;
    }
    return (unit >= 0xDC00 && unit <= 0xDFFF) || refuse(scan, "half of a surrogate pair");
}

static bool
scan_string(Scan *scan)
{
    scan->offset++; /* the opening quote */
    while (scan->offset < scan->length) {
        unsigned char c = (unsigned char)scan->text[scan->offset];
        if (c == '"') {
            scan->offset++;
            return true;
        }
        if (c == '\\') {
            scan->offset++;
            if (!scan_escape(scan)) {
                return false;
            }
        } else if (c < 0x20) {
            return refuse(scan, c == 0 ? "NUL byte" : "control character in a string");
        } else {
            size_t sequence = utf8_sequence(scan->text + scan->offset, scan->length - scan->offset);
            if (sequence == 0) {
                return refuse(scan, "invalid UTF-8");
            }
            scan->offset += sequence;
        }
    }
    return refuse(scan, "string without end");
}

static bool
remember_big_integer(Scan *scan, size_t start)
{
    if (scan->big_count == scan->big_capacity) {
        size_t capacity = scan->big_capacity == 0 ? 16 : scan->big_capacity * 2;
        BigInteger *big = reallocarray(scan->big, capacity, sizeof *big);
        if (big == NULL) {
            return err_set(scan->err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for a JSON document");
        }
        scan->big = big;
        scan->big_capacity = capacity;
    }
    scan->big[scan->big_count++] =
        (BigInteger){ .number_index = scan->number_count, .offset = start, .length = scan->offset - start };
    return true;
}

static size_t
skip_digits(Scan *scan)
{
    size_t start = scan->offset;

    while (peek(scan) >= '0' && peek(scan) <= '9') {
        scan->offset++;
    }
    return scan->offset - start;
}

/* skip_exponent steps over an exponent, if there is one; false if it has no digits. */
static bool
skip_exponent(Scan *scan, bool *ret_present)
{
    *ret_present = peek(scan) == 'e' || peek(scan) == 'E';
    if (!*ret_present) {
        return true;
    }
    scan->offset++;
    if (peek(scan) == '+' || peek(scan) == '-') {
        scan->offset++;
    }
    return skip_digits(scan) > 0;
}

static bool
scan_number(Scan *scan)
{
    size_t start = scan->offset;
    bool has_exponent = false;
    bool has_fraction = false;

    if (peek(scan) == '-') {
        scan->offset++;
    }
    bool leading_zero = peek(scan) == '0';
    size_t digits = skip_digits(scan);
    if (digits == 0 || (leading_zero && digits > 1)) {
        return refuse(scan, "bad number");
    }
    if (peek(scan) == '.') {
        has_fraction = true;
        scan->offset++;
        if (skip_digits(scan) == 0) {
            return refuse(scan, "bad number");
        }
    }
    if (!skip_exponent(scan, &has_exponent)) {
        return refuse(scan, "bad number");
    }
    if (scan->offset - start > NUMBER_BYTES_MAX) {
        return refuse(scan, "number too long");
    }
    if (has_exponent) { /* without one, 63 bytes are always finite */
        char copy[NUMBER_BYTES_MAX + 1] = { 0 };
        memcpy(copy, scan->text + start, scan->offset - start);
        if (!isfinite(strtod(copy, NULL))) {
            return refuse(scan, "number out of range");
        }
    } else if (!has_fraction && digits > EXACT_DIGITS && !remember_big_integer(scan, start)) {
        return false;
    }
    scan->number_count++;
    return true;
}

static bool
scan_member_name(Scan *scan)
{
    skip_space(scan);
    if (peek(scan) != '"') {
        return refuse(scan, "no member name");
    }
    if (!scan_string(scan)) {
        return false;
    }
    skip_space(scan);
    if (peek(scan) != ':') {
        return refuse(scan, "no colon after a member name");
    }
    scan->offset++;
    return true;
}

/* scan_container reads an array or an object, whose opening bracket is at the offset. */
static bool
scan_container(Scan *scan, char closing, int depth)
{
    if (depth == DEPTH_MAX) {
        return refuse(scan, "nested deeper than 64");
    }
    scan->offset++;
    skip_space(scan);
    if (peek(scan) == closing) {
        scan->offset++;
        return true;
    }
    for (;;) {
        if ((closing == '}' && !scan_member_name(scan)) || !scan_value(scan, depth + 1)) {
            return false;
        }
        if (peek(scan) == closing) {
            scan->offset++;
            return true;
        }
        if (peek(scan) != ',') {
            return refuse(scan, closing == '}' ? "object without end" : "array without end");
        }
        scan->offset++;
    }
}

/* scan_value reads one value and the space around it. */
static bool
scan_value(Scan *scan, int depth)
{
    bool valid = false;

    if (++scan->value_count > JSON_VALUES_MAX) {
        return refuse(scan, "too many values");
    }
    skip_space(scan);
    switch (peek(scan)) {
    case '{':
        valid = scan_container(scan, '}', depth);
        break;
    case '[':
        valid = scan_container(scan, ']', depth);
        break;
    case '"':
        valid = scan_string(scan);
        break;
    case 't':
        valid = scan_word(scan, "true");
        break;
    case 'f':
        valid = scan_word(scan, "false");
        break;
    case 'n':
        valid = scan_word(scan, "null");
        break;
    case -1:
        valid = refuse(scan, "no value");
        break;
    default:
        valid = scan_number(scan);
    }
    skip_space(scan);
    return valid;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

static bool
refuse_duplicate(const char *name, Err *err)
{
    char shown[64];

    (void)str_copy(shown, sizeof shown, name);
    return err_set(err, ERR_INVALID_DATA, "invalid_json", "duplicate key \"%s\"", shown);
}

static bool
few_names_differ(const cJSON *object, Err *err)
{
    for (const cJSON *a = object->child; a != NULL; a = a->next) {
        for (const cJSON *b = a->next; b != NULL; b = b->next) {
            if (strcmp(a->string, b->string) == 0) {
                return refuse_duplicate(a->string, err);
            }
        }
    }
    return true;
}

static bool
names_differ(const cJSON *object, Err *err)
{
    size_t count = 0;

    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        count++;
    }
    if (count <= FEW_KEYS) {
        return few_names_differ(object, err);
    }
    _cleanup_(free_pointer) const cJSON **sorted = calloc(count, sizeof *sorted);
    if (sorted == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for a JSON document");
    }
    size_t i = 0;
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        sorted[i++] = member;
    }
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (i = 1; i < count; i++) {
        if (strcmp(sorted[i - 1]->string, sorted[i]->string) == 0) {
            return refuse_duplicate(sorted[i]->string, err);
        }
    }
    return true;
}

typedef struct Walk {
    const Scan *scan;
    size_t number_index;
    size_t big_index;
} Walk;

/* walk_number gives the number its digits if it is the next big integer. */
static bool
walk_number(Walk *walk, cJSON *number, Err *err)
{
    const Scan *scan = walk->scan;
    size_t index = walk->number_index++;

    if (walk->big_index == scan->big_count || scan->big[walk->big_index].number_index != index) {
        return true;
    }
    const BigInteger *big = &scan->big[walk->big_index++];
    number->valuestring = cJSON_malloc(big->length + 1);
    if (number->valuestring == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for a JSON document");
    }
    memcpy(number->valuestring, scan->text + big->offset, big->length);
    number->valuestring[big->length] = '\0';
    return true;
}

static bool
walk_value(Walk *walk, cJSON *value, Err *err)
{
    if (cJSON_IsNumber(value)) {
        return walk_number(walk, value, err);
    }
    if (cJSON_IsObject(value) && !names_differ(value, err)) {
        return false;
    }
    for (cJSON *child = value->child; child != NULL; child = child->next) {
        if (!walk_value(walk, child, err)) {
            return false;
        }
    }
    return true;
}

cJSON *
json_parse(const char *text, size_t length, Err *err)
{
    Scan scan = { .text = text, .length = length, .err = err };
    cJSON *json = NULL;

    bool valid = scan_value(&scan, 0);
    if (valid && scan.offset != length) {
        valid = refuse(&scan, "text after the value");
    }
    if (valid) {
        json = cJSON_ParseWithLengthOpts(text, length, NULL, false);
        if (json == NULL) { /* the text is valid JSON: what is left is memory */
            (void)err_set(err, ERR_MEMORY_LIMIT, "out_of_memory",
                          "no memory for a JSON document of %zu bytes", length);
        } else if (!walk_value(&(Walk){ .scan = &scan }, json, err)) {
            cJSON_Delete(json);
            json = NULL;
        }
    }
    free(scan.big);
    return json;
}

void
json_delete(cJSON **json)
{
    cJSON_Delete(*json);
}

const cJSON *
json_member(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;

    return cJSON_IsNull(member) ? NULL : member;
}

static bool
refuse_field(Err *err, const char *field, const char *what)
{
    return err_set(err, ERR_INVALID_DATA, "invalid_field", "%s: %s", field, what);
}

bool
json_int64(const cJSON *value, const char *field, int64_t *ret_value, Err *err)
{
    if (!cJSON_IsNumber(value)) {
        return refuse_field(err, field, "not a number");
    }
    if (value->valuestring != NULL) {
        return str_to_int64(value->valuestring, ret_value) ||
               refuse_field(err, field, "beyond the range of 64 bits");
    }
    if (trunc(value->valuedouble) != value->valuedouble) {
        return refuse_field(err, field, "not a whole number");
    }
    if (fabs(value->valuedouble) > EXACT_INTEGER_MAX) { /* written with an exponent: digits are lost */
        return refuse_field(err, field, "not an exact whole number");
    }
    *ret_value = (int64_t)value->valuedouble;
    return true;
}

bool
json_number(const cJSON *value, const char *field, double *ret_value, Err *err)
{
    if (!cJSON_IsNumber(value)) {
        return refuse_field(err, field, "not a number");
    }
    *ret_value = value->valuedouble;
    return true;
}

bool
json_text(const cJSON *value, const char *field, size_t max_bytes, const char **ret_text, Err *err)
{
    if (!cJSON_IsString(value)) {
        return refuse_field(err, field, "not a text");
    }
    if (strnlen(value->valuestring, max_bytes + 1) > max_bytes) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "%s: longer than %zu bytes", field, max_bytes);
    }
    *ret_text = value->valuestring;
    return true;
}

bool
json_bool(const cJSON *value, const char *field, bool *ret_value, Err *err)
{
    if (!cJSON_IsBool(value)) {
        return refuse_field(err, field, "not true or false");
    }
    *ret_value = cJSON_IsTrue(value) != 0;
    return true;
}

bool
json_utf8_valid(const char *text, size_t length)
{
    for (size_t offset = 0; offset < length;) {
        size_t sequence = utf8_sequence(text + offset, length - offset);
        if (sequence == 0) {
            return false;
        }
        offset += sequence;
    }
    return true;
}
