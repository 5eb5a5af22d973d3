#include "common/failpoint.h"

#ifdef FAILPOINTS

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define POINTS_MAX 32
#define WAIT_LIMIT_MS 120000 /* a test that forgets to release a wait must not hang for ever */
#define EXIT_FAILPOINT 86

typedef struct Point {
    char name[64];
    char action[200];
    long only_pass; /* 0 = every pass */
    long passes;
} Point;

/* What PACELINE_FAILPOINTS said when it was last read; read again when the text has changed. */
static char armed_text[4096];
static Point points[POINTS_MAX];
static int point_count;

static void
refuse(const char *entry)
{
    (void)fprintf(stderr, "PACELINE_FAILPOINTS: cannot read \"%s\"\n", entry);
    abort();
}

static void
arm(char *entry)
{
    char *action = strchr(entry, '=');
    Point *point = &points[point_count];

    if (action == NULL || point_count == POINTS_MAX) {
        refuse(entry);
        return;
    }
    *action++ = '\0';
    *point = (Point){ .only_pass = 0 };
    char *pass = strrchr(action, '@');
    if (pass != NULL) {
        char *end = NULL;
        *pass++ = '\0';
        point->only_pass = strtol(pass, &end, 10);
        if (*end != '\0' || point->only_pass < 1) {
            refuse(pass);
        }
    }
    if (strlen(entry) >= sizeof point->name || strlen(action) >= sizeof point->action) {
        refuse(entry);
    }
    memcpy(point->name, entry, strlen(entry) + 1);
    memcpy(point->action, action, strlen(action) + 1);
    point_count++;
}

static void
read_environment(void)
{
    const char *text = getenv("PACELINE_FAILPOINTS");
    char copy[sizeof armed_text];

    text = text == NULL ? "" : text;
    if (strcmp(text, armed_text) == 0) {
        return;
    }
    if (strlen(text) >= sizeof armed_text) {
        refuse(text);
    }
    memcpy(armed_text, text, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    point_count = 0;
    char *rest = copy;
    for (char *entry = strsep(&rest, ";"); entry != NULL; entry = strsep(&rest, ";")) {
        if (*entry != '\0') {
            arm(entry);
        }
    }
}

/* wait_for_file says that it waits, and who, in a file beside the one it waits for. */
static void
wait_for_file(const char *path)
{
    char reached[256];
    if (access(path, F_OK) == 0) {
        return;
    }
    (void)snprintf(reached, sizeof reached, "%s.reached", path);
    FILE *file = fopen(reached, "we");
    if (file == NULL || fprintf(file, "%d\n", (int)getpid()) < 0 || fclose(file) != 0) {
        refuse(reached);
    }
    for (int waited_ms = 0; access(path, F_OK) != 0; waited_ms += 5) {
        if (waited_ms > WAIT_LIMIT_MS) {
            refuse(path);
        }
        (void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    }
}

bool
failpoint_fails(const char *name)
{
    bool fails = false;

    read_environment();
    for (int i = 0; i < point_count; i++) {
        Point *point = &points[i];
        if (strcmp(point->name, name) != 0) {
            continue;
        }
        point->passes++;
        if (point->only_pass != 0 && point->only_pass != point->passes) {
            continue;
        }
        if (strcmp(point->action, "crash") == 0) {
            (void)kill(getpid(), SIGKILL);
        } else if (strcmp(point->action, "hang") == 0) {
            for (;;) {
                (void)pause();
            }
        } else if (strcmp(point->action, "exit") == 0) {
            _exit(EXIT_FAILPOINT);
        } else if (strcmp(point->action, "error") == 0) {
            fails = true;
        } else if (strncmp(point->action, "wait:", 5) == 0) {
            wait_for_file(point->action + 5);
        } else {
            refuse(point->action);
        }
    }
    return fails;
}

void
failpoint(const char *name)
{
    (void)failpoint_fails(name);
}

#endif
