#include "producer/topics.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/contract.h"
#include "common/dead_letter.h"
#include "common/exit_code.h"
#include "common/job.h"
#include "common/kafka.h"
#include "common/str.h"

#define ANSWER_TIMEOUT_MS 10000 /* of the control socket, a line */
#define ADMIN_TIMEOUT_MS 30000
#define ANSWER_SIZE 512

/* names_add appends a topic unless it is there. */
static bool
names_add(const char **names, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(names[i], name) == 0) {
            return false;
        }
    }
    names[(*n)++] = name;
    return true;
}

/* --- the embedded broker --- */

static int
control_connect(const char *path, Err *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (!str_copy(address.sun_path, sizeof(address.sun_path), path)) {
        err_set(err, ERR_INVALID_DATA, "broker_control", "broker_control %s: the path is too long", path);
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        err_set(err, ERR_NETWORK, "broker_control", "broker_control %s: %s", path, strerrordesc_np(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

/* answer_read reads one line without its end. */
static bool
answer_read(int fd, char answer[ANSWER_SIZE], Err *err)
{
    size_t n = 0;

    while (n + 1 < ANSWER_SIZE) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        if (poll(&wait, 1, ANSWER_TIMEOUT_MS) <= 0 || read(fd, answer + n, 1) != 1) {
            break;
        }
        if (answer[n] == '\n') {
            answer[n] = '\0';
            return true;
        }
        n++;
    }
    return err_set(err, ERR_NETWORK, "broker_control", "broker_control: no answer");
}

static bool
topic_ask(int fd, const char *name, int partitions, Err *err)
{
    char command[ANSWER_SIZE];
    char answer[ANSWER_SIZE];
    char exists[ANSWER_SIZE];
    int n = snprintf(command, sizeof(command), "create %s %d\n", name, partitions);

    if (n < 0 || (size_t)n >= sizeof(command) || send(fd, command, (size_t)n, MSG_NOSIGNAL) != n) {
        return err_set(err, ERR_NETWORK, "broker_control", "topic %s: the control socket takes no command",
                       name);
    }
    if (!answer_read(fd, answer, err)) {
        return false;
    }
    /* A topic that has other partitions is kept, as a real Kafka keeps it. */
    (void)snprintf(exists, sizeof(exists), "error topic %s has ", name);
    if (strcmp(answer, "ok") == 0 || strncmp(answer, exists, strlen(exists)) == 0) {
        printf("%s\n", name);
        return true;
    }
    return err_set(err, ERR_NETWORK, "broker_control", "topic %s: %s", name, answer);
}

static bool
embedded_create(const Config *config, const char *const *names, size_t n, Err *err)
{
    _cleanup_(close_fd) int fd = control_connect(config->broker_control, err);

    if (fd < 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!topic_ask(fd, names[i], config->partitions, err)) {
            return false;
        }
    }
    return true;
}

/* --- a real Kafka --- */

typedef struct Admin {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    rd_kafka_AdminOptions_t *options;
    rd_kafka_NewTopic_t **topics; /* [n] */
    size_t n;
} Admin;

static void
admin_done(Admin *admin)
{
    if (admin->topics != NULL) {
        rd_kafka_NewTopic_destroy_array(admin->topics, admin->n);
        free(admin->topics);
    }
    if (admin->options != NULL) {
        rd_kafka_AdminOptions_destroy(admin->options);
    }
    if (admin->queue != NULL) {
        rd_kafka_queue_destroy(admin->queue);
    }
    if (admin->client != NULL) {
        rd_kafka_destroy(admin->client);
    }
}

static bool
admin_open(Admin *admin, const Config *config, Err *err)
{
    char reason[256];

    admin->client = kafka_producer_new(config, "paceline-producer topics", NULL, NULL, NULL, err);
    if (admin->client == NULL) {
        return false;
    }
    admin->queue = rd_kafka_queue_new(admin->client);
    admin->options = rd_kafka_AdminOptions_new(admin->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    if (rd_kafka_AdminOptions_set_request_timeout(admin->options, ADMIN_TIMEOUT_MS, reason, sizeof(reason)) !=
            RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_AdminOptions_set_operation_timeout(admin->options, ADMIN_TIMEOUT_MS / 2, reason,
                                                    sizeof(reason)) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return err_set(err, ERR_UNKNOWN, "admin", "kafka: %s", reason);
    }
    return true;
}

static bool
admin_add(Admin *admin, const Config *config, const char *name, Err *err)
{
    char reason[256];
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(name, config->partitions, config->replication_factor, reason, sizeof(reason));

    if (topic == NULL) {
        return err_set(err, ERR_INVALID_DATA, "topic", "topic %s: %s", name, reason);
    }
    admin->topics[admin->n++] = topic;
    /* Readers skip tombstones, and a name must be readable for as long as a replay may ask for it. */
    rd_kafka_resp_err_t code = rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "delete");
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || kafka_err(err, code, name);
}

/* answers_read prints what became of each topic. */
static bool
answers_read(const rd_kafka_CreateTopics_result_t *result, Err *err)
{
    size_t n = 0;
    const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(result, &n);
    bool is_good = true;

    for (size_t i = 0; i < n; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(topics[i]);
        const char *name = rd_kafka_topic_result_name(topics[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            printf("%s\n", name);
        } else if (is_good) {
            const char *why = rd_kafka_topic_result_error_string(topics[i]);
            is_good = err_set(err, ERR_NETWORK, rd_kafka_err2name(code), "topic %s: %s", name,
                              why != NULL ? why : rd_kafka_err2str(code));
        }
    }
    return is_good;
}

static bool
kafka_create(const Config *config, const char *const *names, size_t n, Err *err)
{
    _cleanup_(admin_done) Admin admin = { .client = NULL };

    admin.topics = calloc(n, sizeof(rd_kafka_NewTopic_t *));
    if (admin.topics == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "topics: no memory");
    }
    if (!admin_open(&admin, config, err)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!admin_add(&admin, config, names[i], err)) {
            return false;
        }
    }
    rd_kafka_CreateTopics(admin.client, admin.topics, admin.n, admin.options, admin.queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(admin.queue, ADMIN_TIMEOUT_MS + 5000);
    if (event == NULL) {
        return err_set(err, ERR_NETWORK, "admin", "kafka: no answer to CreateTopics");
    }
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    bool is_good = code == RD_KAFKA_RESP_ERR_NO_ERROR
                       ? answers_read(rd_kafka_event_CreateTopics_result(event), err)
                       : kafka_err(err, code, "CreateTopics");
    rd_kafka_event_destroy(event);
    return is_good;
}

/* --- the command --- */

static bool
kinds_load(const Config *config, JobKinds *ret_kinds, Err *err)
{
    _cleanup_(db_free_pointer) Db *db = db_new(config->database, "paceline-producer topics");

    if (db == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "topics: no memory");
    }
    return contract_connect(db, err) && job_kinds_load(db, ret_kinds, err);
}

int
topics_command(const Config *config)
{
    _cleanup_(job_kinds_done) JobKinds kinds = { .items = NULL };
    _cleanup_(free_pointer) const char **names = NULL;
    size_t n = 0;
    Err err = ERR_NONE;

    if (!kinds_load(config, &kinds, &err)) {
        (void)fprintf(stderr, "paceline-producer topics: %s\n", err.message);
        return EXIT_CODE_DATABASE;
    }
    names = calloc(kinds.n + 1, sizeof(*names));
    if (names == NULL) {
        return EXIT_CODE_MEMORY;
    }
    for (size_t i = 0; i < kinds.n; i++) {
        (void)names_add(names, &n, kinds.items[i].topic);
    }
    (void)names_add(names, &n, DEAD_LETTER_TOPIC);
    bool is_good = config->broker_control[0] != '\0' ? embedded_create(config, names, n, &err)
                                                     : kafka_create(config, names, n, &err);
    if (!is_good) {
        (void)fprintf(stderr, "paceline-producer topics: %s\n", err.message);
        return EXIT_CODE_KAFKA;
    }
    return EXIT_CODE_OK;
}
