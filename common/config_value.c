/* One value of an option: from text, to text. */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/config_internal.h"

/* Units a number may carry; a value must be a whole number of the option's own unit. */
typedef struct Unit {
    const char *name;
    int64_t factor;
} Unit;

static const Unit time_units[] = {
    { "us", 1 },
    { "ms", 1000 },
    { "s", 1000000 },
    { "min", 60 * INT64_C(1000000) },
    { "h", 3600 * INT64_C(1000000) },
    { "d", 86400 * INT64_C(1000000) },
    { NULL, 0 },
};

static const Unit size_units[] = {
    { "bytes", 1 }, { "B", 1 }, { "KiB", 1024 }, { "MiB", INT64_C(1) << 20 }, { "GiB", INT64_C(1) << 30 },
    { NULL, 0 },
};

static bool
refuse(Err *err, const char *text, const char *why)
{
    return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "\"%s\" %s", text, why);
}

static bool
no_memory(Err *err)
{
    return err_set(err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for the configuration");
}

static int64_t
unit_factor(const Unit *units, const char *name)
{
    for (const Unit *unit = units; unit->name != NULL; unit++) {
        if (strcmp(unit->name, name) == 0) {
            return unit->factor;
        }
    }
    return 0;
}

/* parse_number reads a whole number with or without a unit (units NULL: without) in the option's range. */
static bool
parse_number(const ConfigOption *option, const Unit *units, const char *text, int64_t *ret_value, Err *err)
{
    char digits[32];
    int64_t value = 0;
    size_t length = strspn(text, "-0123456789");

    if (length >= sizeof digits) {
        return refuse(err, text, "is not a number");
    }
    memcpy(digits, text, length);
    digits[length] = '\0';
    if (!str_to_int64(digits, &value)) {
        return refuse(err, text, "is not a whole number");
    }
    const char *unit = text + length + strspn(text + length, " ");
    if (*unit != '\0') {
        int64_t factor = units == NULL ? 0 : unit_factor(units, unit);
        int64_t own_factor = units == NULL ? 0 : unit_factor(units, option->unit);
        if (factor == 0 || own_factor == 0) {
            return refuse(err, text, units == NULL ? "is not a whole number" : "has an unknown unit");
        }
        if (__builtin_mul_overflow(value, factor, &value) || value % own_factor != 0) {
            return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "\"%s\" is not a whole number of %s",
                           text, option->unit);
        }
        value /= own_factor;
    }
    if (value < option->min || value > option->max) {
        return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "%lld is not in %lld..%lld %s",
                       (long long)value, (long long)option->min, (long long)option->max, option->unit);
    }
    *ret_value = value;
    return true;
}

static bool
set_number(void *field, const ConfigOption *option, const char *text, Err *err)
{
    const Unit *units = option->type == CONFIG_TYPE_OF_DURATION ? time_units
                        : option->type == CONFIG_TYPE_OF_SIZE   ? size_units
                                                                : NULL;
    int64_t value = 0;

    if (!parse_number(option, units, text, &value, err)) {
        return false;
    }
    switch (option->type) {
    case CONFIG_TYPE_OF_INT:
        *(int *)field = (int)value;
        break;
    case CONFIG_TYPE_OF_SIZE:
        *(size_t *)field = (size_t)value;
        break;
    default:
        *(int64_t *)field = value;
    }
    return true;
}

static bool
set_bool(bool *field, const char *text, Err *err)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return refuse(err, text, "is neither true nor false");
    }
    *field = text[0] == 't';
    return true;
}

/* choice_length returns the length of the choice that begins at choices, up to '|' or the end. */
static size_t
choice_length(const char *choices)
{
    return strcspn(choices, "|");
}

static bool
set_choice(int *field, const ConfigOption *option, const char *text, Err *err)
{
    int index = 0;

    for (const char *choice = option->unit;; choice += choice_length(choice) + 1, index++) {
        size_t length = choice_length(choice);
        if (strlen(text) == length && memcmp(choice, text, length) == 0) {
            *field = index;
            return true;
        }
        if (choice[length] == '\0') {
            return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "\"%s\" is not one of %s", text,
                           option->unit);
        }
    }
}

/* conninfo_valid asks libpq, without a connection. The message never repeats the text: it may hold a
 * password. */
static bool
conninfo_valid(const char *text, Err *err)
{
    char *message = NULL;
    PQconninfoOption *parsed = PQconninfoParse(text, &message);

    PQfreemem(message);
    if (parsed == NULL) {
        return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG,
                       "not a connection string that libpq can read");
    }
    PQconninfoFree(parsed);
    return true;
}

/* url_valid tells whether paths can be appended: http or https, a host, no credentials, no query, no '/' at
 * the end. */
static bool
url_valid(const char *text)
{
    const char *host = strncmp(text, "https://", 8) == 0 ? text + 8 : text + 7;

    if (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) {
        return false;
    }
    for (const char *c = host; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || (unsigned char)*c > '~' || strchr("?#@\\\"<>", *c) != NULL) {
            return false;
        }
    }
    return *host != '\0' && strchr("/:", *host) == NULL && host[strlen(host) - 1] != '/';
}

static bool
set_text(const char **field, const ConfigOption *option, const char *text, Err *err)
{
    size_t length = strlen(text);

    if (length < (size_t)option->min || length > (size_t)option->max) {
        return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "a text of %zu bytes, not of %lld to %lld",
                       length, (long long)option->min, (long long)option->max);
    }
    if (strcmp(option->unit, "conninfo") == 0 && !conninfo_valid(text, err)) {
        return false;
    }
    if (strcmp(option->unit, "URL") == 0 && length > 0 && !url_valid(text)) {
        return refuse(err, text, "is not a URL to begin with (https://host or https://host:port/path)");
    }
    char *copy = strdup(text);
    if (copy == NULL) {
        return no_memory(err);
    }
    free((void *)*field);
    *field = copy;
    return true;
}

static void
list_clear(TextList *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free((void *)list->items);
    *list = (TextList){ .count = 0 };
}

static bool
list_append(TextList *list, const char *item, size_t length)
{
    char **items = reallocarray((void *)list->items, list->count + 1, sizeof *items);

    if (items == NULL) {
        return false;
    }
    list->items = items;
    items[list->count] = strndup(item, length);
    if (items[list->count] == NULL) {
        return false;
    }
    list->count++;
    return true;
}

static bool
set_list(TextList *field, const ConfigOption *option, const char *text, Err *err)
{
    _cleanup_(list_clear) TextList list = { .count = 0 };

    for (const char *item = text; *text != '\0'; item++) {
        item += strspn(item, " ");
        size_t length = strcspn(item, ",");
        const char *next = item + length;
        while (length > 0 && item[length - 1] == ' ') {
            length--;
        }
        if (length == 0) {
            return refuse(err, text, "has an empty item");
        }
        if (list.count >= (size_t)option->max) {
            return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "more than %lld %s",
                           (long long)option->max, option->unit);
        }
        if (!list_append(&list, item, length)) {
            return no_memory(err);
        }
        if (*next == '\0') {
            break;
        }
        item = next;
    }
    TextList old = *field;
    *field = list;
    list = old;
    return true;
}

static bool
set_address(NetAddress *field, const char *text, Err *err)
{
    NetAddress address = { .port = 0 };
    unsigned char binary[sizeof(struct in6_addr)];
    int64_t port = 0;
    const char *colon = strrchr(text, ':');

    if (colon == NULL || !str_to_int64(colon + 1, &port) || port < 0 || port > 65535) {
        return refuse(err, text, "is not an address with a port (127.0.0.1:8080, [::1]:8080)");
    }
    bool is_bracketed = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
    const char *host = is_bracketed ? text + 1 : text;
    size_t length = (size_t)(colon - host) - (is_bracketed ? 1 : 0);
    if (length < sizeof address.host) {
        memcpy(address.host, host, length);
    }
    if (!is_bracketed && strcmp(address.host, "localhost") == 0) {
        (void)str_copy(address.host, sizeof address.host, "127.0.0.1");
    }
    if (inet_pton(is_bracketed ? AF_INET6 : AF_INET, address.host, binary) != 1) {
        return refuse(err, text, "is not a numeric address (127.0.0.1:8080, [::1]:8080)");
    }
    address.port = (int)port;
    *field = address;
    return true;
}

/* set_secret never repeats the text. An empty one is not set. */
static bool
set_secret(Secret **field, const ConfigOption *option, const char *text, Err *err)
{
    bool is_base64 = strcmp(option->unit, "base64") == 0;
    Secret *secret = NULL;

    if (*text != '\0') {
        secret = is_base64 ? secret_from_base64(text, err) : secret_new(text, strlen(text));
        if (secret == NULL) {
            return is_base64 ? false : no_memory(err);
        }
        size_t length = secret_length(secret);
        if (length < (size_t)option->min || length > (size_t)option->max) {
            secret_free(secret);
            return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "%zu bytes, not %lld to %lld", length,
                           (long long)option->min, (long long)option->max);
        }
    }
    secret_free(*field);
    *field = secret;
    return true;
}

bool
config_value_set(Config *config, const ConfigOption *option, const char *text, Err *err)
{
    void *field = (char *)config + option->offset;

    switch (option->type) {
    case CONFIG_TYPE_OF_INT:
    case CONFIG_TYPE_OF_DURATION:
    case CONFIG_TYPE_OF_SIZE:
        return set_number(field, option, text, err);
    case CONFIG_TYPE_OF_BOOL:
        return set_bool(field, text, err);
    case CONFIG_TYPE_OF_CHOICE:
        return set_choice(field, option, text, err);
    case CONFIG_TYPE_OF_TEXT:
        return set_text(field, option, text, err);
    case CONFIG_TYPE_OF_LIST:
        return set_list(field, option, text, err);
    case CONFIG_TYPE_OF_ADDRESS:
        return set_address(field, text, err);
    case CONFIG_TYPE_OF_SECRET:
        return set_secret(field, option, text, err);
    }
    return refuse(err, text, "is of no type");
}

void
config_value_clear(Config *config, const ConfigOption *option)
{
    void *field = (char *)config + option->offset;

    if (option->type == CONFIG_TYPE_OF_TEXT) {
        free(*(void **)field);
        *(const char **)field = NULL;
    } else if (option->type == CONFIG_TYPE_OF_LIST) {
        list_clear(field);
    } else if (option->type == CONFIG_TYPE_OF_SECRET) {
        secret_free(*(Secret **)field);
        *(Secret **)field = NULL;
    }
}

/* append_quoted writes a string as libconfig reads it. */
static void
append_quoted(Str *out, const char *text)
{
    str_append_char(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20) {
            str_append_format(out, "\\x%02x", (unsigned)(unsigned char)*c);
            continue;
        }
        if (*c == '"' || *c == '\\') {
            str_append_char(out, '\\');
        }
        str_append_char(out, *c);
    }
    str_append_char(out, '"');
}

/* append_conninfo writes the parts of a connection string with its passwords hidden. */
static void
append_conninfo(Str *out, const char *text)
{
    _cleanup_(str_done) Str shown = STR_EMPTY;
    PQconninfoOption *parsed = PQconninfoParse(text, NULL);

    for (const PQconninfoOption *part = parsed; part != NULL && part->keyword != NULL; part++) {
        if (part->val == NULL) {
            continue;
        }
        bool is_password = strchr(part->dispchar, '*') != NULL;
        const char *value = is_password ? "***" : part->val;
        bool is_plain = *value != '\0' && value[strcspn(value, " '\\")] == '\0';
        str_append_format(&shown, "%s%s=", shown.length > 0 ? " " : "", part->keyword);
        str_append(&shown, is_plain ? "" : "'");
        for (const char *c = value; *c != '\0'; c++) {
            str_append(&shown, *c == '\'' || *c == '\\' ? "\\" : "");
            str_append_char(&shown, *c);
        }
        str_append(&shown, is_plain ? "" : "'");
    }
    PQconninfoFree(parsed);
    append_quoted(out, str_text(&shown));
}

static void
append_list(Str *out, const TextList *list)
{
    str_append_char(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        str_append(out, i > 0 ? ", " : "");
        append_quoted(out, list->items[i]);
    }
    str_append_char(out, ']');
}

static void
append_choice(Str *out, const ConfigOption *option, int index)
{
    const char *choice = option->unit;

    for (int i = 0; i < index; i++) {
        choice += choice_length(choice) + 1;
    }
    str_append_format(out, "\"%.*s\"", (int)choice_length(choice), choice);
}

void
config_value_append(const Config *config, const ConfigOption *option, bool is_masked, Str *out)
{
    const void *field = (const char *)config + option->offset;
    const NetAddress *address = field;

    switch (option->type) {
    case CONFIG_TYPE_OF_INT:
        str_append_format(out, "%d", *(const int *)field);
        break;
    case CONFIG_TYPE_OF_DURATION:
        str_append_format(out, "%lld", (long long)*(const int64_t *)field);
        break;
    case CONFIG_TYPE_OF_SIZE:
        str_append_format(out, "%zu", *(const size_t *)field);
        break;
    case CONFIG_TYPE_OF_BOOL:
        str_append(out, *(const bool *)field ? "true" : "false");
        break;
    case CONFIG_TYPE_OF_CHOICE:
        append_choice(out, option, *(const int *)field);
        break;
    case CONFIG_TYPE_OF_TEXT:
        if (is_masked && strcmp(option->unit, "conninfo") == 0) {
            append_conninfo(out, *(const char *const *)field);
        } else {
            append_quoted(out, *(const char *const *)field);
        }
        break;
    case CONFIG_TYPE_OF_LIST:
        append_list(out, field);
        break;
    case CONFIG_TYPE_OF_ADDRESS:
        str_append_format(out, strchr(address->host, ':') != NULL ? "\"[%s]:%d\"" : "\"%s:%d\"",
                          address->host, address->port);
        break;
    case CONFIG_TYPE_OF_SECRET:
        str_append(out, *(Secret *const *)field != NULL ? "set" : "not set");
        break;
    }
}

/* kafka_accepts asks librdkafka whether it knows the name and takes the value. */
static bool
kafka_accepts(const char *name, const char *value, Err *err)
{
    char why[256] = "";
    rd_kafka_conf_t *scratch = rd_kafka_conf_new();
    rd_kafka_conf_res_t result = rd_kafka_conf_set(scratch, name, value, why, sizeof why);

    rd_kafka_conf_destroy(scratch);
    if (result == RD_KAFKA_CONF_OK) {
        return true;
    }
    /* librdkafka's own words may repeat the value, which may be a password: only for an unknown name */
    return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "librdkafka refuses \"%s\"%s", name,
                   result == RD_KAFKA_CONF_UNKNOWN ? ": no such property" : ": invalid value");
}

bool
config_pair_add(ConfigPairs *pairs, const char *name, const char *value, Err *err)
{
    if (!kafka_accepts(name, value, err)) {
        return false;
    }
    ConfigPair *items = reallocarray(pairs->items, pairs->count + 1, sizeof *items);
    if (items == NULL) {
        return no_memory(err);
    }
    pairs->items = items;
    ConfigPair pair = { .name = strdup(name), .value = strdup(value) };
    if (pair.name == NULL || pair.value == NULL) {
        free(pair.name);
        free(pair.value);
        return no_memory(err);
    }
    items[pairs->count++] = pair;
    return true;
}

void
config_pairs_clear(ConfigPairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (ConfigPairs){ .count = 0 };
}

bool
config_pairs_parse(ConfigPairs *pairs, const char *text, Err *err)
{
    _cleanup_(free_pointer) char *copy = strdup(text);
    char *rest = copy;

    if (copy == NULL) {
        return no_memory(err);
    }
    for (char *name = strsep(&rest, ";"); name != NULL; name = strsep(&rest, ";")) {
        name += strspn(name, " ");
        if (*name == '\0') {
            continue;
        }
        char *equals = strchr(name, '=');
        if (equals == NULL) {
            return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "\"%s\" is not name=value", name);
        }
        *equals = '\0';
        if (!config_pair_add(pairs, name, equals + 1, err)) {
            return false;
        }
    }
    return true;
}
