/* auth_test.c - tokens by secret and by JWKS, the service key, the webhook secret; and everything that is
 * refused. */
#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/str.h"
#include "producer/http/auth.h"
#include "producer/http/jwks.h"

#define SECRET "jwt-secret-of-a-test-of-32-bytes-or-more"
#define SERVICE_KEY "service-key-of-a-test"
#define WEBHOOK_SECRET "webhook-secret-of-a-test"
#define USER "0ada0000-0000-4000-8000-00000000000A"
#define USER_LOWER "0ada0000-0000-4000-8000-00000000000a"
#define NOW_S INT64_C(1800000000)
#define PATH_SIZE 64

/* Keys is what the tests of one run sign with. */
typedef struct Keys {
    Config config;
    char jwks_path[PATH_SIZE];
    char rsa[4096], ec[1024]; /* private, PEM */
    char jwks[8192];
} Keys;

static void
append_number(Str *json, const char *name, const EVP_PKEY *key, const char *param)
{
    BIGNUM *number = NULL;
    unsigned char bytes[1024];
    char text[2048];

    assert_int_equal(EVP_PKEY_get_bn_param(key, param, &number), 1);
    bool is_coordinate = name[0] == 'x' || name[0] == 'y';
    int n = is_coordinate ? BN_bn2binpad(number, bytes, 32) : BN_bn2bin(number, bytes);
    assert_true(n > 0);
    sodium_bin2base64(text, sizeof(text), bytes, (size_t)n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    str_append_format(json, ",\"%s\":\"%s\"", name, text);
    BN_free(number);
}

static void
private_pem(EVP_PKEY *key, char *buffer, int size)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    int n = BIO_read(bio, buffer, size - 1);
    assert_true(n > 0);
    buffer[n] = '\0';
    (void)BIO_free(bio);
}

static void
keys_make(Keys *keys)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    EVP_PKEY *ec = EVP_EC_gen("P-256");
    Str json = STR_EMPTY;

    private_pem(rsa, keys->rsa, sizeof(keys->rsa));
    private_pem(ec, keys->ec, sizeof(keys->ec));
    str_append(&json, "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":\"rsa-1\"");
    append_number(&json, "n", rsa, OSSL_PKEY_PARAM_RSA_N);
    append_number(&json, "e", rsa, OSSL_PKEY_PARAM_RSA_E);
    str_append(&json, "},{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"kid\":\"ec-1\"");
    append_number(&json, "x", ec, OSSL_PKEY_PARAM_EC_PUB_X);
    append_number(&json, "y", ec, OSSL_PKEY_PARAM_EC_PUB_Y);
    str_append(&json,
               "},{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"},{\"kty\":\"RSA\",\"use\":\"enc\"}]}");
    assert_true(str_copy(keys->jwks, sizeof(keys->jwks), str_text(&json)));
    str_done(&json);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

static int
setup(void **state)
{
    Keys *keys = calloc(1, sizeof(*keys));

    assert_non_null(keys);
    assert_true(sodium_init() >= 0);
    keys_make(keys);
    (void)snprintf(keys->jwks_path, sizeof(keys->jwks_path), "/tmp/paceline-jwks.XXXXXX");
    int fd = mkstemp(keys->jwks_path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, keys->jwks, strlen(keys->jwks)), strlen(keys->jwks));
    close(fd);
    keys->config = (Config){ .jwks = keys->jwks_path,
                             .jwt_secret = secret_new(SECRET, strlen(SECRET)),
                             .service_key = secret_new(SERVICE_KEY, strlen(SERVICE_KEY)),
                             .webhook_secret = secret_new(WEBHOOK_SECRET, strlen(WEBHOOK_SECRET)) };
    *state = keys;
    return 0;
}

static int
teardown(void **state)
{
    Keys *keys = *state;

    unlink(keys->jwks_path);
    secret_free(keys->config.jwt_secret);
    secret_free(keys->config.service_key);
    secret_free(keys->config.webhook_secret);
    free(keys);
    return 0;
}

/* bearer signs the claims; the result is freed by the caller. kid NULL: none in the header. */
static char *
bearer(const char *claims, jwt_alg_t alg, const char *key, const char *kid)
{
    jwt_t *jwt = NULL;
    char *header = NULL;

    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
    if (kid != NULL) {
        assert_int_equal(jwt_add_header(jwt, "kid", kid), 0);
    }
    assert_int_equal(jwt_set_alg(jwt, alg, (const unsigned char *)key, key != NULL ? (int)strlen(key) : 0),
                     0);
    char *token = jwt_encode_str(jwt);
    assert_non_null(token);
    assert_true(asprintf(&header, "Bearer %s", token) > 0);
    free(token);
    jwt_free(jwt);
    return header;
}

/* check asks auth; returns the error's code, "" for none. */
static const char *
check(const Config *config, char *header, Identity *ret_identity)
{
    static Err err;
    Auth *auth = auth_new(config, &err);

    assert_non_null(auth);
    err = ERR_NONE;
    bool is_good = auth_bearer(auth, header, NOW_S, ret_identity, &err);
    assert_true(is_good == (err.class == ERR_CLASS_NONE));
    auth_free(auth);
    free(header);
    return err.code;
}

#define CLAIMS(expires) "{\"sub\":\"" USER "\",\"role\":\"authenticated\",\"exp\":" expires "}"
#define GOOD_CLAIMS CLAIMS("1800003600")

static void
refused_with(const Config *config, char *header, const char *code)
{
    Identity identity = { .is_service = true };

    assert_string_equal(check(config, header, &identity), code);
    assert_true(identity.is_service); /* untouched */
}

static void
user_by_secret(void **state)
{
    const Keys *keys = *state;
    Identity identity;

    assert_string_equal(check(&keys->config, bearer(GOOD_CLAIMS, JWT_ALG_HS256, SECRET, NULL), &identity),
                        "");
    assert_string_equal(identity.user_id, USER_LOWER);
    assert_false(identity.is_service);
    assert_non_null(strstr(identity.claims, USER));
    identity_done(&identity);
}

static void
user_by_public_key(void **state)
{
    const Keys *keys = *state;
    const struct {
        jwt_alg_t alg;
        const char *pem, *kid;
    } signers[] = { { JWT_ALG_RS256, keys->rsa, "rsa-1" },
                    { JWT_ALG_RS256, keys->rsa, NULL },
                    { JWT_ALG_ES256, keys->ec, "ec-1" },
                    { JWT_ALG_ES256, keys->ec, NULL } };

    for (size_t i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
        Identity identity;
        char *header = bearer(GOOD_CLAIMS, signers[i].alg, signers[i].pem, signers[i].kid);
        assert_string_equal(check(&keys->config, header, &identity), "");
        assert_string_equal(identity.user_id, USER_LOWER);
        identity_done(&identity);
    }
}

static void
algorithm_is_pinned(void **state)
{
    const Keys *keys = *state;
    Config by_secret = keys->config;
    Config by_key = keys->config;
    Jwks jwks = { .keys = NULL };
    Err err = ERR_NONE;

    by_secret.jwks = "";
    by_key.jwt_secret = NULL;
    assert_true(jwks_parse(keys->jwks, strlen(keys->jwks), &jwks, &err));
    refused_with(&keys->config, bearer(GOOD_CLAIMS, JWT_ALG_NONE, NULL, NULL), "bad_token");
    refused_with(&keys->config, bearer(GOOD_CLAIMS, JWT_ALG_HS512, SECRET, NULL), "bad_token");
    refused_with(&keys->config, bearer(GOOD_CLAIMS, JWT_ALG_RS512, keys->rsa, "rsa-1"), "bad_token");
    refused_with(&by_key, bearer(GOOD_CLAIMS, JWT_ALG_HS256, SECRET, NULL), "bad_token");
    refused_with(&by_secret, bearer(GOOD_CLAIMS, JWT_ALG_RS256, keys->rsa, "rsa-1"), "bad_token");
    /* The public key is no secret, so it must not serve as one. */
    refused_with(&by_key, bearer(GOOD_CLAIMS, JWT_ALG_HS256, jwks.keys[0].pem, "rsa-1"), "bad_token");
    refused_with(&keys->config, bearer(GOOD_CLAIMS, JWT_ALG_HS256, jwks.keys[0].pem, "rsa-1"), "bad_token");
    jwks_done(&jwks);
}

static void
wrong_key_is_refused(void **state)
{
    const Keys *keys = *state;

    refused_with(&keys->config, bearer(GOOD_CLAIMS, JWT_ALG_HS256, SECRET "x", NULL), "bad_token");
    refused_with(&keys->config, bearer(GOOD_CLAIMS, JWT_ALG_RS256, keys->rsa, "ec-1"), "bad_token");
    refused_with(&keys->config, bearer(GOOD_CLAIMS, JWT_ALG_RS256, keys->rsa, "rsa-2"), "bad_token");
}

static void
times_have_a_minute_of_leeway(void **state)
{
    const Keys *keys = *state;
    Identity identity;

    assert_string_equal(
        check(&keys->config, bearer(CLAIMS("1799999941"), JWT_ALG_HS256, SECRET, NULL), &identity), "");
    identity_done(&identity);
    refused_with(&keys->config, bearer(CLAIMS("1799999939"), JWT_ALG_HS256, SECRET, NULL), "expired_token");
    refused_with(&keys->config, bearer(CLAIMS("\"soon\""), JWT_ALG_HS256, SECRET, NULL), "bad_token");
    refused_with(&keys->config, bearer(CLAIMS("null"), JWT_ALG_HS256, SECRET, NULL), "bad_token");
    refused_with(&keys->config, bearer(CLAIMS("1800003600,\"nbf\":1800000061"), JWT_ALG_HS256, SECRET, NULL),
                 "bad_token");
    assert_string_equal(check(&keys->config,
                              bearer(CLAIMS("1800003600,\"nbf\":1800000059"), JWT_ALG_HS256, SECRET, NULL),
                              &identity),
                        "");
    identity_done(&identity);
}

static void
roles(void **state)
{
    const Keys *keys = *state;
    Identity identity;

    assert_string_equal(
        check(&keys->config,
              bearer("{\"role\":\"service_role\",\"exp\":1800003600}", JWT_ALG_HS256, SECRET, NULL),
              &identity),
        "");
    assert_true(identity.is_service);
    assert_string_equal(identity.user_id, "");
    identity_done(&identity);
    refused_with(
        &keys->config,
        bearer("{\"sub\":\"" USER "\",\"role\":\"anon\",\"exp\":1800003600}", JWT_ALG_HS256, SECRET, NULL),
        "role_refused");
    refused_with(&keys->config,
                 bearer("{\"sub\":\"" USER "\",\"exp\":1800003600}", JWT_ALG_HS256, SECRET, NULL),
                 "role_refused");
    refused_with(&keys->config,
                 bearer("{\"role\":\"authenticated\",\"exp\":1800003600}", JWT_ALG_HS256, SECRET, NULL),
                 "bad_token");
    refused_with(&keys->config,
                 bearer("{\"sub\":\"ada\",\"role\":\"authenticated\",\"exp\":1800003600}", JWT_ALG_HS256,
                        SECRET, NULL),
                 "bad_token");
}

static void
service_key(void **state)
{
    const Keys *keys = *state;
    Config without = keys->config;
    Identity identity;

    without.service_key = NULL;
    assert_string_equal(check(&keys->config, strdup("bearer " SERVICE_KEY), &identity), "");
    assert_true(identity.is_service);
    assert_non_null(identity.claims);
    identity_done(&identity);
    refused_with(&keys->config, strdup("Bearer " SERVICE_KEY "x"), "bad_token");
    refused_with(&keys->config, strdup("Bearer service-key-of-a-tes"), "bad_token");
    refused_with(&without, strdup("Bearer " SERVICE_KEY), "bad_token");
    refused_with(&without, strdup("Bearer "), "bad_token");
    refused_with(&keys->config, strdup("Basic " SERVICE_KEY), "no_token");
    refused_with(&keys->config, NULL, "no_token");
}

static void
damaged_tokens_are_refused(void **state)
{
    const Keys *keys = *state;
    static const char *const tokens[] = { "",
                                          ".",
                                          "..",
                                          "...",
                                          "a.b",
                                          "a.b.c",
                                          "e30.e30.",
                                          "e30.e30.e30",
                                          "%%%.e30.AA",
                                          "eyJhbGciOiJIUzI1NiJ9..",
                                          "eyJhbGciOjd9.e30.AA" };
    char header[128];

    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        (void)snprintf(header, sizeof(header), "Bearer %s", tokens[i]);
        refused_with(&keys->config, strdup(header), "bad_token");
    }
    char *good = bearer(GOOD_CLAIMS, JWT_ALG_HS256, SECRET, NULL);
    for (size_t i = strlen("Bearer "); i < strlen(good) - 1;
         i += 3) { /* the last character has unused bits */
        char *bad = strdup(good);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        refused_with(&keys->config, bad, "bad_token");
    }
    free(good);
}

static void
webhook_secret(void **state)
{
    const Keys *keys = *state;
    Config without = keys->config;
    Err err = ERR_NONE;
    Auth *auth = auth_new(&keys->config, &err);

    assert_true(auth_webhook(auth, WEBHOOK_SECRET));
    assert_false(auth_webhook(auth, WEBHOOK_SECRET "x"));
    assert_false(auth_webhook(auth, ""));
    assert_false(auth_webhook(auth, NULL));
    auth_free(auth);
    without.webhook_secret = NULL;
    auth = auth_new(&without, &err);
    assert_false(auth_webhook(auth, ""));
    assert_false(auth_webhook(auth, WEBHOOK_SECRET));
    auth_free(auth);
}

static void
jwks_that_is_none_is_refused(void **state)
{
    const Keys *keys = *state;
    Config config = keys->config;
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"keys\":[]}",
        "{\"keys\":{}}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!!\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", /* 17 bits */
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}]}",
        ("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
         "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}"), /* not on the curve */
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        Jwks jwks = { .n = 77 };
        Err err = ERR_NONE;
        if (jwks_parse(texts[i], strlen(texts[i]), &jwks, &err)) {
            fail_msg("taken: %s", texts[i]);
        }
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_int_equal(jwks.n, 77);
    }
    config.jwks = "/nowhere/jwks";
    Err err = ERR_NONE;
    assert_null(auth_new(&config, &err));
    assert_non_null(strstr(err.message, "/nowhere/jwks"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_by_secret),
        cmocka_unit_test(user_by_public_key),
        cmocka_unit_test(algorithm_is_pinned),
        cmocka_unit_test(wrong_key_is_refused),
        cmocka_unit_test(times_have_a_minute_of_leeway),
        cmocka_unit_test(roles),
        cmocka_unit_test(service_key),
        cmocka_unit_test(damaged_tokens_are_refused),
        cmocka_unit_test(webhook_secret),
        cmocka_unit_test(jwks_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
