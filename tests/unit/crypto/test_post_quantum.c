/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#include "base/encoding.h"
#include "crypto/chain.h"
#include "crypto/cms_walk_private.h"
#include "crypto/key_agreement_private.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/signed_support.h"

/*
 * ML-DSA and ML-KEM: what OpenSSL 3.5 and later can do and earlier ones cannot.  Every test asks the library that is
 * there and holds us to the good outcome or to the clean refusal; both happen, on one Debian or another.
 */

static bool
offered(const char *name)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
	bool offered = ctx != NULL;

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return offered;
}

static struct certificates
certificates_of(const char *path)
{
	struct certificates list = { NULL, 0 };
	struct error e = ERROR_INIT;
	struct buffer b = load(path);

	expect_ok(certificates_read(b.data, b.size, &list, &e));
	buffer_done(&b);
	return list;
}

/* ---- ML-DSA ---- */

static const struct {
	const char *name, *cms, *certificate;
	enum signature_scheme scheme;
	enum key_type type;
} ml_dsa[] = {
	{ "ML-DSA-44", "crypto/ml-dsa/mldsa44-signed-attrs.pem", "crypto/ml-dsa-certs/ML-DSA-44.crt", SIGNATURE_ML_DSA_44,
	    KEY_ML_DSA_44 },
	{ "ML-DSA-65", "crypto/ml-dsa/mldsa65-signed-attrs.pem", "crypto/ml-dsa-certs/ML-DSA-65.crt", SIGNATURE_ML_DSA_65,
	    KEY_ML_DSA_65 },
	{ "ML-DSA-87", "crypto/ml-dsa/mldsa87-signed-attrs.pem", "crypto/ml-dsa-certs/ML-DSA-87.crt", SIGNATURE_ML_DSA_87,
	    KEY_ML_DSA_87 },
};
#define ML_DSA (int)(sizeof ml_dsa / sizeof ml_dsa[0])

/* The verdict on an opaque object, with a certificate beside it. */
static struct signature_facts
judge_with(const struct buffer *cms, const char *certificate)
{
	struct certificates more = certificates_of(certificate);
	struct buffer content = BUFFER_INIT(100000);
	struct sink sink = buffer_sink(&content);
	struct memory_source memory;
	struct source source = memory_source(&memory, cms->data, cms->size);
	struct error e = ERROR_INIT;
	struct signature_facts f;

	expect_ok(cms_copy_content(&source, &sink, &e));
	f = judge(cms, false, buffer_text(&content), content.size, &more);
	buffer_done(&content);
	certificates_done(&more);
	return f;
}

static void
expect_facts(struct signature_facts f, const char *name, enum signature_status where_offered)
{
	enum signature_status status = offered(name) ? where_offered : SIGNATURE_UNSUPPORTED;

	ck_assert_msg(f.status == status, "%s: %s (%s)", name, signature_status_word(f.status),
	    f.detail == NULL ? "-" : f.detail);
	if (status == SIGNATURE_UNSUPPORTED)
		ck_assert_str_eq(f.detail, "algorithm-not-available");
	ck_assert(!f.weak);
	ck_assert((f.signer != NULL) == (status == SIGNATURE_VALID || status == SIGNATURE_INVALID));
	signature_facts_done(&f);
}

START_TEST(the_examples_of_the_working_group_verify_or_are_refused_by_name)
{
	struct buffer cms = load_cms(ml_dsa[_i].cms);
	struct signature_facts f = judge_with(&cms, ml_dsa[_i].certificate);

	ck_assert_int_eq(f.scheme, ml_dsa[_i].scheme);
	ck_assert_int_eq(f.digest, DIGEST_SHA512);
	expect_facts(f, ml_dsa[_i].name, SIGNATURE_VALID);
	buffer_done(&cms);
}
END_TEST

START_TEST(a_mail_whose_content_is_digested_by_shake256_verifies_or_is_refused_by_name)
{
	struct buffer content, cms;
	struct signature_facts f;

	load_multipart("crypto/made-here/mldsa.eml", &content, &cms);
	f = judge(&cms, true, content.data, content.size, NULL);
	ck_assert_int_eq(f.digest, DIGEST_SHAKE256);
	expect_facts(f, "ML-DSA-65", SIGNATURE_VALID);
	content.data[0] ^= 1;
	expect_facts(judge(&cms, true, content.data, content.size, NULL), "ML-DSA-65", SIGNATURE_DIGEST_DIFFERS);
	buffer_done(&content);
	buffer_done(&cms);
}
END_TEST

/* The signature stands last. */
START_TEST(a_changed_signature_is_invalid)
{
	struct buffer cms = load_cms(ml_dsa[_i].cms);

	cms.data[cms.size - 1] ^= 1;
	expect_facts(judge_with(&cms, ml_dsa[_i].certificate), ml_dsa[_i].name, SIGNATURE_INVALID);
	cms.data[cms.size - 1] ^= 1;
	cms.data[cms.size - 2000] ^= 1;
	expect_facts(judge_with(&cms, ml_dsa[_i].certificate), ml_dsa[_i].name, SIGNATURE_INVALID);
	buffer_done(&cms);
}
END_TEST

/* The same object under the label of another parameter set: its key does not make that. */
START_TEST(another_parameter_set_is_no_match)
{
	static const unsigned char id[] = { 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03 };
	struct buffer cms = load_cms(ml_dsa[_i].cms);
	char *at = cms.data;

	while ((at = memmem(at, (size_t)(cms.data + cms.size - at), id, sizeof id)) != NULL) {
		at += sizeof id;
		*at = (char)(*at == 19 ? 17 : *at + 1);
	}
	expect_facts(judge_with(&cms, ml_dsa[_i].certificate), ml_dsa[_i].name, SIGNATURE_INVALID);
	buffer_done(&cms);
}
END_TEST

/* RFC 9882 3.3, table 1: a digest as strong as the signature, or a forger would turn to the digest. */
START_TEST(the_digest_must_be_as_strong_as_the_signature)
{
	static const struct {
		int of;
		enum digest_algorithm digest;
		enum signature_status status;
	} rows[] = {
		{ 0, DIGEST_SHA256, SIGNATURE_VALID },     { 0, DIGEST_SHA384, SIGNATURE_VALID },
		{ 0, DIGEST_SHAKE256, SIGNATURE_VALID },   { 0, DIGEST_SHA1, SIGNATURE_MALFORMED },
		{ 1, DIGEST_SHA256, SIGNATURE_MALFORMED }, { 1, DIGEST_SHA384, SIGNATURE_VALID },
		{ 1, DIGEST_SHA512, SIGNATURE_VALID },     { 2, DIGEST_SHA384, SIGNATURE_MALFORMED },
		{ 2, DIGEST_SHA512, SIGNATURE_VALID },     { 2, DIGEST_SHAKE256, SIGNATURE_VALID },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *name = ml_dsa[rows[i].of].name;
		struct forged who;
		struct buffer cms;

		ck_assert_int_eq(signature_takes_digest(ml_dsa[rows[i].of].scheme, rows[i].digest),
		    rows[i].status == SIGNATURE_VALID);
		if (!offered(name))
			continue;
		who = forge(&(struct forge){ .cn = "x", .key = name });
		cms = craft(&(struct craft){ .signer = &who, .scheme = ml_dsa[rows[i].of].scheme, .content = "text",
		    .digest = rows[i].digest });
		expect_status(&cms, true, "text", rows[i].status, rows[i].status == SIGNATURE_VALID ? NULL : "digest-algorithm");
		buffer_done(&cms);
		forged_done(&who);
	}
}
END_TEST

/* RFC 9882 2: parameters MUST be omitted; a NULL makes the object another one, so it is built by hand. */
START_TEST(parameters_are_not_tolerated)
{
	static const unsigned char with_null[] = { 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03,
		0x12, 0x05, 0x00 };
	struct signer_info with = { .digest = DIGEST_SHA512, .signature_algorithm = { with_null, sizeof with_null } };
	unsigned char without_null[sizeof with_null];
	struct signer_info without = { .digest = DIGEST_SHA512,
		.signature_algorithm = { without_null, sizeof without_null - 2 } };

	memcpy(without_null, with_null, sizeof with_null);
	without_null[1] = 11;
	algorithm_signature(&with);
	algorithm_signature(&without);
	ck_assert_int_eq(with.scheme, SIGNATURE_UNKNOWN);
	ck_assert_int_eq(without.scheme, SIGNATURE_ML_DSA_65);
}
END_TEST

START_TEST(a_certificate_names_its_key_whether_the_library_can_read_it_or_not)
{
	struct certificates list = certificates_of(ml_dsa[_i].certificate);
	const struct certificate *c = list.items[0];

	ck_assert_int_eq(certificate_key_type(c), ml_dsa[_i].type);
	ck_assert_str_eq(key_type_name(certificate_key_type(c)) + 7, ml_dsa[_i].name + 7);
	if (offered(ml_dsa[_i].name))
		ck_assert_ptr_null(certificate_fits(c, PURPOSE_CA, certificate_not_before(c)));
	else
		ck_assert_str_eq(certificate_fits(c, PURPOSE_CA, certificate_not_before(c)), "algorithm-not-available");
	certificates_done(&list);
}
END_TEST

#define CA_EXTENSIONS { "basicConstraints", "critical,CA:true", "keyUsage", "critical,keyCertSign,cRLSign" }

START_TEST(a_chain_of_ml_dsa_is_a_chain)
{
	struct forged root, leaf, stranger;
	struct certificates anchors = { NULL, 0 };
	struct chain_request request;
	struct chain_result result;
	struct error e = ERROR_INIT;

	if (!offered(ml_dsa[_i].name))
		return;
	root = forge(&(struct forge){ .cn = "root", .key = ml_dsa[_i].name, .extensions = CA_EXTENSIONS });
	stranger = forge(&(struct forge){ .cn = "root", .key = ml_dsa[_i].name, .extensions = CA_EXTENSIONS });
	leaf = forge(&(struct forge){ .cn = "leaf", .key = ml_dsa[_i].name, .issuer = &root,
	    .extensions = { "keyUsage", "critical,digitalSignature" } });
	for (int known = 1; known >= 0; known--) {
		anchors = (struct certificates){ NULL, 0 };
		expect_ok(certificates_add(&anchors, known ? root.c : stranger.c, &e));
		request = (struct chain_request){ .leaf = leaf.c, .anchors = &anchors, .purpose = PURPOSE_SIGN,
			.when = FORGE_NOW };
		expect_ok(chain_verify(&request, &result, &e));
		ck_assert_msg(result.trusted == known, "%s", result.reason == NULL ? "trusted" : result.reason);
		chain_result_done(&result);
		certificates_done(&anchors);
	}
	ck_assert_str_eq(certificate_fits(leaf.c, PURPOSE_ENCRYPT, FORGE_NOW), "key-type");
	forged_done(&leaf);
	forged_done(&stranger);
	forged_done(&root);
}
END_TEST

/* We verify such signatures and make none. */
START_TEST(an_ml_dsa_key_is_not_taken)
{
	struct buffer pem = load("crypto/made-here/mldsa.key");
	struct error e = ERROR_INIT;
	struct key *k = NULL;

	expect_error(key_read_pem(pem.data, pem.size, NULL, &k, &e), ERROR_ALGORITHM);
	buffer_done(&pem);
}
END_TEST

/* ---- ML-KEM ---- */

static const struct {
	const char *name, *cms, *key, *certificate, *content;
	enum key_type type;
	size_t ciphertext;
} ml_kem[] = {
	{ "ML-KEM-512", "crypto/ml-kem/ML-KEM-512.cms", "crypto/ml-kem/ML-KEM-512-both.priv", "crypto/ml-kem/ML-KEM-512.pem",
	    "Hello, world!", KEY_ML_KEM_512, 768 },
	{ "ML-KEM-512", "crypto/ml-kem/ML-KEM-512.cms", "crypto/ml-kem/ML-KEM-512-seed.priv", "crypto/ml-kem/ML-KEM-512.pem",
	    "Hello, world!", KEY_ML_KEM_512, 768 },
	{ "ML-KEM-512", "crypto/ml-kem/ML-KEM-512.cms", "crypto/ml-kem/ML-KEM-512-expanded.priv",
	    "crypto/ml-kem/ML-KEM-512.pem", "Hello, world!", KEY_ML_KEM_512, 768 },
	{ "ML-KEM-768", "crypto/made-here/mlkem.eml", "crypto/made-here/mlkem.key", "crypto/made-here/mlkem.crt",
	    "Content-Type: text/plain\r\n\r\nHello\r\n", KEY_ML_KEM_768, 1088 },
};
#define ML_KEM (int)(sizeof ml_kem / sizeof ml_kem[0])

/* The key, or NULL where the library lacks it; then the refusal says so. */
static struct key *
kem_key(int i)
{
	struct buffer pem = load(ml_kem[i].key);
	struct error e = ERROR_INIT;
	struct key *k = NULL;
	int rc = key_read_pem(pem.data, pem.size, NULL, &k, &e);

	if (offered(ml_kem[i].name)) {
		expect_ok(rc);
		ck_assert_int_eq(key_type(k), ml_kem[i].type);
	} else {
		ck_assert_ptr_nonnull(strstr(e.detail, "OpenSSL 3.5"));
		expect_error(rc, ERROR_ALGORITHM);
	}
	buffer_done(&pem);
	return k;
}

START_TEST(what_was_encapsulated_is_opened_or_refused_by_name)
{
	struct buffer cms = load_cms(ml_kem[_i].cms), plain = BUFFER_INIT(100000);
	struct cms_shape *s = walk(cms.data, cms.size);
	const struct recipient_info *ri = &s->recipients[0];
	struct key *k = kem_key(_i);
	struct error e = ERROR_INIT;

	ck_assert_uint_eq(s->recipient_count, 1);
	ck_assert_int_eq(ri->kind, RECIPIENT_KEM);
	ck_assert_int_eq(ri->transport, TRANSPORT_ML_KEM);
	ck_assert_int_eq(ri->kem, ml_kem[_i].type);
	ck_assert_uint_eq(ri->kem_ciphertext.size, ml_kem[_i].ciphertext);
	if (k != NULL) {
		ck_assert_ptr_null(ri->unusable);
		expect_ok(try_open(cms.data, cms.size, 0, k, &plain, &e));
		ck_octets_eq(plain.data, plain.size, ml_kem[_i].content, strlen(ml_kem[_i].content));
	} else {
		ck_assert_str_eq(ri->unusable, "algorithm-not-available");
	}
	key_unref(k);
	cms_shape_free(s);
	buffer_done(&plain);
	buffer_done(&cms);
}
END_TEST

/*
 * ML-KEM rejects a false ciphertext with another secret; so that, a false wrapped key and false content all come to
 * the same end.
 */
START_TEST(whatever_is_false_fails_alike)
{
	struct buffer cms = load_cms(ml_kem[_i].cms);
	struct cms_shape *s = walk(cms.data, cms.size);
	const struct octets kemct = s->recipients[0].kem_ciphertext, wrapped = s->recipients[0].encrypted_key;
	char *falsified[] = { memmem(cms.data, cms.size, kemct.data, kemct.size),
		memmem(cms.data, cms.size, wrapped.data, wrapped.size), cms.data + cms.size - 20, cms.data + cms.size - 1 };
	char text[ERROR_DETAIL_MAX] = "";
	struct key *k = kem_key(_i);
	struct error e = ERROR_INIT;

	for (size_t i = 0; k != NULL && i < sizeof falsified / sizeof falsified[0]; i++) {
		*falsified[i] ^= 1;
		error_clear(&e);
		ck_assert_int_eq(try_open(cms.data, cms.size, 0, k, NULL, &e), -1);
		ck_assert_int_eq(e.code, ERROR_CMS_UNREADABLE);
		if (i == 0)
			snprintf(text, sizeof text, "%s", e.detail);
		ck_assert_str_eq(e.detail, text);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		*falsified[i] ^= 1;
	}
	key_unref(k);
	cms_shape_free(s);
	buffer_done(&cms);
}
END_TEST

/* One octet of the KEMRecipientInfo at a time. */
START_TEST(the_walk_lets_only_what_the_rfcs_say_be_tried)
{
	static const struct {
		const char *find; /* in hexadecimal; its last octet is changed */
		unsigned char to;
		const char *unusable;
	} rows[] = {
		{ "060b2a864886f70d010910 0d03", 4, "kind" },              /* another OtherRecipientInfo */
		{ "060960864801650304 0401", 9, "algorithm" },             /* another KEM */
		{ "060960864801650304 0401", 2, "parameters" },            /* whose ciphertexts are longer */
		{ "060b2a864886f70d010910 031c", 0x1b, "algorithm" },      /* another KDF */
		{ "060960864801650304 0105", 0x2d, "parameters" },         /* a wrap of another size than kekLength */
		{ "060960864801650304 0105", 8, "algorithm" },             /* a padded wrap */
		{ "031c020110", 32, "parameters" },                        /* kekLength that is not the wrap's */
		{ "0d0330820363020100", 1, "parameters" },                 /* version */
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buffer cms = load_cms(ml_kem[0].cms);
		unsigned char find[32];
		size_t n = 0;
		struct cms_shape *s;
		char *at;

		for (const char *h = rows[i].find; *h != '\0'; h += *h == ' ' ? 1 : 2)
			if (*h != ' ')
				sscanf(h, "%2hhx", &find[n++]);
		at = memmem(cms.data, cms.size, find, n);
		ck_assert_msg(at != NULL, "row %zu", i);
		at[n - 1] = (char)rows[i].to;
		s = walk(cms.data, cms.size);
		ck_assert_uint_eq(s->recipient_count, 1);
		ck_assert_str_eq(s->recipients[0].unusable, rows[i].unusable);
		cms_shape_free(s);
		buffer_done(&cms);
	}
}
END_TEST

/* HKDF by the library's other interface, over an info that the test wrote out. */
static void
derive(const char *md, const unsigned char *shared, const unsigned char *info, size_t n, unsigned char *kek, size_t size)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);

	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_get_digestbyname(md)), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set1_hkdf_key(ctx, shared, 32), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_add1_hkdf_info(ctx, info, (int)n), 1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, kek, &size), 1);
	EVP_PKEY_CTX_free(ctx);
}

/* As somebody else would write to this key, with user keying material and without (RFC 9629 5). */
START_TEST(every_parameter_set_kdf_and_wrap_with_and_without_ukm)
{
	static const char *const names[] = { "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024" };
	static const char *const mds[] = { "sha256", "sha384", "sha512" };
	static const enum key_type types[] = { KEY_ML_KEM_512, KEY_ML_KEM_768, KEY_ML_KEM_1024 };
	static const enum digest_algorithm digests[] = { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };
	static const unsigned char wraps[3] = { 0x05, 0x19, 0x2d };
	static const unsigned char cek[32] = "0123456789abcdef0123456789abcde";
	const size_t kek_size = (size_t)16 + 8 * (size_t)(_i / 2), at = (size_t)_i / 2;
	unsigned char info[64] = { 0x30, 0x10, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01,
		wraps[at], 0x02, 0x01, (unsigned char)kek_size, 0xa0, 0x05, 0x04, 0x03, 'u', 'k', 'm' };
	unsigned char ciphertext[2048], shared[32], wrapped[40];
	size_t n = sizeof ciphertext, shared_size = sizeof shared;
	struct secret kek = SECRET_INIT, plain = SECRET_INIT, out = SECRET_INIT;
	struct recipient_info ri = { .kind = RECIPIENT_KEM, .transport = TRANSPORT_ML_KEM, .kem = types[at],
		.kdf_digest = digests[at], .wrap_key_size = kek_size, .wrap_algorithm = { info + 2, 13 },
		.encrypted_key = { wrapped, sizeof wrapped } };
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *ctx;
	struct key *k;
	struct error e = ERROR_INIT;

	if (!offered(names[at]))
		return;
	pkey = EVP_PKEY_Q_keygen(NULL, NULL, names[at]);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	k = key_of(pkey);
	ck_assert_int_eq(EVP_PKEY_encapsulate_init(ctx, NULL), 1);
	ck_assert_int_eq(EVP_PKEY_encapsulate(ctx, ciphertext, &n, shared, &shared_size), 1);
	ri.kem_ciphertext = (struct octets){ ciphertext, n };
	if (_i % 2 == 1) {
		ri.has_ukm = true;
		ri.ukm = (struct octets){ info + 22, 3 };
		info[1] = 0x17;
	}
	expect_ok(secret_init(&kek, kek_size, &e));
	expect_ok(secret_copy(&plain, cek, sizeof cek, &e));
	derive(mds[at], shared, info, (size_t)info[1] + 2, kek.data, kek_size);
	expect_ok(key_wrap(&kek, &plain, wrapped, &e));
	expect_ok(key_unwrap(k, &ri, sizeof cek, &out, &e));
	ck_octets_eq(out.data, out.size, cek, sizeof cek);
	secret_done(&out);
	ri.has_ukm = !ri.has_ukm;
	ri.ukm = (struct octets){ info + 22, 3 };
	expect_error(key_unwrap(k, &ri, sizeof cek, &out, &e), ERROR_CMS_UNREADABLE);
	secret_done(&plain);
	secret_done(&kek);
	key_unref(k);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}
END_TEST

START_TEST(a_key_of_another_kind_opens_nothing)
{
	struct buffer cms = load_cms(ml_kem[3].cms);
	struct party rsa = party_make("rsa"), ec = party_make("P-256");
	struct key *others[] = { rsa.key, ec.key, kem_key(0) };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (others[i] != NULL)
			expect_error(try_open(cms.data, cms.size, 0, others[i], NULL, &e), ERROR_CMS_UNREADABLE);
	key_unref(others[2]);
	party_done(&rsa);
	party_done(&ec);
	buffer_done(&cms);
}
END_TEST

START_TEST(an_ml_kem_key_is_kept_as_it_came)
{
	struct key *k = kem_key(_i), *again = NULL;
	struct certificates list = certificates_of(ml_kem[_i].certificate);
	struct secret der = SECRET_INIT;
	struct buffer signature = BUFFER_INIT(10000);
	struct error e = ERROR_INIT;

	ck_assert_int_eq(certificate_key_type(list.items[0]), ml_kem[_i].type);
	if (k != NULL) {
		ck_assert_str_eq(key_public_hash(k), certificate_public_hash(list.items[0]));
		ck_assert_str_eq(key_algorithm_name(k) + 7, ml_kem[_i].name + 7);
		expect_ok(key_write_pkcs8(k, &der, &e));
		expect_ok(key_read_pkcs8(&der, &again, &e));
		ck_assert_str_eq(key_public_hash(again), key_public_hash(k));
		expect_error(key_sign(k, SIGNATURE_RSA_SHA256, "x", 1, &signature, &e), ERROR_KEY_UNUSABLE);
	}
	secret_done(&der);
	buffer_done(&signature);
	certificates_done(&list);
	key_unref(again);
	key_unref(k);
}
END_TEST

/* The expanded form: secret, public key, its hash; with an octet of the secret changed, only a secret that is sent there and
   back tells. */
START_TEST(a_key_whose_halves_disagree_is_refused)
{
	struct buffer pem = load("crypto/ml-kem/ML-KEM-512-expanded.priv"), der = BUFFER_INIT(10000);
	char *text = strchr(pem.data, '\n') + 1;
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;
	struct key *k = NULL;

	expect_ok(base64_decode_text(text, (size_t)(strstr(text, "-----END") - text), &der, &e));
	for (size_t at = 100; at < der.size && offered("ML-KEM-512"); at += 500) {
		der.data[at] ^= 1;
		expect_ok(secret_copy(&s, der.data, der.size, &e));
		expect_error(key_read_pkcs8(&s, &k, &e), ERROR_KEY_SYNTAX);
		secret_done(&s);
		der.data[at] ^= 1;
	}
	buffer_done(&der);
	buffer_done(&pem);
}
END_TEST

/* Such a certificate is ours to decrypt with, and nobody's to encrypt to: we write no KEMRecipientInfo. */
START_TEST(an_ml_kem_certificate_is_for_decrypting)
{
	struct certificates list = certificates_of(ml_kem[_i].certificate);
	const struct certificate *c = list.items[0];
	int64_t when = certificate_not_before(c);

	ck_assert_str_eq(certificate_fits(c, PURPOSE_ENCRYPT, when), "key-type");
	ck_assert_str_eq(certificate_fits(c, PURPOSE_SIGN, when), "key-type");
	if (offered(ml_kem[_i].name))
		ck_assert_ptr_null(certificate_fits(c, PURPOSE_DECRYPT, when));
	else
		ck_assert_str_eq(certificate_fits(c, PURPOSE_DECRYPT, when), "algorithm-not-available");
	certificates_done(&list);
}
END_TEST

Suite *suite_post_quantum(void);

Suite *
suite_post_quantum(void)
{
	Suite *s = suite_create("post_quantum");
	TCase *t = tcase_create("ml-dsa");

	tcase_add_loop_test(t, the_examples_of_the_working_group_verify_or_are_refused_by_name, 0, ML_DSA);
	tcase_add_test(t, a_mail_whose_content_is_digested_by_shake256_verifies_or_is_refused_by_name);
	tcase_add_loop_test(t, a_changed_signature_is_invalid, 0, ML_DSA);
	tcase_add_loop_test(t, another_parameter_set_is_no_match, 0, ML_DSA);
	tcase_add_test(t, the_digest_must_be_as_strong_as_the_signature);
	tcase_add_test(t, parameters_are_not_tolerated);
	tcase_add_loop_test(t, a_certificate_names_its_key_whether_the_library_can_read_it_or_not, 0, ML_DSA);
	tcase_add_loop_test(t, a_chain_of_ml_dsa_is_a_chain, 0, ML_DSA);
	tcase_add_test(t, an_ml_dsa_key_is_not_taken);
	suite_add_tcase(s, t);
	t = tcase_create("ml-kem");
	tcase_add_loop_test(t, what_was_encapsulated_is_opened_or_refused_by_name, 0, ML_KEM);
	tcase_add_loop_test(t, whatever_is_false_fails_alike, 0, ML_KEM);
	tcase_add_test(t, the_walk_lets_only_what_the_rfcs_say_be_tried);
	tcase_add_loop_test(t, every_parameter_set_kdf_and_wrap_with_and_without_ukm, 0, 6);
	tcase_add_test(t, a_key_of_another_kind_opens_nothing);
	tcase_add_loop_test(t, an_ml_kem_key_is_kept_as_it_came, 0, ML_KEM);
	tcase_add_test(t, a_key_whose_halves_disagree_is_refused);
	tcase_add_loop_test(t, an_ml_kem_certificate_is_for_decrypting, 0, ML_KEM);
	suite_add_tcase(s, t);
	return s;
}
