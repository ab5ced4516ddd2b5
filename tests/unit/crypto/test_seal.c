/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "crypto/seal.h"
#include "tests/unit/crypto/openssl_memory.h"
#include "tests/unit/support.h"

#define STORE_KEY_ID "00112233445566778899aabbccddeeff"

static const struct seal_context context = { "store-1", "row-1", "identity-1", "sign", "cafe", STORE_KEY_ID };

static struct secret
secret_of(const char *text)
{
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;

	expect_ok(secret_copy(&s, text, strlen(text), &e));
	return s;
}

static struct secret
new_key(void)
{
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;

	expect_ok(seal_key_new(&s, &e));
	ck_assert_uint_eq(s.size, SEAL_KEY_SIZE);
	return s;
}

static struct buffer
sealed_row(const struct secret *key, const char *plain)
{
	struct buffer b = BUFFER_INIT(100000);
	struct secret p = secret_of(plain);
	struct error e = ERROR_INIT;

	expect_ok(seal_row(key, &context, &p, &b, &e));
	secret_done(&p);
	return b;
}

START_TEST(a_row_opens_with_its_key_and_context)
{
	struct secret key = new_key(), plain = SECRET_INIT;
	struct buffer b = sealed_row(&key, "the secret"), again = sealed_row(&key, "the secret");
	struct error e = ERROR_INIT;
	char id[33];

	ck_assert_uint_eq(b.size, 1 + 16 + 12 + 32 + 16 + 12 + 10 + 16); /* seal.h */
	ck_assert_uint_eq(again.size, b.size);
	ck_assert_mem_ne(again.data + 17, b.data + 17, b.size - 17); /* fresh nonces, a fresh data key */
	expect_ok(seal_row_store_key_id(b.data, b.size, id, &e));
	ck_assert_str_eq(id, STORE_KEY_ID);
	expect_ok(seal_open_row(&key, &context, b.data, b.size, &plain, &e));
	ck_assert_uint_eq(plain.size, 10);
	ck_assert_mem_eq(plain.data, "the secret", 10);
	ck_assert_ptr_null(memmem(b.data, b.size, "secret", 6));
	secret_done(&plain);
	secret_done(&key);
	buffer_done(&b);
	buffer_done(&again);
}
END_TEST

START_TEST(a_row_does_not_open_in_anothers_place)
{
	static const struct seal_context others[] = {
		{ "store-2", "row-1", "identity-1", "sign", "cafe", STORE_KEY_ID },
		{ "store-1", "row-2", "identity-1", "sign", "cafe", STORE_KEY_ID },
		{ "store-1", "row-1", "identity-2", "sign", "cafe", STORE_KEY_ID },
		{ "store-1", "row-1", "identity-1", "decrypt", "cafe", STORE_KEY_ID },
		{ "store-1", "row-1", "identity-1", "sign", "beef", STORE_KEY_ID },
		{ "store-1", "row-1", "identity-1", "sign", "cafe", "ff112233445566778899aabbccddeeff" },
		{ "store-1", "row-1", "identity-1", "sign", "cafe", NULL },
		{ "store-1", "row-1", "identity-1", NULL, "cafe", STORE_KEY_ID },
		/* the same octets in other fields: each has its length before it */
		{ "store-1", "row-1i", "dentity-1", "sign", "cafe", STORE_KEY_ID },
	};
	struct secret key = new_key(), other = new_key(), plain = SECRET_INIT;
	struct buffer b = sealed_row(&key, "the secret");
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		expect_error(seal_open_row(&key, &others[i], b.data, b.size, &plain, &e), ERROR_SEAL);
	expect_error(seal_open_row(&other, &context, b.data, b.size, &plain, &e), ERROR_SEAL);
	ck_assert_ptr_null(plain.data);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	secret_done(&key);
	secret_done(&other);
	buffer_done(&b);
}
END_TEST

START_TEST(a_changed_or_shortened_row_does_not_open)
{
	struct secret key = new_key(), plain = SECRET_INIT;
	struct buffer b = sealed_row(&key, "the secret");
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < b.size; i++) {
		b.data[i] ^= (char)(1 << i % 8);
		expect_error(seal_open_row(&key, &context, b.data, b.size, &plain, &e), ERROR_SEAL);
		b.data[i] ^= (char)(1 << i % 8);
	}
	for (size_t i = 0; i < b.size; i++) {
		char *cut = malloc(i + 1); /* so that a sanitizer sees a read behind it */

		memcpy(cut, b.data, i);
		expect_error(seal_open_row(&key, &context, cut, i, &plain, &e), ERROR_SEAL);
		free(cut);
	}
	expect_ok(buffer_append_char(&b, 0, &e));
	expect_error(seal_open_row(&key, &context, b.data, b.size, &plain, &e), ERROR_SEAL);
	ck_assert_ptr_null(plain.data);
	secret_done(&key);
	buffer_done(&b);
}
END_TEST

/* The format of seal.h by hand, so that rows of today open in ten years. */
START_TEST(the_format_is_the_documented_one)
{
	static const char associated_hex[] = "01" "00000007" "73746f72652d31" "00000005" "726f772d31" "0000000a"
	    "6964656e746974792d31" "00000004" "7369676e" "00000004" "63616665" "00000020"
	    "3030313132323333343435353636373738383939616162626363646465656666";
	unsigned char associated[200], data_key[32], plain[10];
	size_t associated_size = strlen(associated_hex) / 2;
	struct secret key = new_key();
	struct buffer b = sealed_row(&key, "the secret");
	const unsigned char *at = (unsigned char *)b.data + 17;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	ck_assert_int_eq(hex_decode(associated_hex, strlen(associated_hex), associated, associated_size), 0);
	ck_assert_int_eq(b.data[0], 1);
	EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key.data, at);
	EVP_DecryptUpdate(ctx, NULL, &n, associated, (int)associated_size);
	EVP_DecryptUpdate(ctx, data_key, &n, at + 12, 32);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, (void *)(uintptr_t)(at + 44));
	ck_assert_int_eq(EVP_DecryptFinal_ex(ctx, data_key + n, &n), 1);
	at += 60;
	EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, data_key, at);
	EVP_DecryptUpdate(ctx, NULL, &n, associated, (int)associated_size);
	EVP_DecryptUpdate(ctx, plain, &n, at + 12, 10);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, (void *)(uintptr_t)(at + 22));
	ck_assert_int_eq(EVP_DecryptFinal_ex(ctx, plain + n, &n), 1);
	ck_assert_mem_eq(plain, "the secret", 10);
	EVP_CIPHER_CTX_free(ctx);
	secret_done(&key);
	buffer_done(&b);
}
END_TEST

START_TEST(a_wrapped_key_is_bound_to_its_label)
{
	static const struct seal_context label = { .store_id = "store-1", .store_key_id = STORE_KEY_ID };
	static const struct seal_context other = { .store_id = "store-2", .store_key_id = STORE_KEY_ID };
	struct secret master = new_key(), key = new_key(), out = SECRET_INIT, wrong = new_key(), small = secret_of("small");
	struct buffer b = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	expect_ok(seal_wrap_key(&master, &label, &key, &b, &e));
	ck_assert_uint_eq(b.size, 1 + 12 + 32 + 16);
	expect_ok(seal_unwrap_key(&master, &label, b.data, b.size, &out, &e));
	ck_assert(secret_equal(&key, &out));
	secret_done(&out);
	expect_error(seal_unwrap_key(&wrong, &label, b.data, b.size, &out, &e), ERROR_SEAL);
	expect_error(seal_unwrap_key(&master, &other, b.data, b.size, &out, &e), ERROR_SEAL);
	expect_error(seal_unwrap_key(&small, &label, b.data, b.size, &out, &e), ERROR_SEAL);
	expect_error(seal_wrap_key(&master, &label, &small, &b, &e), ERROR_SEAL);
	for (size_t i = 0; i < b.size; i++) {
		expect_error(seal_unwrap_key(&master, &label, b.data, i, &out, &e), ERROR_SEAL);
		b.data[i] ^= 1;
		expect_error(seal_unwrap_key(&master, &label, b.data, b.size, &out, &e), ERROR_SEAL);
		b.data[i] ^= 1;
	}
	secret_done(&master);
	secret_done(&key);
	secret_done(&wrong);
	secret_done(&small);
	buffer_done(&b);
}
END_TEST

START_TEST(a_store_key_has_its_size_and_id)
{
	struct seal_context nameless = context;
	struct secret small = secret_of("0123456789abcdef"), key = new_key(), plain = secret_of("x");
	struct buffer b = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	expect_error(seal_row(&small, &context, &plain, &b, &e), ERROR_SEAL);
	nameless.store_key_id = "short";
	expect_error(seal_row(&key, &nameless, &plain, &b, &e), ERROR_INTERNAL);
	ck_assert_uint_eq(b.size, 0);
	secret_done(&small);
	secret_done(&key);
	secret_done(&plain);
}
END_TEST

static int
seal_and_open(void *ctx, struct error *e)
{
	struct secret *key = ctx, plain = SECRET_INIT, out = SECRET_INIT;
	struct buffer b = BUFFER_INIT(10000);
	int rc = secret_copy(&plain, "x", 1, e);

	if (rc == 0)
		rc = seal_row(key, &context, &plain, &b, e);
	ck_assert(rc == 0 || b.size == 0);
	if (rc == 0)
		rc = seal_open_row(key, &context, b.data, b.size, &out, e);
	secret_done(&plain);
	secret_done(&out);
	buffer_done(&b);
	return rc;
}

START_TEST(sealing_fails_cleanly_without_memory)
{
	struct secret key = new_key();
	unsigned n = 0;
	int rc;

	each_allocation_fails(seal_and_open, &key);
	do {
		struct error e = ERROR_INIT;

		openssl_fail_at(++n);
		rc = seal_and_open(&key, &e);
		ck_assert_msg(rc == 0 || e.code == ERROR_NO_MEMORY || e.code == ERROR_CRYPTO, "allocation %u: %s", n,
		    error_text(&e)); /* never "the seal is broken" */
		ck_assert_uint_eq(ERR_peek_error(), 0);
	} while (!openssl_fail_pending());
	openssl_fail_at(0);
	ck_assert_int_eq(rc, 0);
	secret_done(&key);
}
END_TEST

Suite *suite_seal(void);
Suite *
suite_seal(void)
{
	Suite *s = suite_create("seal");
	TCase *t = tcase_create("seal");

	tcase_add_test(t, a_row_opens_with_its_key_and_context);
	tcase_add_test(t, a_row_does_not_open_in_anothers_place);
	tcase_add_test(t, a_changed_or_shortened_row_does_not_open);
	tcase_add_test(t, the_format_is_the_documented_one);
	tcase_add_test(t, a_wrapped_key_is_bound_to_its_label);
	tcase_add_test(t, a_store_key_has_its_size_and_id);
	tcase_add_test(t, sealing_fails_cleanly_without_memory);
	suite_add_tcase(s, t);
	return s;
}
