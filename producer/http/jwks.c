#include "producer/http/jwks.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json_read.h"
#include "common/str.h"

#define FILE_BYTES_MAX 1048576
#define KEYS_MAX 100
#define RSA_BITS_MIN 2048
#define NUMBER_BYTES_MAX 1024 /* an RSA modulus of 8192 bits */
#define COORDINATE_BYTES 32   /* P-256 */

static void
params_free(OSSL_PARAM **params)
{
    OSSL_PARAM_free(*params);
}

static void
builder_free(OSSL_PARAM_BLD **builder)
{
    OSSL_PARAM_BLD_free(*builder);
}

static void
context_free(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
}

static void
key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void
number_free(BIGNUM **number)
{
    BN_free(*number);
}

static void
bio_free(BIO **bio)
{
    (void)BIO_free(*bio);
}

static bool
damaged(Err *err, const char *why)
{
    return err_set(err, ERR_INVALID_DATA, "jwks", "jwks: %s", why);
}

/* member_bytes decodes a base64url member into buffer [size]. */
static bool
member_bytes(const cJSON *json, const char *name, unsigned char *buffer, size_t size, size_t *ret_n, Err *err)
{
    const char *text = NULL;

    if (json_member(json, name) == NULL) {
        return err_set(err, ERR_INVALID_DATA, "jwks", "jwks: a key has no %s", name);
    }
    if (!json_text(json_member(json, name), name, 4096, &text, err)) {
        return false;
    }
    if (sodium_base642bin(buffer, size, text, strlen(text), NULL, ret_n, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        *ret_n == 0) {
        return err_set(err, ERR_INVALID_DATA, "jwks", "jwks: %s is not base64url", name);
    }
    return true;
}

/* pem_write makes a public key of the parameters and prints it. */
static bool
pem_write(const char *type, OSSL_PARAM *params, JwksKey *key, Err *err)
{
    _cleanup_(context_free) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    _cleanup_(key_free) EVP_PKEY *public = NULL;
    _cleanup_(context_free) EVP_PKEY_CTX *check = NULL;
    _cleanup_(bio_free) BIO *bio = BIO_new(BIO_s_mem());

    if (context == NULL || bio == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &public, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        return damaged(err, "a key is none");
    }
    check = EVP_PKEY_CTX_new_from_pkey(NULL, public, NULL);
    if (check == NULL || EVP_PKEY_public_check(check) != 1) {
        return damaged(err, "a key is not valid");
    }
    if (PEM_write_bio_PUBKEY(bio, public) != 1) {
        return damaged(err, "a key cannot be printed");
    }
    int n = BIO_read(bio, key->pem, JWKS_PEM_SIZE - 1);
    if (n <= 0 || BIO_pending(bio) > 0) {
        return damaged(err, "a key is too long");
    }
    key->pem[n] = '\0';
    return true;
}

static bool
rsa_read(const cJSON *json, JwksKey *key, Err *err)
{
    unsigned char n_bytes[NUMBER_BYTES_MAX];
    unsigned char e_bytes[NUMBER_BYTES_MAX];
    size_t n_length = 0;
    size_t e_length = 0;

    if (!member_bytes(json, "n", n_bytes, sizeof(n_bytes), &n_length, err) ||
        !member_bytes(json, "e", e_bytes, sizeof(e_bytes), &e_length, err)) {
        return false;
    }
    _cleanup_(number_free) BIGNUM *n = BN_bin2bn(n_bytes, (int)n_length, NULL);
    _cleanup_(number_free) BIGNUM *e = BN_bin2bn(e_bytes, (int)e_length, NULL);
    _cleanup_(builder_free) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (n == NULL || e == NULL || builder == NULL ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1) {
        return damaged(err, "no memory for a key");
    }
    if (BN_num_bits(n) < RSA_BITS_MIN) {
        return damaged(err, "an RSA key has fewer than 2048 bits");
    }
    _cleanup_(params_free) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    return params != NULL ? pem_write("RSA", params, key, err) : damaged(err, "no memory for a key");
}

static bool
ec_read(const cJSON *json, JwksKey *key, Err *err)
{
    unsigned char point[1 + 2 * COORDINATE_BYTES] = { 0x04 }; /* uncompressed */
    size_t x_length = 0;
    size_t y_length = 0;

    if (!member_bytes(json, "x", point + 1, COORDINATE_BYTES, &x_length, err) ||
        !member_bytes(json, "y", point + 1 + COORDINATE_BYTES, COORDINATE_BYTES, &y_length, err)) {
        return false;
    }
    if (x_length != COORDINATE_BYTES || y_length != COORDINATE_BYTES) {
        return damaged(err, "a coordinate of a P-256 key does not have 32 bytes");
    }
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){ "prime256v1" }, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
        OSSL_PARAM_construct_end(),
    };
    return pem_write("EC", params, key, err);
}

static bool
member_is(const cJSON *json, const char *name, const char *wanted)
{
    const cJSON *value = json_member(json, name);

    return value != NULL && cJSON_IsString(value) && strcmp(value->valuestring, wanted) == 0;
}

/* key_read reads one key; *ret_is_usable false: it is for something else. */
static bool
key_read(const cJSON *json, JwksKey *key, bool *ret_is_usable, Err *err)
{
    const char *id = NULL;
    bool is_rsa = member_is(json, "kty", "RSA");
    bool is_p256 = member_is(json, "kty", "EC") && member_is(json, "crv", "P-256");

    *ret_is_usable = (is_rsa || is_p256) &&
                     (json_member(json, "use") == NULL || member_is(json, "use", "sig")) &&
                     (json_member(json, "alg") == NULL || member_is(json, "alg", is_rsa ? "RS256" : "ES256"));
    if (!*ret_is_usable) {
        return true;
    }
    if (json_member(json, "kid") != NULL) {
        if (!json_text(json_member(json, "kid"), "kid", sizeof(key->id) - 1, &id, err)) {
            return false;
        }
        (void)str_copy(key->id, sizeof(key->id), id);
    }
    key->alg = is_rsa ? JWT_ALG_RS256 : JWT_ALG_ES256;
    return is_rsa ? rsa_read(json, key, err) : ec_read(json, key, err);
}

static bool
keys_read(const cJSON *list, Jwks *jwks, Err *err)
{
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > KEYS_MAX) {
        return damaged(err, "keys is not a list of at most 100");
    }
    jwks->keys = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*jwks->keys));
    if (jwks->keys == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "jwks: no memory");
    }
    for (const cJSON *json = list->child; json != NULL; json = json->next) {
        bool is_usable = false;
        if (!key_read(json, &jwks->keys[jwks->n], &is_usable, err)) {
            return false;
        }
        jwks->n += is_usable ? 1 : 0;
    }
    return jwks->n > 0 || damaged(err, "no key for RS256 or ES256 in it");
}

bool
jwks_parse(const char *text, size_t length, Jwks *ret_jwks, Err *err)
{
    _cleanup_(json_delete) cJSON *json = json_parse(text, length, err);
    Jwks jwks = { .keys = NULL };

    if (json == NULL) {
        return false;
    }
    if (!keys_read(json_member(json, "keys"), &jwks, err)) {
        jwks_done(&jwks);
        return false;
    }
    *ret_jwks = jwks;
    return true;
}

/* file_read appends all of a file to text; false if it cannot be read or is too large. */
static bool
file_read(FILE *file, Str *text)
{
    char block[4096];
    size_t n = 0;

    while (text->length <= FILE_BYTES_MAX && (n = fread(block, 1, sizeof(block), file)) > 0) {
        str_append_bytes(text, block, n);
    }
    return ferror(file) == 0 && text->length <= FILE_BYTES_MAX && str_ok(text);
}

bool
jwks_load(const char *path, Jwks *ret_jwks, Err *err)
{
    _cleanup_(close_file) FILE *file = fopen(path, "re");
    _cleanup_(str_done) Str text = STR_EMPTY;
    Err why = ERR_NONE;

    if (file == NULL) {
        return err_set(err, ERR_INVALID_DATA, "jwks", "jwks %s: %s", path, strerrordesc_np(errno));
    }
    if (!file_read(file, &text)) {
        return err_set(err, ERR_INVALID_DATA, "jwks", "jwks %s: unreadable, or larger than 1 MiB", path);
    }
    return jwks_parse(str_text(&text), text.length, ret_jwks, &why) ||
           err_set(err, why.class, "jwks", "%s: %s", path, why.message);
}

void
jwks_done(Jwks *jwks)
{
    free(jwks->keys);
    *jwks = (Jwks){ .keys = NULL };
}

const JwksKey *
jwks_find(const Jwks *jwks, const char *id, jwt_alg_t alg)
{
    const JwksKey *only = NULL;

    for (size_t i = 0; i < jwks->n; i++) {
        const JwksKey *key = &jwks->keys[i];
        if (key->alg != alg) {
            continue;
        }
        if (id != NULL) {
            if (strcmp(key->id, id) == 0) {
                return key;
            }
        } else if (only != NULL) {
            return NULL; /* two to choose from */
        } else {
            only = key;
        }
    }
    return only;
}
