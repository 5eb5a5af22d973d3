/* dead_letter.h - what a message in paceline.dead is called: the topic, and the headers that say where it
 * came from and why.
 *
 * Key, value, headers and timestamp are the message's own; the worker adds these.
 */
#ifndef PACELINE_COMMON_DEAD_LETTER_H
#define PACELINE_COMMON_DEAD_LETTER_H

#define DEAD_LETTER_TOPIC "paceline.dead"

#define DEAD_LETTER_REASON "paceline-reason"
#define DEAD_LETTER_FROM_TOPIC "paceline-topic"
#define DEAD_LETTER_FROM_PARTITION "paceline-partition"
#define DEAD_LETTER_FROM_OFFSET "paceline-offset"
#define DEAD_LETTER_CUT_FROM                                                                                 \
    "paceline-cut-from-bytes" /* key and value are not whole: how long the value was */

#endif
