/* Any text is a token that is refused: nobody guesses a signature. Keys of a JWKS are read, or are not. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "producer/http/auth.h"
#include "producer/http/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Auth *auth;
    static Config config;
    static const char secret[] = "secret-of-the-fuzzer-of-32-bytes-or-more";
    _cleanup_(free_pointer) char *text = malloc(size + 1);
    Jwks jwks = { .keys = NULL };
    Identity identity;
    Err err = ERR_NONE;

    if (auth == NULL) {
        config = (Config){ .jwks = "", .jwt_secret = secret_new(secret, sizeof(secret) - 1) };
        auth = auth_new(&config, &err);
    }
    if (text == NULL || auth == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    if (auth_bearer(auth, text, 1800000000, &identity, &err) || err.class == ERR_CLASS_NONE) {
        abort();
    }
    if (jwks_parse(text, size, &jwks, &err)) {
        (void)jwks_find(&jwks, NULL, JWT_ALG_RS256);
        jwks_done(&jwks);
    }
    return 0;
}
