/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "crypto/algorithm.h"
#include "tests/unit/support.h"

Suite *suite_algorithm(void);

START_TEST(every_scheme_and_cipher_has_a_row)
{
	for (int s = SIGNATURE_NONE; s <= SIGNATURE_UNKNOWN; s++)
		ck_assert_ptr_nonnull(signature_name((enum signature_scheme)s));
	for (int c = CIPHER_NONE; c <= CIPHER_UNKNOWN; c++)
		ck_assert_ptr_nonnull(cipher_name((enum content_cipher)c));
	for (int t = TRANSPORT_NONE; t <= TRANSPORT_UNKNOWN; t++)
		ck_assert_ptr_nonnull(transport_name((enum key_transport)t));
	ck_assert_str_eq(signature_name(SIGNATURE_RSA_PSS_SHA256), "rsa-pss-sha256");
	ck_assert_str_eq(cipher_name(CIPHER_AES256_GCM), "aes-256-gcm");
}
END_TEST

START_TEST(weak_signatures_and_only_those_are_marked)
{
	for (int s = SIGNATURE_RSA_SHA256; s < SIGNATURE_RSA_SHA1; s++) {
		ck_assert(!signature_is_weak((enum signature_scheme)s));
		ck_assert(!digest_is_weak(signature_digest((enum signature_scheme)s)));
	}
	for (int s = SIGNATURE_RSA_SHA1; s <= SIGNATURE_UNKNOWN; s++)
		ck_assert(signature_is_weak((enum signature_scheme)s));
	ck_assert(signature_is_weak(SIGNATURE_NONE));
	ck_assert_int_eq(signature_digest(SIGNATURE_ED25519), DIGEST_SHA512);
}
END_TEST

START_TEST(only_gcm_is_authenticated_and_3des_weak)
{
	ck_assert(cipher_is_authenticated(CIPHER_AES128_GCM) && cipher_is_authenticated(CIPHER_AES192_GCM) &&
	    cipher_is_authenticated(CIPHER_AES256_GCM));
	ck_assert(!cipher_is_authenticated(CIPHER_AES256_CBC) && !cipher_is_authenticated(CIPHER_DES_EDE3_CBC));
	ck_assert(cipher_is_weak(CIPHER_DES_EDE3_CBC) && cipher_is_weak(CIPHER_UNKNOWN));
	ck_assert(!cipher_is_weak(CIPHER_AES128_CBC));
	ck_assert_uint_eq(cipher_key_size(CIPHER_AES192_GCM), 24);
	ck_assert_uint_eq(cipher_key_size(CIPHER_DES_EDE3_CBC), 24);
	ck_assert_uint_eq(cipher_key_size(CIPHER_UNKNOWN), 0);
}
END_TEST

START_TEST(profiles_are_those_of_the_design_and_never_weak)
{
	const struct profile *p;

	for (int i = 0; i < PROFILE_COUNT; i++) {
		p = profile_get((enum crypto_profile)i);
		ck_assert(!cipher_is_weak(p->cipher));
		ck_assert(p->rsa_transport != TRANSPORT_RSA_OAEP || !digest_is_weak(p->oaep_digest));
	}
	p = profile_get(PROFILE_COMPATIBLE);
	ck_assert_str_eq(p->name, "compatible");
	ck_assert(p->cipher == CIPHER_AES256_CBC && p->rsa_transport == TRANSPORT_RSA_V15 && !p->rsa_pss);
	p = profile_get(PROFILE_MODERN);
	ck_assert_str_eq(p->name, "modern");
	ck_assert(p->cipher == CIPHER_AES256_GCM && p->rsa_transport == TRANSPORT_RSA_OAEP);
	p = profile_get(PROFILE_EDI_ENERGY);
	ck_assert_str_eq(p->name, "edi-energy");
	ck_assert(p->cipher == CIPHER_AES256_CBC && p->rsa_transport == TRANSPORT_RSA_OAEP && p->rsa_pss);
	ck_assert_ptr_null(profile_get(PROFILE_COUNT));
}
END_TEST

START_TEST(a_key_signs_as_its_type_and_the_profile_allow)
{
	const struct profile *compatible = profile_get(PROFILE_COMPATIBLE), *edi = profile_get(PROFILE_EDI_ENERGY);

	ck_assert_int_eq(profile_signature(compatible, KEY_RSA), SIGNATURE_RSA_SHA256);
	ck_assert_int_eq(profile_signature(edi, KEY_RSA), SIGNATURE_RSA_PSS_SHA256);
	for (int i = 0; i < PROFILE_COUNT; i++) {
		const struct profile *p = profile_get((enum crypto_profile)i);

		ck_assert_int_eq(profile_signature(p, KEY_RSA_PSS), SIGNATURE_RSA_PSS_SHA256);
		ck_assert_int_eq(profile_signature(p, KEY_EC_P256), SIGNATURE_ECDSA_SHA256);
		ck_assert_int_eq(profile_signature(p, KEY_EC_P384), SIGNATURE_ECDSA_SHA384);
		ck_assert_int_eq(profile_signature(p, KEY_EC_P521), SIGNATURE_ECDSA_SHA512);
		ck_assert_int_eq(profile_signature(p, KEY_ED25519), SIGNATURE_ED25519);
		ck_assert_int_eq(profile_signature(p, KEY_OTHER), SIGNATURE_NONE);
	}
}
END_TEST

Suite *
suite_algorithm(void)
{
	Suite *s = suite_create("algorithm");
	TCase *t = tcase_create("algorithm");

	tcase_add_test(t, every_scheme_and_cipher_has_a_row);
	tcase_add_test(t, weak_signatures_and_only_those_are_marked);
	tcase_add_test(t, only_gcm_is_authenticated_and_3des_weak);
	tcase_add_test(t, profiles_are_those_of_the_design_and_never_weak);
	tcase_add_test(t, a_key_signs_as_its_type_and_the_profile_allow);
	suite_add_tcase(s, t);
	return s;
}
