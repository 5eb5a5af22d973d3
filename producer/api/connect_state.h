/* connect_state.h - who began to connect an account, carried through the provider's pages and back: signed,
 * and good for ten minutes.
 *
 *     <user id>.<Unix time of its end>.<HMAC-SHA-512-256 of both, 64 hexadecimal digits>
 *
 * The key is derived from PACELINE_SECRET_KEY, so that no ciphertext can stand for a signature. Pure.
 */
#ifndef PACELINE_CONNECT_STATE_H
#define PACELINE_CONNECT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/secret.h"

enum { CONNECT_STATE_SIZE = 128, CONNECT_STATE_LIFE_S = 600 };

/* connect_state_make writes a state for a user (a uuid). */
void connect_state_make(const Secret *key, const char *user_id, int64_t now_s,
                        char ret_state[CONNECT_STATE_SIZE]);

/* connect_state_read finds the user of a state; false if key did not sign it, or its time is over. */
bool connect_state_read(const Secret *key, const char *state, int64_t now_s, char ret_user_id[37]);

#endif
