/* consume.h - the slot as a member of the consumer group: from Kafka's topics into the inbox.
 *
 * Offsets are stored by us (inbox.h) and committed by librdkafka every 5 s. Partitions are paused while a
 * long job runs and while a kind is paused; rebalances are served by every poll. Unreadable messages go to
 * paceline.dead. One thread.
 */
#ifndef PACELINE_CONSUME_H
#define PACELINE_CONSUME_H

#include <stdbool.h>
#include <stddef.h>

#include "worker/worker.h"

/* consumer_new joins the group with the topics of the worker's kinds; fails on a refused option or want of
 * memory. */
MUST_CHECK Consumer *consumer_new(Worker *worker, Err *err);

/* consumer_subscribe takes over a changed set of kinds, and which of them are paused. */
MUST_CHECK bool consumer_subscribe(Consumer *consumer, Err *err);

/* consumer_poll moves at most max messages into the worker's inbox, waiting up to timeout_ms for the first.
 * Returns how many came. A kind whose jobs take long does not fill the inbox: from its share on, its
 * partitions are paused, so that the messages of other kinds do not wait behind its backlog. */
size_t consumer_poll(Consumer *consumer, size_t max, int timeout_ms);

/* inbox_share is how many entries of a kind that many kinds leave it in the inbox, given how many of its jobs
 * a claim takes: one kind alone has it all. Pure. */
size_t inbox_share(size_t kind_count, size_t claim_limit);

/* consumer_event_fd is readable when there may be something to poll; consumer_event_clear resets it before a
 * poll. */
int consumer_event_fd(const Consumer *consumer);
void consumer_event_clear(Consumer *consumer);

/* consumer_store stores the offsets of what is settled. */
void consumer_store(Consumer *consumer);

/* consumer_hold pauses every partition, also those assigned meanwhile; consumer_release resumes what
 * consumer_hold paused and joins the group again after consumer_leave. */
void consumer_hold(Consumer *consumer);
void consumer_release(Consumer *consumer);

/* consumer_leave leaves the group until consumer_release, so that nobody's jobs wait behind a long one. */
void consumer_leave(Consumer *consumer);

/* consumer_is_ready tells whether the brokers answer and the group has taken this member in; the reason
 * otherwise. */
bool consumer_is_ready(Consumer *consumer, const char **ret_reason);

/* consumer_is_broken: a fatal error of librdkafka's; the process must end and start afresh. */
bool consumer_is_broken(const Consumer *consumer);

/* consumer_close stores, commits, leaves the group and closes within 5 s; what hangs longer is left to the
 * exit. */
void consumer_close(Consumer *consumer);

#endif
