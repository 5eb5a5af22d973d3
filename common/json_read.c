/* One pass over the text checks it against RFC 8259's grammar and our limits and builds cJSON's tree as it
 * goes: cJSON's own parser takes twice as long, most of it in strtod, and would need a second pass for what
 * it lets through. Nodes come from cJSON_malloc, so that cJSON_Delete frees them. An integer that a double
 * may not hold stays a cJSON number, with its digits in valuestring (which cJSON_Delete frees and
 * cJSON_Duplicate copies).
 */
#include "common/json_read.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "common/utf8.h"

#define DEPTH_MAX 64
#define NUMBER_BYTES_MAX 63 /* as in cJSON, which ignores the rest */
#define EXACT_DIGITS 15     /* every integer of 15 digits is exact in a double */
#define FEW_KEYS 12         /* up to here, comparing all pairs beats sorting */

typedef struct Scan {
    const char *text;
    size_t length;
    size_t offset;
    size_t value_count;
    Err *err;
} Scan;

static cJSON *scan_value(Scan *scan, int depth);

static bool
refuse(const Scan *scan, const char *what)
{
    return err_set(scan->err, ERR_INVALID_DATA, "invalid_json", "invalid JSON: %s at byte %zu of %zu", what,
                   scan->offset, scan->length);
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

/* scan_string steps over a string and tells whether it has escapes. */
static bool
scan_string(Scan *scan, bool *ret_has_escapes)
{
    *ret_has_escapes = false;
    scan->offset++; /* the opening quote */
    while (scan->offset < scan->length) {
        unsigned char c = (unsigned char)scan->text[scan->offset];
        if (c == '"') {
            scan->offset++;
            return true;
        }
        if (c == '\\') {
            *ret_has_escapes = true;
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

/* append_code_point writes a character as UTF-8 and returns the place after it. */
static char *
append_code_point(char *to, unsigned code_point)
{
    if (code_point < 0x80) {
        *to++ = (char)code_point;
    } else if (code_point < 0x800) {
        *to++ = (char)(0xC0 | code_point >> 6);
        *to++ = (char)(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        *to++ = (char)(0xE0 | code_point >> 12);
        *to++ = (char)(0x80 | (code_point >> 6 & 0x3F));
        *to++ = (char)(0x80 | (code_point & 0x3F));
    } else {
        *to++ = (char)(0xF0 | code_point >> 18);
        *to++ = (char)(0x80 | (code_point >> 12 & 0x3F));
        *to++ = (char)(0x80 | (code_point >> 6 & 0x3F));
        *to++ = (char)(0x80 | (code_point & 0x3F));
    }
    return to;
}

/* unescape writes the characters of a string that scan_string has passed; escapes only get shorter. */
static char *
unescape(const char *from, const char *end, char *to)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";

    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        from++;
        if (*from != 'u') {
            *to++ = meanings[strchr(letters, *from++) - letters];
            continue;
        }
        Scan hex = { .text = from + 1, .length = 10 }; /* the digits are known to be there */
        unsigned unit = 0;
        (void)scan_hex4(&hex, &unit);
        from += 5;
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            unsigned low = 0;
            hex.offset += 2;
            (void)scan_hex4(&hex, &low);
            from += 6;
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }
        to = append_code_point(to, unit);
    }
    return to;
}

static bool
refuse_memory(const Scan *scan)
{
    return err_set(scan->err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for a JSON document of %zu bytes",
                   scan->length);
}

/* scan_text reads a string into memory of cJSON's; NULL on failure. */
static char *
scan_text(Scan *scan)
{
    size_t start = scan->offset + 1;
    bool has_escapes = false;

    if (!scan_string(scan, &has_escapes)) {
        return NULL;
    }
    size_t length = scan->offset - 1 - start;
    char *copy = cJSON_malloc(length + 1);
    if (copy == NULL) {
        (void)refuse_memory(scan);
        return NULL;
    }
    if (has_escapes) {
        *unescape(scan->text + start, scan->text + start + length, copy) = '\0';
    } else {
        memcpy(copy, scan->text + start, length);
        copy[length] = '\0';
    }
    return copy;
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

/* number_value computes the double nearest to a number of the grammar. Up to 15 digits and a power of ten up
 * to 22 both are exact in a double, and so one division rounds correctly (Clinger 1990, the fast path of
 * strtod); anything else goes to strtod. */
static double
number_value(const char *text, size_t length)
{
    static const double powers[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    const bool is_negative = text[0] == '-';
    int64_t mantissa = 0;
    size_t digits = 0;
    size_t decimals = 0;
    bool has_point = false;

    for (size_t i = is_negative; i < length; i++) {
        if (text[i] == '.') {
            has_point = true;
        } else if (text[i] >= '0' && text[i] <= '9' && digits < EXACT_DIGITS) {
            mantissa = mantissa * 10 + (text[i] - '0');
            digits++;
            decimals += has_point;
        } else {
            char copy[NUMBER_BYTES_MAX + 1] = { 0 };
            memcpy(copy, text, length);
            return strtod(copy, NULL);
        }
    }
    const double value = (double)mantissa / powers[decimals];
    return is_negative ? -value : value;
}

/* scan_number fills a number node; a long integer keeps its digits. */
static bool
scan_number(Scan *scan, cJSON *node)
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
    size_t length = scan->offset - start;
    if (length > NUMBER_BYTES_MAX) {
        return refuse(scan, "number too long");
    }
    double value = number_value(scan->text + start, length);
    if (!isfinite(value)) {
        return refuse(scan, "number out of range");
    }
    node->type = cJSON_Number;
    node->valuedouble = value;
    node->valueint = value >= INT_MAX ? INT_MAX : value <= INT_MIN ? INT_MIN : (int)value;
    if (has_exponent || has_fraction || digits <= EXACT_DIGITS) {
        return true;
    }
    node->valuestring = cJSON_malloc(length + 1);
    if (node->valuestring == NULL) {
        return refuse_memory(scan);
    }
    memcpy(node->valuestring, scan->text + start, length);
    node->valuestring[length] = '\0';
    return true;
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
    _cleanup_(free_pointer) const cJSON **sorted = calloc(count, sizeof(void *));
    if (sorted == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for a JSON document");
    }
    size_t i = 0;
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        sorted[i++] = member;
    }
    qsort(sorted, count, sizeof(void *), compare_names);
    for (i = 1; i < count; i++) {
        if (strcmp(sorted[i - 1]->string, sorted[i]->string) == 0) {
            return refuse_duplicate(sorted[i]->string, err);
        }
    }
    return true;
}

/* scan_member_name reads a name and its colon; NULL on failure. */
static char *
scan_member_name(Scan *scan)
{
    skip_space(scan);
    if (peek(scan) != '"') {
        (void)refuse(scan, "no member name");
        return NULL;
    }
    char *name = scan_text(scan);
    if (name == NULL) {
        return NULL;
    }
    skip_space(scan);
    if (peek(scan) != ':') {
        (void)refuse(scan, "no colon after a member name");
        cJSON_free(name);
        return NULL;
    }
    scan->offset++;
    return name;
}

/* scan_child reads one element or member and hangs it behind `last`; NULL on failure. The first child's prev
 * is the last one, as cJSON has it. */
static cJSON *
scan_child(Scan *scan, cJSON *parent, cJSON *last, int depth)
{
    char *name = NULL;

    if (parent->type == cJSON_Object) {
        name = scan_member_name(scan);
        if (name == NULL) {
            return NULL;
        }
    }
    cJSON *child = scan_value(scan, depth + 1);
    if (child == NULL) {
        cJSON_free(name);
        return NULL;
    }
    child->string = name;
    if (last == NULL) {
        parent->child = child;
    } else {
        last->next = child;
        child->prev = last;
    }
    parent->child->prev = child;
    return child;
}

/* scan_container reads an array or an object, whose opening bracket is at the offset. */
static bool
scan_container(Scan *scan, cJSON *node, int depth)
{
    const char closing = peek(scan) == '{' ? '}' : ']';
    cJSON *last = NULL;

    node->type = closing == '}' ? cJSON_Object : cJSON_Array;
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
        last = scan_child(scan, node, last, depth);
        if (last == NULL) {
            return false;
        }
        if (peek(scan) == closing) {
            scan->offset++;
            return closing == ']' || names_differ(node, scan->err);
        }
        if (peek(scan) != ',') {
            return refuse(scan, closing == '}' ? "object without end" : "array without end");
        }
        scan->offset++;
    }
}

/* scan_into reads what stands at the offset into an empty node. */
static bool
scan_into(Scan *scan, cJSON *node, int depth)
{
    switch (peek(scan)) {
    case '{':
    case '[':
        return scan_container(scan, node, depth);
    case '"':
        node->type = cJSON_String;
        node->valuestring = scan_text(scan);
        return node->valuestring != NULL;
    case 't':
        node->type = cJSON_True;
        node->valueint = 1;
        return scan_word(scan, "true");
    case 'f':
        node->type = cJSON_False;
        return scan_word(scan, "false");
    case 'n':
        node->type = cJSON_NULL;
        return scan_word(scan, "null");
    case -1:
        return refuse(scan, "no value");
    default:
        return scan_number(scan, node);
    }
}

/* scan_value reads one value and the space around it; NULL on failure. */
static cJSON *
scan_value(Scan *scan, int depth)
{
    if (++scan->value_count > JSON_VALUES_MAX) {
        (void)refuse(scan, "too many values");
        return NULL;
    }
    cJSON *node = cJSON_malloc(sizeof *node);
    if (node == NULL) {
        (void)refuse_memory(scan);
        return NULL;
    }
    *node = (cJSON){ .type = cJSON_Invalid };
    skip_space(scan);
    if (!scan_into(scan, node, depth)) {
        cJSON_Delete(node);
        return NULL;
    }
    skip_space(scan);
    return node;
}

cJSON *
json_parse(const char *text, size_t length, Err *err)
{
    Scan scan = { .text = text, .length = length, .err = err };
    cJSON *json = scan_value(&scan, 0);

    if (json != NULL && scan.offset != length) {
        (void)refuse(&scan, "text after the value");
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}
