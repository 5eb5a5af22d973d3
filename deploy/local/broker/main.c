/* paceline-broker - the embedded broker of demos and tests: librdkafka's mock cluster as a program.
 *
 * It is not Kafka: messages live in memory until it ends, there is no admin API, no transaction
 * isolation, no failover. It prints its bootstrap servers and runs until SIGTERM or SIGINT.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/exit_code.h"
#include "common/str.h"
#include "deploy/local/broker/client.h"
#include "deploy/local/broker/cluster.h"
#include "deploy/local/broker/control.h"
#include "deploy/local/broker/ports.h"

enum { PARTITIONS_DEFAULT = 16 };

typedef struct Options {
    uint16_t ports[PORTS_MAX];
    size_t port_count;
    int64_t broker_count;
    const char *port_file;
    const char *control;
    char **topics; /* NAME:PARTITIONS, from argv */
    size_t topic_count;
    bool with_parent;
} Options;

static const char usage[] =
    "usage: paceline-broker [--port PORT[,PORT...]] [--brokers N] [--topic NAME[:PARTITIONS]]...\n"
    "                       [--port-file FILE] [--control SOCKET] [--with-parent]\n"
    "       paceline-broker say SOCKET COMMAND...\n"
    "       paceline-broker --help | --version\n"
    "\n"
    "  --port PORT,...     ports on 127.0.0.1, one for each broker; 0 = any free one (default)\n"
    "  --brokers N         number of brokers, 1 to 16 (default: as many as ports)\n"
    "  --topic NAME:N      create a topic with N partitions (default 16); may be repeated\n"
    "  --port-file FILE    write the bootstrap servers to FILE once they answer\n"
    "  --control SOCKET    obey commands on a Unix socket: create TOPIC PARTITIONS, down ID, up ID,\n"
    "                      rtt ID MS, error APIKEY CODE COUNT, ping\n"
    "  --with-parent       end when the process that started the broker ends\n"
    "\n"
    "An embedded broker for demos and tests: it keeps messages in memory only.\n";

static bool
parse_ports(Options *options, char *text, Err *err)
{
    char *save = NULL;
    char *word = NULL;

    options->port_count = 0;
    for (word = strtok_r(text, ",", &save); word != NULL; word = strtok_r(NULL, ",", &save)) {
        int64_t port = 0;

        if (options->port_count == PORTS_MAX) {
            return err_set(err, ERR_INVALID_DATA, "port", "--port: more than %d ports", PORTS_MAX);
        }
        if (!str_to_int64(word, &port) || port < 0 || port > UINT16_MAX) {
            return err_set(err, ERR_INVALID_DATA, "port", "--port: not a port: %s", word);
        }
        options->ports[options->port_count++] = (uint16_t)port;
    }
    if (options->port_count == 0) {
        return err_set(err, ERR_INVALID_DATA, "port", "--port: no port given");
    }
    return true;
}

static bool
parse_option(Options *options, int option, Err *err)
{
    switch (option) {
    case 'p':
        return parse_ports(options, optarg, err);
    case 'n':
        if (!str_to_int64(optarg, &options->broker_count) || options->broker_count < 1 ||
            options->broker_count > PORTS_MAX) {
            return err_set(err, ERR_INVALID_DATA, "brokers", "--brokers: not in 1 to %d: %s", PORTS_MAX,
                           optarg);
        }
        return true;
    case 't':
        options->topics[options->topic_count++] = optarg;
        return true;
    case 'f':
        options->port_file = optarg;
        return true;
    case 'c':
        options->control = optarg;
        return true;
    case 'P':
        options->with_parent = true;
        return true;
    default:
        return err_set(err, ERR_INVALID_DATA, "usage", "try --help");
    }
}

/* parse_options reads the command line. Missing ports are 0, missing --brokers is their number. */
static bool
parse_options(Options *options, int argc, char **argv, Err *err)
{
    static const struct option known[] = {
        { "port", required_argument, NULL, 'p' },
        { "brokers", required_argument, NULL, 'n' },
        { "topic", required_argument, NULL, 't' },
        { "port-file", required_argument, NULL, 'f' },
        { "control", required_argument, NULL, 'c' },
        { "with-parent", no_argument, NULL, 'P' },
        { NULL, 0, NULL, 0 },
    };
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): read before any thread */
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (!parse_option(options, option, err)) {
            return false;
        }
    }
    if (optind < argc) {
        return err_set(err, ERR_INVALID_DATA, "usage", "not an option: %s", argv[optind]);
    }
    if (options->broker_count == 0) {
        options->broker_count = options->port_count > 0 ? (int64_t)options->port_count : 1;
    }
    if ((int64_t)options->port_count > options->broker_count) {
        return err_set(err, ERR_INVALID_DATA, "port", "--port: %zu ports for %d brokers", options->port_count,
                       (int)options->broker_count);
    }
    return true;
}

/* die_with_parent asks for SIGTERM when the parent ends; false if it has ended already. */
static bool
die_with_parent(void)
{
    const pid_t parent = getppid();

    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

static bool
create_topics(Cluster *cluster, const Options *options, Err *err)
{
    size_t i = 0;

    for (i = 0; i < options->topic_count; i++) {
        char *colon = strrchr(options->topics[i], ':');
        int64_t partitions = PARTITIONS_DEFAULT;

        if (colon != NULL) {
            *colon = '\0';
            if (!str_to_int64(colon + 1, &partitions)) {
                return err_set(err, ERR_INVALID_DATA, "topic", "--topic %s: not a number of partitions: %s",
                               options->topics[i], colon + 1);
            }
        }
        if (!cluster_create_topic(cluster, options->topics[i], partitions, err)) {
            return false;
        }
    }
    return true;
}

/* write_port_file appears whole or not at all: readers wait for the name. */
static bool
write_port_file(const char *path, const char *bootstraps, Err *err)
{
    _cleanup_(str_done) Str temporary = STR_EMPTY;
    FILE *file = NULL;
    bool is_written = false;

    str_append_format(&temporary, "%s.new", path);
    if (!str_ok(&temporary)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "broker: out of memory");
    }
    file = fopen(str_text(&temporary), "we");
    if (file != NULL) {
        is_written = fprintf(file, "%s\n", bootstraps) > 0;
        is_written = fclose(file) == 0 && is_written;
    }
    if (!is_written || rename(str_text(&temporary), path) != 0) {
        return err_set(err, ERR_UNKNOWN, "port_file", "broker: %s: %s", path, strerrordesc_np(errno));
    }
    return true;
}

static bool
announce(const Cluster *cluster, const Options *options, Err *err)
{
    const char *bootstraps = cluster_bootstraps(cluster);

    if (options->port_file != NULL && !write_port_file(options->port_file, bootstraps, err)) {
        return false;
    }
    if (printf("%s\n", bootstraps) < 0 || fflush(stdout) != 0) {
        return err_set(err, ERR_UNKNOWN, "stdout", "broker: standard output: %s", strerrordesc_np(errno));
    }
    return true;
}

static void
serve(Control *control, int signals)
{
    struct pollfd fds[CONTROL_POLL_MAX + 1];

    for (;;) {
        size_t count = control != NULL ? control_poll_fill(control, fds) : 0;

        fds[count] = (struct pollfd){ .fd = signals, .events = POLLIN };
        if (poll(fds, count + 1, -1) < 0) {
            continue; /* EINTR after a stop and continue */
        }
        if (fds[count].revents != 0) {
            return;
        }
        if (control != NULL) {
            control_poll_serve(control, fds, count);
        }
    }
}

static bool
run(const Options *options, int signals, Err *err)
{
    Cluster *cluster = NULL;
    Control *control = NULL;
    bool is_done = false;

    cluster = cluster_new(options->ports, (size_t)options->broker_count, err);
    if (cluster == NULL || !create_topics(cluster, options, err)) {
        goto out;
    }
    if (options->control != NULL) {
        control = control_new(options->control, cluster, err);
        if (control == NULL) {
            goto out;
        }
    }
    if (!announce(cluster, options, err)) {
        goto out;
    }
    serve(control, signals);
    is_done = true;
out:
    control_free(control); /* before the cluster it commands */
    cluster_free(cluster);
    return is_done;
}

static int
say(int argc, char **argv)
{
    Err err = ERR_NONE;

    if (!client_say(argv[2], argv + 3, (size_t)argc - 3, &err)) {
        (void)fprintf(stderr, "paceline-broker: %s\n", err.message);
        return EXIT_CODE_FAILED;
    }
    return EXIT_CODE_OK;
}

int
main(int argc, char **argv)
{
    _cleanup_(free_pointer) char **topics = calloc((size_t)argc, sizeof *topics);
    Options options = { .topics = topics };
    Err err = ERR_NONE;
    sigset_t ending;
    int signals = -1;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return fputs(usage, stdout) < 0 ? EXIT_CODE_SYSTEM : EXIT_CODE_OK;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        return puts("paceline-broker " PACELINE_VERSION) < 0 ? EXIT_CODE_SYSTEM : EXIT_CODE_OK;
    }
    if (argc >= 4 && strcmp(argv[1], "say") == 0) {
        return say(argc, argv);
    }
    if (topics == NULL || !parse_options(&options, argc, argv, &err)) {
        (void)fprintf(stderr, "paceline-broker: %s\n", err.message);
        return EXIT_CODE_USAGE;
    }
    if (options.with_parent && !die_with_parent()) {
        return EXIT_CODE_SYSTEM;
    }
    /* Blocked before librdkafka starts its threads, which inherit the mask. */
    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ending, NULL);
    signals = signalfd(-1, &ending, SFD_CLOEXEC);
    if (signals < 0 || !run(&options, signals, &err)) {
        (void)fprintf(stderr, "paceline-broker: %s\n", signals < 0 ? "no signalfd" : err.message);
        return EXIT_CODE_SYSTEM;
    }
    return EXIT_CODE_OK;
}
