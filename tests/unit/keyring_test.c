#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/keyring.h"

static Secret *zeros, *sevens, *nines;

static Secret *
key_of(int byte)
{
    unsigned char bytes[KEYRING_KEY_BYTES];
    memset(bytes, byte, sizeof bytes);
    return secret_new(bytes, sizeof bytes);
}

static int
keys_make(void **state)
{
    (void)state;
    zeros = key_of(0);
    sevens = key_of(7);
    nines = key_of(9);
    return zeros != NULL && sevens != NULL && nines != NULL ? 0 : 1;
}

static int
keys_free(void **state)
{
    (void)state;
    secret_free(zeros);
    secret_free(sevens);
    secret_free(nines);
    return 0;
}

static Keyring
ring_of(const Secret *current, const Secret *old)
{
    Keyring ring;
    Err err = ERR_NONE;
    assert_true(keyring_init(&ring, current, old, &err));
    return ring;
}

static void
assert_refused(const Keyring *ring, const void *bytes, size_t length, const char *code)
{
    Err err = ERR_NONE;
    assert_null(keyring_decrypt(ring, bytes, length, &err));
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_string_equal(err.code, code);
}

static void
test_what_is_encrypted_is_read_again(void **state)
{
    static const size_t lengths[] = { 0, 1, 40, KEYRING_TEXT_MAX };
    Keyring ring = ring_of(zeros, NULL);
    char *text = calloc(1, KEYRING_TEXT_MAX + 1);
    unsigned char *buffer = malloc(KEYRING_TEXT_MAX + 1 + KEYRING_OVERHEAD_BYTES);

    (void)state;
    memset(text, 'x', KEYRING_TEXT_MAX);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        Err err = ERR_NONE;
        assert_true(keyring_encrypt(&ring, text, lengths[i], buffer, &err));
        _cleanup_(secret_free_pointer) Secret *read =
            keyring_decrypt(&ring, buffer, lengths[i] + KEYRING_OVERHEAD_BYTES, &err);
        assert_non_null(read);
        assert_int_equal(secret_length(read), lengths[i]);
        assert_memory_equal(secret_bytes(read), text, lengths[i]);
        assert_true(keyring_is_current(&ring, buffer, lengths[i] + KEYRING_OVERHEAD_BYTES));
    }
    Err err = ERR_NONE;
    assert_false(keyring_encrypt(&ring, text, KEYRING_TEXT_MAX + 1, buffer, &err));
    assert_string_equal(err.code, "too_long");
    free(buffer);
    free(text);
}

static void
test_the_same_text_twice_is_two_ciphertexts(void **state)
{
    Keyring ring = ring_of(zeros, NULL);
    unsigned char one[5 + KEYRING_OVERHEAD_BYTES];
    unsigned char two[sizeof one];
    Err err = ERR_NONE;

    (void)state;
    assert_true(keyring_encrypt(&ring, "token", 5, one, &err));
    assert_true(keyring_encrypt(&ring, "token", 5, two, &err));
    assert_memory_not_equal(one, two, sizeof one);
    assert_null(memmem(one, sizeof one, "token", 5));
}

static void
test_the_stored_format_is_read_for_ever(void **state)
{
    static const char hex[] =
        "019c7b145c54f7e756abec9dee667013303f35c3f587f7f23d70c54a52a470088cbe31389abcf1be"
        "60e29b9ff4fa305f2ae5d958aac733dde599f72cfa345068";
    unsigned char bytes[sizeof hex / 2];
    size_t length = 0;
    Keyring ring = ring_of(zeros, NULL);
    Err err = ERR_NONE;

    (void)state;
    assert_int_equal(sodium_hex2bin(bytes, sizeof bytes, hex, strlen(hex), NULL, &length, NULL), 0);
    _cleanup_(secret_free_pointer) Secret *text = keyring_decrypt(&ring, bytes, length, &err);
    assert_non_null(text);
    assert_string_equal(secret_text(text), "token-of-a-test");
}

static void
test_two_keys_read_and_one_writes(void **state)
{
    Keyring before = ring_of(zeros, NULL);
    Keyring during = ring_of(sevens, zeros);
    Keyring after = ring_of(sevens, NULL);
    unsigned char old[5 + KEYRING_OVERHEAD_BYTES];
    unsigned char new[sizeof old];
    Err err = ERR_NONE;

    (void)state;
    assert_true(keyring_encrypt(&before, "token", 5, old, &err));
    assert_false(keyring_is_current(&during, old, sizeof old));
    _cleanup_(secret_free_pointer) Secret *text = keyring_decrypt(&during, old, sizeof old, &err);
    assert_non_null(text);
    assert_true(keyring_encrypt(&during, secret_bytes(text), secret_length(text), new, &err));
    assert_true(keyring_is_current(&during, new, sizeof new));
    _cleanup_(secret_free_pointer) Secret *again = keyring_decrypt(&after, new, sizeof new, &err);
    assert_non_null(again);
    assert_string_equal(secret_text(again), "token");
    assert_refused(&after, old, sizeof old, "unknown_key");
    assert_refused(&before, new, sizeof new, "unknown_key");
}

static void
test_what_was_touched_is_not_read(void **state)
{
    Keyring ring = ring_of(zeros, nines);
    unsigned char good[5 + KEYRING_OVERHEAD_BYTES];
    Err err = ERR_NONE;

    (void)state;
    assert_true(keyring_encrypt(&ring, "token", 5, good, &err));
    for (size_t i = 0; i < sizeof good; i++) {
        good[i] ^= 1;
        assert_refused(&ring, good, sizeof good,
                       i == 0  ? "not_encrypted"
                       : i < 9 ? "unknown_key"
                               : "damaged");
        good[i] ^= 1;
    }
    assert_refused(&ring, good, sizeof good - 1, "damaged");
    assert_refused(&ring, good, KEYRING_OVERHEAD_BYTES - 1, "not_encrypted");
    assert_refused(&ring, "a plain token of more than forty-nine bytes, as before", 54, "not_encrypted");
    assert_refused(&ring, "", 0, "not_encrypted");
    assert_false(keyring_is_current(&ring, "", 0));
}

static void
test_wrong_keys_are_refused(void **state)
{
    Keyring ring;
    _cleanup_(secret_free_pointer) Secret *same = key_of(0);
    _cleanup_(secret_free_pointer) Secret *small = secret_new("0123456789abcdef", 16);
    Err err = ERR_NONE;

    (void)state;
    assert_false(keyring_init(&ring, NULL, NULL, &err));
    assert_string_equal(err.message, "PACELINE_SECRET_KEY is not set");
    assert_false(keyring_init(&ring, NULL, zeros, &err));
    assert_false(keyring_init(&ring, zeros, same, &err));
    assert_string_equal(err.code, "same_key");
    assert_false(keyring_init(&ring, small, NULL, &err));
    assert_string_equal(err.message, "the current key has 16 bytes, not 32");
    assert_false(keyring_init(&ring, zeros, small, &err));
    assert_string_equal(err.message, "the old key has 16 bytes, not 32");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_encrypted_is_read_again),
        cmocka_unit_test(test_the_same_text_twice_is_two_ciphertexts),
        cmocka_unit_test(test_the_stored_format_is_read_for_ever),
        cmocka_unit_test(test_two_keys_read_and_one_writes),
        cmocka_unit_test(test_what_was_touched_is_not_read),
        cmocka_unit_test(test_wrong_keys_are_refused),
    };
    return cmocka_run_group_tests_name("keyring", tests, keys_make, keys_free);
}
