/* private_db.h - a PostgreSQL cluster for one test program (tests/lib/private_db). It goes with the program,
 * however that ends. */
#ifndef PACELINE_TEST_PRIVATE_DB_H
#define PACELINE_TEST_PRIVATE_DB_H

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct PrivateDb {
    pid_t pid;
    int end_fd;         /* the cluster goes when this is closed */
    char conninfo[512]; /* "" if there is none; then `reason` says why */
    char reason[512];
} PrivateDb;

/* private_db_start makes the cluster; about a second. The tests run in the root of the tree. */
static inline void
private_db_start(PrivateDb *db)
{
    int in[2];
    int out[2];
    char line[512] = "";
    *db = (PrivateDb){ .reason = "tests/lib/private_db did not start" };
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        return;
    }
    db->pid = fork();
    if (db->pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        execl("tests/lib/private_db", "private_db", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    db->end_fd = in[1];
    FILE *file = fdopen(out[0], "r");
    if (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "SKIP ", 5) == 0) {
            (void)snprintf(db->reason, sizeof db->reason, "%s", line + 5);
        } else {
            (void)snprintf(db->conninfo, sizeof db->conninfo, "%s", line);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static inline void
private_db_stop(PrivateDb *db)
{
    close(db->end_fd);
    (void)waitpid(db->pid, NULL, 0);
}

#endif
