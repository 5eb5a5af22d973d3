#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/config_internal.h"
#include "common/exit_code.h"
#include "common/json_read.h"
#include "common/log.h"

extern char **environ;

static char file_path[64];

/* write_file puts text into the file that load names by --config. */
static void
write_file(const char *text)
{
    FILE *file = fopen(file_path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

#define ARGUMENTS_MAX 16

/* LOAD loads for a program with the file and the arguments, ended by NULL. */
#define LOAD(config, program, err, ...) load(config, program, err, (const char *[]){ __VA_ARGS__ })

static bool
load(Config *config, ConfigProgram program, Err *err, const char *const *arguments)
{
    static const char *argv[ARGUMENTS_MAX + 1];
    int argc = 3;
    int argi = 0;

    argv[0] = "paceline";
    argv[1] = "--config";
    argv[2] = file_path;
    while (argc < ARGUMENTS_MAX && *arguments != NULL) {
        argv[argc++] = *arguments++;
    }
    argv[argc] = NULL;
    return config_load(config, program, argc, (char **)argv, &argi, err);
}

static void
assert_wrong(ConfigProgram program, const char *file, const char *argument, const char *code,
             const char *message)
{
    Config config = { .origins = NULL };
    Err err = ERR_NONE;
    char expected[300];

    write_file(file);
    assert_false(LOAD(&config, program, &err, argument, NULL));
    assert_int_equal(err.class, ERR_INVALID_DATA);
    /* '@' stands for the file's path */
    (void)snprintf(expected, sizeof expected, "%s%s", message[0] == '@' ? file_path : "",
                   message[0] == '@' ? message + 1 : message);
    assert_string_equal(err.message, expected);
    assert_string_equal(err.code, code);
}

static void
test_defaults_are_valid_for_every_program(void **state)
{
    static const ConfigProgram programs[] = { CONFIG_PRODUCER, CONFIG_WORKER, CONFIG_REAPER };
    static const int ports[] = { 9101, 9102, 9103 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        _cleanup_(config_done) Config config = { .origins = NULL };
        Err err = ERR_NONE;
        assert_true(config_set_defaults(&config, programs[i], &err));
        assert_int_equal(config.ops_listen.port, ports[i]);
        assert_string_equal(config.ops_listen.host, "127.0.0.1");
        assert_int_equal(config.batch_size, 500);
        assert_int_equal(config.http_body_max_bytes, 16 * 1024 * 1024);
        assert_int_equal(config.sweep_interval_s, 86400);
        assert_int_equal(config.kinds.count, 0);
        assert_string_equal(config.bootstrap_servers, "127.0.0.1:9092");
        assert_null(config.secret_key);
    }
}

static void
test_every_option_is_documented(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_option_count; i++) {
        const ConfigOption *option = &config_options[i];
        if (option->name == NULL) {
            continue;
        }
        assert_int_equal(option->meaning[strlen(option->meaning) - 1], '.');
        assert_true(strcmp(option->unit, "") != 0 || option->type == CONFIG_TYPE_OF_BOOL);
        assert_ptr_equal(config_option_find(option->name), option);
    }
}

static void
test_a_later_place_wins(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    write_file("batch_size = 10;\ndrain_timeout_s = 11;\nslots = 2;\n");
    assert_int_equal(setenv("PACELINE_DRAIN_TIMEOUT_S", "12", 1), 0);
    assert_int_equal(setenv("PACELINE_SLOTS", "3", 1), 0);
    assert_int_equal(setenv("PACELINE_KINDS", "", 1), 0); /* empty is not set */
    _cleanup_(config_done) Config config = { .origins = NULL };
    assert_true(LOAD(&config, CONFIG_WORKER, &err, "-j4", NULL));
    assert_int_equal(config.batch_size, 10);
    assert_int_equal(config.drain_timeout_s, 12);
    assert_int_equal(config.slots, 4);
    assert_int_equal(config.partitions, 16);
}

static void
test_a_programs_group_wins_wherever_it_stands(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    write_file("worker = { slots = 8; rdkafka = ( (\"linger.ms\", \"7\") ); };\nslots = 2;\n"
               "reaper = { ops_listen = \"[::1]:7\"; };\nrdkafka = ( (\"linger.ms\", 5) );\n");
    _cleanup_(config_done) Config worker = { .origins = NULL };
    _cleanup_(config_done) Config reaper = { .origins = NULL };
    assert_true(LOAD(&worker, CONFIG_WORKER, &err, NULL));
    assert_true(LOAD(&reaper, CONFIG_REAPER, &err, NULL));
    assert_int_equal(worker.slots, 8);
    assert_int_equal(worker.ops_listen.port, 9102);
    assert_int_equal(worker.rdkafka.count, 2);
    assert_string_equal(worker.rdkafka.items[0].name, "linger.ms");
    assert_string_equal(worker.rdkafka.items[0].value, "5");
    assert_string_equal(worker.rdkafka.items[1].value, "7");
    assert_int_equal(reaper.slots, 2);
    assert_string_equal(reaper.ops_listen.host, "::1");
    assert_int_equal(reaper.ops_listen.port, 7);
    assert_int_equal(reaper.rdkafka.count, 1);
}

static void
test_every_type_is_read(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    write_file("http_body_max_bytes = \"2MiB\";\nhttp_header_max_bytes = 4096;\nhttp_timeout_s = \"2min\";\n"
               "webhook_ack_timeout_ms = \"1 s\";\nlog_level = \"debug\";\nlog_format = \"json\";\n"
               "http_listen = \"localhost:0\";\nkinds = [\"workouts\", \"http\"];\n"
               "database = \"postgresql://u:secret@db/x\";\n");
    assert_int_equal(setenv("PACELINE_RDKAFKA", "linger.ms=5; session.timeout.ms=6000", 1), 0);
    _cleanup_(config_done) Config config = { .origins = NULL };
    assert_true(LOAD(&config, CONFIG_PRODUCER, &err, "--rdkafka", "acks=all", "--jwks=/x", NULL));
    assert_int_equal(config.http_body_max_bytes, 2097152);
    assert_int_equal(config.http_header_max_bytes, 4096);
    assert_int_equal(config.http_timeout_s, 120);
    assert_int_equal(config.webhook_ack_timeout_ms, 1000);
    assert_int_equal(config.log_level, 3);
    assert_int_equal(config.log_format, 1);
    assert_string_equal(config.http_listen.host, "127.0.0.1");
    assert_int_equal(config.http_listen.port, 0);
    assert_int_equal(config.kinds.count, 2);
    assert_string_equal(config.kinds.items[1], "http");
    assert_int_equal(config.rdkafka.count, 3);
    assert_string_equal(config.rdkafka.items[1].name, "session.timeout.ms");
    assert_string_equal(config.rdkafka.items[2].value, "all");
    assert_string_equal(config.jwks, "/x");
}

static void
test_mistakes_in_the_file_name_file_and_line(void **state)
{
    static const struct {
        const char *file;
        const char *message;
    } table[] = {
        { "\n\nbatchsize = 5;", "@:3: batchsize: no such option (did you mean batch_size?)" },
        { "colour = 5;", "@:1: colour: no such option" },
        { "batch-size = 5;", "@:1: batch-size: no such option (did you mean batch_size?)" },
        { "batch_size = 501;", "@:1: batch_size: 501 is not in 1..500 jobs" },
        { "\nbatch_size = 0;", "@:2: batch_size: 0 is not in 1..500 jobs" },
        { "batch_size = -5;", "@:1: batch_size: -5 is not in 1..500 jobs" },
        { "batch_size = 99999999999L;", "@:1: batch_size: 99999999999 is not in 1..500 jobs" },
        { "batch_size = \"5\";", "@:1: batch_size: not a whole number" },
        { "batch_size = 5.0;", "@:1: batch_size: not a whole number" },
        { "batch_size = true;", "@:1: batch_size: not a whole number" },
        { "batch_size = { };", "@:1: batch_size: not a whole number" },
        { "batch_size = [5];", "@:1: batch_size: not a whole number" },
        { "reclaim_interval_ms = \"5 weeks\";", "@:1: reclaim_interval_ms: \"5 weeks\" has an unknown unit" },
        { "reclaim_interval_ms = \"5us\";", "@:1: reclaim_interval_ms: \"5us\" is not a whole number of ms" },
        { "reclaim_interval_ms = \"99999999999d\";",
          "@:1: reclaim_interval_ms: \"99999999999d\" is not a whole number of ms" },
        { "reclaim_interval_ms = \"\";", "@:1: reclaim_interval_ms: \"\" is not a whole number" },
        { "reclaim_interval_ms = 1.5;",
          "@:1: reclaim_interval_ms: not a whole number, or one with its unit in quotes" },
        { "http_body_max_bytes = \"16MB\";", "@:1: http_body_max_bytes: \"16MB\" has an unknown unit" },
        { "log_level = \"loud\";", "@:1: log_level: \"loud\" is not one of error|warn|info|debug" },
        { "log_level = \"\";", "@:1: log_level: \"\" is not one of error|warn|info|debug" },
        { "log_level = 3;", "@:1: log_level: not a text in quotes" },
        { "slot = \"\";", "@:1: slot: a text of 0 bytes, not of 1 to 63" },
        { "database = \"host=x password=hunter2 colour=red\";",
          "@:1: database: not a connection string that libpq can read" },
        { "kinds = \"a,,b\";", "@:1: kinds: \"a,,b\" has an empty item" },
        { "kinds = [1];", "@:1: kinds: not a list of texts in quotes" },
        { "kinds = 1;", "@:1: kinds: not a list of texts in quotes" },
        { "http_listen = \"8080\";",
          "@:1: http_listen: \"8080\" is not an address with a port (127.0.0.1:8080, [::1]:8080)" },
        { "http_listen = \"0.0.0.0:65536\";",
          "@:1: http_listen: \"0.0.0.0:65536\" is not an address with a port (127.0.0.1:8080, [::1]:8080)" },
        { "http_listen = \"example.org:80\";",
          "@:1: http_listen: \"example.org:80\" is not a numeric address (127.0.0.1:8080, [::1]:8080)" },
        { "http_listen = \"::1:80\";",
          "@:1: http_listen: \"::1:80\" is not a numeric address (127.0.0.1:8080, [::1]:8080)" },
        { "http_listen = \":80\";",
          "@:1: http_listen: \":80\" is not a numeric address (127.0.0.1:8080, [::1]:8080)" },
        { "secret_key = \"x\";", "@:1: secret_key: a secret is read from the environment alone: "
                                 "PACELINE_SECRET_KEY" },
        { "worker = 5;", "@:1: worker: not a group: worker = { ... };" },
        { "worker = { reclaim_interval_ms = 5; };",
          "@:1: reclaim_interval_ms: not an option of paceline-worker" },
        { "reaper = {\n reclaim_interval_ms = 5;\n};",
          "@:2: reclaim_interval_ms: 5 is not in 10..60000 ms" }, /* another program's: checked all the same
                                                                   */
        { "rdkafka = 5;", "@:1: rdkafka: not a list of pairs: rdkafka = ( (\"linger.ms\", \"5\") )" },
        { "rdkafka = ( (\"linger.ms\") );", "@:1: rdkafka: item 1 is not a pair (\"name\", \"value\")" },
        { "rdkafka = ( (\"linger.ms\", \"5\"), 7 );",
          "@:1: rdkafka: item 2 is not a pair (\"name\", \"value\")" },
        { "rdkafka = ( (\"linger\", \"5\") );",
          "@:1: rdkafka: librdkafka refuses \"linger\": no such property" },
        { "rdkafka = ( (\"linger.ms\", \"x\") );",
          "@:1: rdkafka: librdkafka refuses \"linger.ms\": invalid value" },
        { "batch_size = 5;\nbatch_size = 6;\n", "@:2: duplicate setting name" },
        { "batch_size = ;", "@:1: syntax error" },
        { "batch_size", "@:1: syntax error" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_wrong(CONFIG_WORKER, table[i].file, NULL, "configuration", table[i].message);
    }
}

static void
test_mistakes_on_the_command_line_name_the_argument(void **state)
{
    static const struct {
        ConfigProgram program;
        const char *argument;
        const char *message;
    } table[] = {
        { CONFIG_WORKER, "--batch-size=501", "--batch-size: 501 is not in 1..500 jobs" },
        { CONFIG_WORKER, "--batch_size=x", "--batch_size: \"x\" is not a whole number" },
        { CONFIG_WORKER, "--batch-size=", "--batch-size: \"\" is not a whole number" },
        { CONFIG_WORKER, "--batch-size", "--batch-size: no value" },
        { CONFIG_WORKER, "-j0", "-j: 0 is not in 1..120 processes" },
        { CONFIG_WORKER, "-jx", "-j: \"x\" is not a whole number" },
        { CONFIG_WORKER, "--batchsize=5", "--batchsize: no such option (did you mean --batch-size?)" },
        { CONFIG_WORKER, "--colour=red", "--colour: no such option; --help lists them" },
        { CONFIG_WORKER, "-x", "-x: no such option; --help lists them" },
        { CONFIG_REAPER, "--slots=2", "--slots: an option of paceline-worker, not of paceline-reaper" },
        { CONFIG_REAPER, "-j2", "-j: an option of paceline-worker, not of paceline-reaper" },
        { CONFIG_WORKER, "--http-listen=127.0.0.1:0",
          "--http-listen: an option of paceline-producer, not of paceline-worker" },
        { CONFIG_PRODUCER, "--service-key=0123456789abcdef",
          "--service-key: a secret is read from the environment alone: others see the command line" },
        { CONFIG_WORKER, "--rdkafka=x", "--rdkafka: \"x\" is not name=value" },
        { CONFIG_WORKER, "--rdkafka=linger=5", "--rdkafka: librdkafka refuses \"linger\": no such property" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_wrong(table[i].program, "", table[i].argument, "usage", table[i].message);
    }
}

static void
test_mistakes_in_the_environment_name_the_variable(void **state)
{
    static const struct {
        const char *variable;
        const char *value;
        const char *message;
    } table[] = {
        { "PACELINE_HTTP_PROCESSES", "many", "PACELINE_HTTP_PROCESSES: \"many\" is not a whole number" },
        { "PACELINE_LOG_LEVEL", "INFO", "PACELINE_LOG_LEVEL: \"INFO\" is not one of error|warn|info|debug" },
        { "PACELINE_SECRET_KEY", "!", "PACELINE_SECRET_KEY: not base64" },
        { "PACELINE_SECRET_KEY", "aHVudGVyMg==", "PACELINE_SECRET_KEY: 7 bytes, not 32 to 32" },
        { "PACELINE_JWT_SECRET", "hunter2", "PACELINE_JWT_SECRET: 7 bytes, not 32 to 4096" },
        { "PACELINE_STRAVA_URL", "strava.com/api",
          "PACELINE_STRAVA_URL: \"strava.com/api\" is not a URL to begin with (https://host or "
          "https://host:port/path)" },
        { "PACELINE_STRAVA_URL", "https://strava.com/",
          "PACELINE_STRAVA_URL: \"https://strava.com/\" is not a URL to begin with (https://host or "
          "https://host:port/path)" },
        { "PACELINE_STRAVA_URL", "https://me@strava.com",
          "PACELINE_STRAVA_URL: \"https://me@strava.com\" is not a URL to begin with (https://host or "
          "https://host:port/path)" },
        { "PACELINE_PUBLIC_URL", "https://a?b=c",
          "PACELINE_PUBLIC_URL: \"https://a?b=c\" is not a URL to begin with (https://host or "
          "https://host:port/path)" },
        { "PACELINE_STRAVA_CLIENT_SECRET", "short", "PACELINE_STRAVA_CLIENT_SECRET: 5 bytes, not 8 to 4096" },
        { "PACELINE_RDKAFKA", "a=b", "PACELINE_RDKAFKA: librdkafka refuses \"a\": no such property" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(setenv(table[i].variable, table[i].value, 1), 0);
        assert_wrong(CONFIG_PRODUCER, "", NULL, "configuration", table[i].message);
        assert_int_equal(unsetenv(table[i].variable), 0);
    }
    assert_int_equal(setenv("PACELINE_SLOTS", "x", 1), 0); /* another program's: none of ours */
    assert_int_equal(setenv("PACELINE_PRODUCER_PORT", "tcp://10.0.0.1:80", 1), 0);
    _cleanup_(config_done) Config config = { .origins = NULL };
    Err err = ERR_NONE;
    write_file("");
    assert_true(LOAD(&config, CONFIG_PRODUCER, &err, NULL));
}

static void
test_a_named_file_must_be_there(void **state)
{
    Config config = { .origins = NULL };
    Err err = ERR_NONE;

    (void)state;
    write_file("");
    assert_false(LOAD(&config, CONFIG_WORKER, &err, "--config=/nonexistent/x.conf", NULL));
    assert_string_equal(err.message, "/nonexistent/x.conf: No such file or directory");
    assert_false(LOAD(&config, CONFIG_WORKER, &err, "--config=/", NULL));
    assert_string_equal(err.message, "/: Is a directory");
    char program[] = "paceline-worker";
    char *argv[] = { program, NULL };
    int argi = 0;
    assert_int_equal(setenv("PACELINE_CONFIG", "/nonexistent/y.conf", 1), 0);
    assert_false(config_load(&config, CONFIG_WORKER, 1, argv, &argi, &err));
    assert_string_equal(err.message, "/nonexistent/y.conf: No such file or directory");
}

static void
test_a_file_with_a_nul_byte_is_refused(void **state)
{
    Config config = { .origins = NULL };
    Err err = ERR_NONE;
    FILE *file = fopen(file_path, "w");

    (void)state;
    assert_non_null(file);
    assert_int_equal(fwrite("slots = 2;\0slots", 1, 16, file), 16);
    assert_int_equal(fclose(file), 0);
    assert_false(LOAD(&config, CONFIG_WORKER, &err, NULL));
    assert_non_null(strstr(err.message, ": holds a NUL byte"));
}

static void
test_secrets_come_from_the_environment_and_are_wiped_there(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    write_file("");
    assert_int_equal(setenv("PACELINE_SERVICE_KEY", "0123456789abcdef", 1), 0);
    assert_int_equal(setenv("PACELINE_SECRET_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1), 0);
    _cleanup_(config_done) Config config = { .origins = NULL };
    assert_true(LOAD(&config, CONFIG_PRODUCER, &err, NULL));
    assert_true(secret_equals(config.service_key, "0123456789abcdef", 16));
    assert_int_equal(secret_length(config.secret_key), 32);
    assert_int_equal(secret_bytes(config.secret_key)[31], 0x1f);
    assert_null(config.webhook_secret);
    config_forget_environment();
    assert_null(getenv("PACELINE_SERVICE_KEY"));
    assert_null(getenv("PACELINE_SECRET_KEY"));
    _cleanup_(str_done) Str ignored = STR_EMPTY;
    assert_true(config_reload(&config, &ignored, &err)); /* keeps what it has */
    assert_true(secret_equals(config.service_key, "0123456789abcdef", 16));
    assert_string_equal(str_text(&ignored), "");
}

static void
test_subcommand_and_its_arguments_stay_in_order(void **state)
{
    char *argv[] = { (char *)"p",     (char *)"--log-level",  (char *)"warn",
                     (char *)"adopt", (char *)"public.t",     (char *)"--kind",
                     (char *)"pages", (char *)"--slot=other", (char *)"--slots",
                     (char *)"9",     (char *)"--key",        (char *)"id",
                     (char *)"--",    (char *)"--slot=x",     NULL };
    static const char *const expected[] = { "p",        "--log-level", "warn",  "--slot=other", "adopt",
                                            "public.t", "--kind",      "pages", "--slots",      "9",
                                            "--key",    "id",          "--",    "--slot=x" };
    _cleanup_(config_done) Config config = { .origins = NULL };
    Err err = ERR_NONE;
    int argi = 0;

    (void)state;
    assert_int_equal(setenv("PACELINE_CONFIG", file_path, 1), 0);
    write_file("");
    assert_true(config_load(&config, CONFIG_REAPER, 14, argv, &argi, &err));
    assert_int_equal(argi, 4);
    for (size_t i = 0; i < 14; i++) {
        assert_string_equal(argv[i], expected[i]);
    }
    assert_int_equal(config.log_level, 1);
    assert_string_equal(config.slot, "other");
}

static void
test_no_subcommand(void **state)
{
    char *argv[] = { (char *)"p", (char *)"-j", (char *)"3", NULL };
    char *dashes[] = { (char *)"p", (char *)"--", (char *)"-x", NULL };
    _cleanup_(config_done) Config config = { .origins = NULL };
    _cleanup_(config_done) Config other = { .origins = NULL };
    Err err = ERR_NONE;
    int argi = 0;

    (void)state;
    assert_int_equal(setenv("PACELINE_CONFIG", file_path, 1), 0);
    write_file("");
    assert_true(config_load(&config, CONFIG_WORKER, 3, argv, &argi, &err));
    assert_int_equal(argi, 3);
    assert_int_equal(config.slots, 3);
    assert_true(config_load(&other, CONFIG_WORKER, 3, dashes, &argi, &err));
    assert_int_equal(argi, 2);
}

static void
test_reload_applies_what_is_reloadable(void **state)
{
    _cleanup_(config_done) Config config = { .origins = NULL };
    _cleanup_(str_done) Str ignored = STR_EMPTY;
    Err err = ERR_NONE;

    (void)state;
    write_file("batch_size = 10; slots = 2; consumer_group = \"a\"; http_processes = 2;");
    assert_true(LOAD(&config, CONFIG_WORKER, &err, "--log-level=warn", NULL));
    const char *group = config.consumer_group;
    write_file(
        "batch_size = 20; slots = 3; consumer_group = \"b\"; http_processes = 3; log_level = \"debug\";");
    assert_true(config_reload(&config, &ignored, &err));
    assert_int_equal(config.batch_size, 20);
    assert_int_equal(config.log_level, LOG_LEVEL_WARN); /* the command line still wins */
    assert_int_equal(config.slots, 2);
    assert_ptr_equal(config.consumer_group, group);
    assert_string_equal(str_text(&ignored), "consumer_group slots");
    write_file("batch_size = 30; slots = x;");
    assert_false(config_reload(&config, &ignored, &err));
    assert_int_equal(config.batch_size, 20);
}

/* printed returns what print writes. */
static char *
printed(const Config *config, ConfigProgram program)
{
    static const ConfigSubcommand subcommands[] = { { "run-one KIND KEY", "run one job here" },
                                                    { NULL, NULL } };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    if (config != NULL) {
        config_print(config, out);
    } else {
        config_print_help(program, subcommands, out);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static void
test_check_config_hides_secrets_and_can_be_read_again(void **state)
{
    _cleanup_(config_done) Config config = { .origins = NULL };
    _cleanup_(config_done) Config again = { .origins = NULL };
    Err err = ERR_NONE;

    (void)state;
    write_file("database = \"postgresql://u:hunter2@db/x\";\nkinds = (\"a\\\"b\");\n"
               "rdkafka = ( (\"sasl.password\", \"hunter2\"), (\"linger.ms\", \"5\") );\n");
    assert_int_equal(setenv("PACELINE_SECRET_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1), 0);
    assert_int_equal(setenv("PACELINE_BATCHSIZE", "7", 1), 0);
    assert_true(LOAD(&config, CONFIG_WORKER, &err, "-j", "3", NULL));
    _cleanup_(free_pointer) char *text = printed(&config, CONFIG_WORKER);
    assert_null(strstr(text, "hunter2"));
    assert_null(strstr(text, "AAEC"));
    assert_non_null(strstr(text, "database = \"user=u password=*** dbname=x host=db\"; # /tmp/"));
    assert_non_null(strstr(text, "slots = 3; # command line\n"));
    assert_non_null(strstr(text, "batch_size = 500; # built-in\n"));
    assert_non_null(strstr(text, "kinds = [\"a\\\"b\"]; # /tmp/"));
    assert_non_null(strstr(text, "# PACELINE_SECRET_KEY: set\n"));
    assert_non_null(strstr(text, "(\"sasl.password\", \"***\"), (\"linger.ms\", \"5\") ); # /tmp/"));
    assert_non_null(
        strstr(text, "# PACELINE_BATCHSIZE is not an option (did you mean PACELINE_BATCH_SIZE?)\n"));
    assert_null(strstr(text, "reclaim_interval_ms"));
    write_file(text);
    assert_true(LOAD(&again, CONFIG_WORKER, &err, NULL));
    assert_int_equal(again.slots, 3);
    assert_string_equal(again.kinds.items[0], "a\"b");
}

static void
test_help_lists_the_programs_options(void **state)
{
    _cleanup_(free_pointer) char *text = printed(NULL, CONFIG_WORKER);

    (void)state;
    assert_non_null(strstr(text, "usage: paceline-worker [option...]"));
    assert_non_null(strstr(text, "  run-one KIND KEY            run one job here\n"));
    assert_non_null(
        strstr(text, "  --batch-size jobs           Most jobs claimed in one round trip. Default: 500\n"));
    assert_non_null(strstr(text, "127.0.0.1:9102"));
    assert_null(strstr(text, "--http-listen"));
    assert_null(strstr(text, "\nHTTP:"));
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        assert_true(length <= 100);
        assert_true(length == 0 || line[length - 1] != ' ');
        line += length + (line[length] == '\n' ? 1 : 0);
    }
}

static void
test_help_and_version_need_no_valid_file(void **state)
{
    _cleanup_(config_done) Config config = { .origins = NULL };
    _cleanup_(config_done) Config other = { .origins = NULL };
    Err err = ERR_NONE;

    (void)state;
    write_file("nonsense");
    assert_true(LOAD(&config, CONFIG_WORKER, &err, "--help", NULL));
    assert_true(config.wants_help);
    assert_true(LOAD(&other, CONFIG_WORKER, &err, "--version", NULL));
    assert_true(other.wants_version);
}

static void
test_open_answers_with_an_exit_code(void **state)
{
    static const ConfigSubcommand none[] = { { NULL, NULL } };
    char *bad_argument[] = { (char *)"p", (char *)"--slots=x", NULL };
    char *bad_file[] = { (char *)"p", (char *)"--config=/nonexistent", NULL };
    char *run[] = { (char *)"p", (char *)"run", NULL };
    Config config = { .origins = NULL };
    int argi = 0;

    (void)state;
    assert_int_equal(setenv("PACELINE_CONFIG", file_path, 1), 0);
    write_file("");
    assert_int_equal(config_open(&config, CONFIG_WORKER, none, 2, bad_argument, &argi), EXIT_CODE_USAGE);
    assert_int_equal(config_open(&config, CONFIG_WORKER, none, 2, bad_file, &argi), EXIT_CODE_CONFIG);
    assert_int_equal(config_open(&config, CONFIG_WORKER, none, 2, run, &argi), -1);
    assert_int_equal(argi, 1);
    config_done(&config);
}

static void
test_booleans(void **state)
{
    /* no option is one today: http_processes' field serves as the place */
    ConfigOption option = { .name = "x",
                            .type = CONFIG_TYPE_OF_BOOL,
                            .offset = offsetof(Config, wants_help) };
    Config config = { .origins = NULL };
    _cleanup_(str_done) Str text = STR_EMPTY;
    Err err = ERR_NONE;

    (void)state;
    assert_true(config_value_set(&config, &option, "true", &err) && config.wants_help);
    config_value_append(&config, &option, true, &text);
    assert_string_equal(str_text(&text), "true");
    assert_true(config_value_set(&config, &option, "false", &err) && !config.wants_help);
    assert_false(config_value_set(&config, &option, "1", &err));
    assert_string_equal(err.message, "\"1\" is neither true nor false");
}

static int
set_up(void **state)
{
    char variables[64][64];
    size_t count = 0;

    (void)state;
    for (char **entry = environ; *entry != NULL && count < 64; entry++) {
        size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, "PACELINE_", 9) == 0 && length < sizeof variables[0]) {
            memcpy(variables[count], *entry, length);
            variables[count++][length] = '\0';
        }
    }
    while (count > 0) {
        (void)unsetenv(variables[--count]);
    }
    memcpy(file_path, "/tmp/paceline-config-XXXXXX", sizeof "/tmp/paceline-config-XXXXXX");
    int fd = mkstemp(file_path);
    return fd < 0 ? -1 : close(fd);
}

static int
tear_down(void **state)
{
    (void)state;
    return unlink(file_path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults_are_valid_for_every_program),
        TEST(test_every_option_is_documented),
        TEST(test_a_later_place_wins),
        TEST(test_a_programs_group_wins_wherever_it_stands),
        TEST(test_every_type_is_read),
        TEST(test_mistakes_in_the_file_name_file_and_line),
        TEST(test_mistakes_on_the_command_line_name_the_argument),
        TEST(test_mistakes_in_the_environment_name_the_variable),
        TEST(test_a_named_file_must_be_there),
        TEST(test_a_file_with_a_nul_byte_is_refused),
        TEST(test_secrets_come_from_the_environment_and_are_wiped_there),
        TEST(test_subcommand_and_its_arguments_stay_in_order),
        TEST(test_no_subcommand),
        TEST(test_reload_applies_what_is_reloadable),
        TEST(test_check_config_hides_secrets_and_can_be_read_again),
        TEST(test_help_lists_the_programs_options),
        TEST(test_help_and_version_need_no_valid_file),
        TEST(test_open_answers_with_an_exit_code),
        TEST(test_booleans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
