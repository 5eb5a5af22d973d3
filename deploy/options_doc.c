/* options_doc - writes paceline.conf(5) or the sample configuration from common/options.def.
 *
 *     options_doc man|example    to standard output; ends 1 when an option is not documented as it should be
 *
 * A program of the build, not installed. It links nothing of ours.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PRODUCER 1
#define WORKER 2
#define REAPER 4
#define EVERY 7
#define RELOADABLE 1
#define FIXED 0
#define EACH(producer, worker, reaper) producer, worker, reaper

typedef struct Option {
    const char *name; /* NULL: a section, whose title is the meaning */
    const char *type;
    const char *unit;
    const char *defaults[3];
    long long min, max;
    int is_reloadable;
    int programs;
    const char *meaning;
} Option;

static const Option options[] = {
#define SECTION(title) { .meaning = (title) },
#define OPTION(name_, type_, unit_, default_, min_, max_, reload_, programs_, meaning_)                      \
    { #name_, #type_, unit_, { default_ }, min_, max_, reload_, programs_, meaning_ },
#include "common/options.def"
#undef OPTION
#undef SECTION
};

static const char *const program_names[] = { "producer", "worker", "reaper" };

static bool
is_type(const Option *option, const char *type)
{
    return strcmp(option->type, type) == 0;
}

static void
put_variable(const Option *option)
{
    (void)printf("PACELINE_");
    for (const char *c = option->name; *c != '\0'; c++) {
        (void)putchar(toupper((unsigned char)*c));
    }
}

/* put_value writes a default in the syntax of the file. */
static void
put_value(const Option *option, const char *value)
{
    bool is_number = value[0] != '\0' && value[strspn(value, "-0123456789")] == '\0';

    if (is_type(option, "LIST")) {
        (void)printf(value[0] == '\0' ? "[]" : "\"%s\"", value);
    } else if (is_type(option, "BOOL") || is_type(option, "INT") ||
               ((is_type(option, "DURATION") || is_type(option, "SIZE")) && is_number)) {
        (void)printf("%s", value);
    } else {
        (void)printf("\"%s\"", value);
    }
}

/* put_kind writes what a value is: its unit and range. */
static void
put_kind(const Option *option)
{
    if (is_type(option, "INT") || is_type(option, "DURATION") || is_type(option, "SIZE")) {
        (void)printf("%lld to %lld %s", option->min, option->max, option->unit);
    } else if (is_type(option, "LIST")) {
        (void)printf("a list of at most %lld %s", option->max, option->unit);
    } else if (is_type(option, "BOOL")) {
        (void)printf("true or false");
    } else if (is_type(option, "SECRET")) {
        if (option->min == option->max) {
            (void)printf("%s of %lld bytes", option->unit, option->min);
        } else {
            (void)printf("%s of %lld to %lld bytes", option->unit, option->min, option->max);
        }
    } else {
        for (const char *c = option->unit; *c != '\0'; c++) {
            (void)printf(*c == '|' ? ", " : "%c", *c);
        }
    }
}

static void
put_programs(const Option *option)
{
    const char *separator = "";

    if (option->programs == EVERY) {
        (void)printf("every program");
        return;
    }
    for (int i = 0; i < 3; i++) {
        if ((option->programs & 1 << i) != 0) {
            (void)printf("%s%s", separator, program_names[i]);
            separator = ", ";
        }
    }
}

/* put_comment writes text in lines of at most 100 bytes that begin with "# ". */
static void
put_comment(const char *text)
{
    size_t column = 1;

    (void)putchar('#');
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (column + 1 + length > 100) {
            (void)printf("\n#");
            column = 1;
        }
        (void)printf(" %.*s", (int)length, text);
        column += 1 + length;
        text += length + strspn(text + length, " ");
    }
    (void)putchar('\n');
}

static void
put_example_option(const Option *option)
{
    (void)putchar('\n');
    put_comment(option->meaning);
    (void)printf("# (");
    put_kind(option);
    (void)printf("; ");
    put_programs(option);
    (void)printf("%s)\n", option->is_reloadable ? "; reloaded by SIGHUP" : "");
    if (is_type(option, "SECRET")) {
        (void)printf("# Only in the environment: ");
        put_variable(option);
        (void)printf("\n");
        return;
    }
    for (int i = 0; i < 3 && option->defaults[1] != NULL; i++) {
        (void)printf("#%s = { %s = ", program_names[i], option->name);
        put_value(option, option->defaults[i]);
        (void)printf("; };\n");
    }
    if (option->defaults[1] == NULL) {
        (void)printf("#%s = ", option->name);
        put_value(option, option->defaults[0]);
        (void)printf(";\n");
    }
}

static void
put_example(void)
{
    (void)printf("# /etc/paceline/paceline.conf - see paceline.conf(5).\n"
                 "#\n"
                 "# What stands here as a comment is built in. A group holds values for one program alone:\n"
                 "#     worker = { slots = 8; };\n"
                 "# Options for librdkafka go through as they are:\n"
                 "#     rdkafka = ( (\"linger.ms\", \"5\") );\n");
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].name == NULL) {
            (void)printf("\n\n#\n# %s\n#\n", options[i].meaning);
        } else {
            put_example_option(&options[i]);
        }
    }
}

/* put_roff writes text with what troff would read as its own escaped. */
static void
put_roff(const char *text)
{
    if (*text == '.' || *text == '\'') {
        (void)printf("\\&");
    }
    for (; *text != '\0'; text++) {
        (void)printf(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : "%c", *text);
    }
}

static void
put_man_option(const Option *option)
{
    (void)printf(".TP\n.B ");
    if (is_type(option, "SECRET")) {
        put_variable(option);
    } else {
        put_roff(option->name);
    }
    (void)printf("\n");
    put_roff(option->meaning);
    (void)printf("\n.br\n");
    put_kind(option);
    (void)printf("; ");
    put_programs(option);
    if (option->is_reloadable) {
        (void)printf("; reloaded by SIGHUP");
    }
    if (!is_type(option, "SECRET")) {
        (void)printf("; default");
        for (int i = 0; i < 3 && option->defaults[i] != NULL; i++) {
            (void)printf("%s ", i > 0 ? "," : "");
            put_roff(option->defaults[i][0] == '\0' ? "empty" : option->defaults[i]);
            (void)printf(option->defaults[1] != NULL ? " (%s)" : "", program_names[i]);
        }
    }
    (void)printf(".\n");
}

static void
put_man(void)
{
    (void)printf(".TH PACELINE.CONF 5 \"\" \"Paceline " PACELINE_VERSION "\" \"File formats\"\n"
                 ".SH NAME\npaceline.conf \\- configuration of paceline\\-producer, paceline\\-worker and "
                 "paceline\\-reaper\n"
                 ".SH SYNOPSIS\n.I /etc/paceline/paceline.conf\n"
                 ".SH DESCRIPTION\n"
                 "Every option may stand in four places; the last one wins: built\\-in, this file, the "
                 "environment as\n"
                 ".BI PACELINE_ NAME\n(empty counts as not set), the command line as\n.BI \\-\\- name\n"
                 "with \\(oq\\-\\(cq for \\(oq_\\(cq. Another file is named by\n.B \\-\\-config\nor\n.BR "
                 "PACELINE_CONFIG .\n"
                 "Unknown options, wrong types and values out of range are errors at start; the subcommand\n"
                 ".B check\\-config\nprints what is in force and where it came from.\n"
                 ".PP\nThe file has the syntax of libconfig. It is shared by the programs; a group named\n"
                 ".BR producer ,\n.B worker\nor\n.B reaper\nholds values for that program alone. Times and "
                 "sizes may be "
                 "texts with a unit (us, ms, s, min, h, d; B, KiB, MiB, GiB).\n"
                 ".PP\n.nf\n.RS\nbootstrap_servers = \"10.0.0.5:9092\";\n"
                 "worker = { slots = 8; database = \"host=db user=paceline_worker dbname=paceline\"; };\n"
                 "rdkafka = ( (\"linger.ms\", \"5\"), (\"compression.codec\", \"lz4\") );\n.RE\n.fi\n"
                 ".PP\nWhat stands in the list\n.B rdkafka\ngoes to librdkafka as it is, in every program "
                 "that has the "
                 "list; in the environment and on the command line it is\n.IR name = value ,\nwith "
                 "\\(oq;\\(cq between "
                 "several.\n");
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].name == NULL) {
            (void)printf(".SH %s\n", options[i].meaning);
        } else {
            put_man_option(&options[i]);
        }
    }
    (void)printf(
        ".SH FILES\n.TP\n.I /etc/paceline/paceline.conf\nread when no other is named; need not exist.\n"
        ".SH SEE ALSO\n.BR paceline\\-producer (1),\n.BR paceline\\-worker (1),\n"
        ".BR paceline\\-reaper (1)\n");
}

/* is_documented refuses a row whose meaning is not a sentence, or whose unit is missing. */
static bool
is_documented(const Option *option)
{
    size_t length = strlen(option->meaning);

    return option->name == NULL ||
           (length > 15 && option->meaning[length - 1] == '.' && isupper((unsigned char)option->meaning[0]) &&
            (option->unit[0] != '\0' || is_type(option, "BOOL")));
}

int
main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (!is_documented(&options[i])) {
            (void)fprintf(stderr, "options.def: %s: its meaning is not a sentence, or its unit is missing\n",
                          options[i].name);
            return 1;
        }
    }
    if (argc == 2 && strcmp(argv[1], "man") == 0) {
        put_man();
    } else if (argc == 2 && strcmp(argv[1], "example") == 0) {
        put_example();
    } else {
        (void)fprintf(stderr, "usage: options_doc man|example\n");
        return 2;
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
