/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/identifier_private.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/signed_support.h"

#define CRAFT_MAX 1000000

/* ---- judging ---- */

struct signature_facts
judge(const struct buffer *cms, bool detached, const void *content, size_t n, const struct certificates *more)
{
	struct cms_shape *shape = walk(cms->data, cms->size);
	struct memory_source memory;
	struct source source = memory_source(&memory, content, n);
	struct signature_facts facts;
	struct error e = ERROR_INIT;

	memset(&facts, 0xa5, sizeof facts);
	expect_ok(cms_verify(shape, detached, &source, more, &facts, &e));
	ck_assert_uint_eq(ERR_peek_error(), 0);
	cms_shape_free(shape);
	return facts;
}

void
expect_status(const struct buffer *cms, bool detached, const char *content, enum signature_status status,
    const char *detail)
{
	struct signature_facts f = judge(cms, detached, content, strlen(content), NULL);

	ck_assert_msg(f.status == status, "%s (%s), not %s", signature_status_word(f.status),
	    f.detail == NULL ? "-" : f.detail, signature_status_word(status));
	if (detail != NULL)
		ck_assert_msg(f.detail != NULL && strcmp(f.detail, detail) == 0, "detail %s, not %s",
		    f.detail == NULL ? "none" : f.detail, detail);
	signature_facts_done(&f);
}

/* Line ends as the wire has them. */
static struct buffer
canonical(const char *from, size_t n)
{
	struct buffer b = BUFFER_INIT(1000000);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < n; i++) {
		if (from[i] == '\n' && (i == 0 || from[i - 1] != '\r'))
			expect_ok(buffer_append_char(&b, '\r', &e));
		expect_ok(buffer_append_char(&b, from[i], &e));
	}
	return b;
}

void
load_multipart(const char *path, struct buffer *content, struct buffer *cms)
{
	struct buffer b = load(path), second;
	char delimiter[120] = "\n--", *start = strstr(b.data, "boundary=\"") + 10, *first, *next, *end;
	struct error e = ERROR_INIT;

	strncat(delimiter, start, strcspn(start, "\""));
	first = strstr(b.data, delimiter);
	first = strchr(first + 1, '\n') + 1;
	next = strstr(first, delimiter);
	*content = canonical(first, (size_t)(next - first - (next[-1] == '\r')));
	second = canonical(next + 1, b.size - (size_t)(next + 1 - b.data));
	start = strstr(second.data, "\r\n\r\n") + 4;
	end = strstr(start, delimiter);
	buffer_init(cms, 1000000);
	expect_ok(base64_decode_text(start, (size_t)(end - start), cms, &e));
	buffer_done(&second);
	buffer_done(&b);
}

/* ---- making ---- */

static void
put_certificate_hash(struct der_writer *w, const struct craft *how, const struct forged *signer, bool v2)
{
	const struct certificate *c = how->claimed != NULL ? how->claimed->c : signer->c;
	enum digest_algorithm algorithm = v2 ? DIGEST_SHA256 : DIGEST_SHA1;
	size_t n, issuer_size, both_size;
	const unsigned char *der = certificate_der(c, &n), *both;
	unsigned char hash[DIGEST_MAX];

	ck_assert_int_eq(digest_of(algorithm, der, n, hash, NULL), 0);
	both = certificate_issuer_serial_der(c, &issuer_size, &both_size);
	der_open(w, DER_SEQUENCE);
	der_open(w, DER_SEQUENCE);
	der_open(w, DER_SEQUENCE);
	der_put(w, DER_OCTET_STRING, hash, digest_size(algorithm));
	der_open(w, DER_SEQUENCE);
	der_open(w, DER_SEQUENCE);
	der_put(w, DER_CONSTRUCTED_0 + 4, both, issuer_size);
	der_close(w);
	if (how->wrong_issuer_serial)
		der_put_small(w, DER_INTEGER, 1);
	else
		der_put_raw(w, both + issuer_size, both_size - issuer_size);
	der_close(w);
	der_close(w);
	der_close(w);
	der_close(w);
}

static void
put_preference(struct der_writer *w, const struct craft *how, const struct forged *signer)
{
	const struct certificate *c = how->preferred != NULL ? how->preferred->c : signer->c;
	unsigned char ski[64];
	size_t n = strlen(certificate_ski(c)) / 2;

	if (how->preference == 0) {
		der_open(w, DER_CONSTRUCTED_0);
		identifier_put_issuer_serial(w, c);
		der_close(w);
		return;
	}
	ck_assert_int_eq(hex_decode(certificate_ski(c), 2 * n, ski, n), 0);
	if (how->preference == DER_CONSTRUCTED_0 + 1) {
		der_open(w, DER_CONSTRUCTED_0 + 1);
		der_put(w, DER_OCTET_STRING, ski, n);
		der_close(w);
	} else {
		der_put(w, how->preference, ski, n);
	}
}

static void
put_protection(struct der_writer *w, const struct craft *how, enum digest_algorithm digest)
{
	der_open(w, DER_SEQUENCE);
	identifier_put_digest(w, how->protected_digest != DIGEST_NONE ? how->protected_digest : digest);
	identifier_put_signature(w, (unsigned char)(DER_CONSTRUCTED_0 + (how->protect_mac ? 2 : 1)), how->scheme);
	der_close(w);
}

static void
put_value(struct der_writer *w, const struct craft *how, const struct forged *signer, enum attribute a,
    enum digest_algorithm digest)
{
	const char *time = how->signing_time != NULL ? how->signing_time : "231114221320Z";
	unsigned char hash[DIGEST_MAX];

	switch (a) {
	case ATTRIBUTE_CONTENT_TYPE:
		der_put_oid(w, how->signed_content_type != NULL ? how->signed_content_type : &oid_data);
		break;
	case ATTRIBUTE_MESSAGE_DIGEST:
		ck_assert_int_eq(digest_of(digest, how->content, strlen(how->content), hash, NULL), 0);
		der_put(w, DER_OCTET_STRING, hash, digest_size(digest));
		break;
	case ATTRIBUTE_SIGNING_TIME:
		der_put(w, DER_UTC_TIME, time, strlen(time));
		break;
	case ATTRIBUTE_SMIME_CAPABILITIES:
		der_put(w, DER_SEQUENCE, "", 0);
		break;
	case ATTRIBUTE_ENCRYPTION_KEY_PREFERENCE:
		put_preference(w, how, signer);
		break;
	case ATTRIBUTE_SIGNING_CERTIFICATE:
	case ATTRIBUTE_SIGNING_CERTIFICATE_V2:
		put_certificate_hash(w, how, signer, a == ATTRIBUTE_SIGNING_CERTIFICATE_V2);
		break;
	case ATTRIBUTE_ALGORITHM_PROTECTION:
		put_protection(w, how, digest);
		break;
	case ATTRIBUTE_SIGNATURE_TYPE:
		der_open(w, DER_SEQUENCE);
		for (size_t i = 0; i < sizeof how->types / sizeof how->types[0] && how->types[i] != NULL; i++)
			der_put_oid(w, how->types[i]);
		der_close(w);
		break;
	case ATTRIBUTE_COUNT:
		break;
	}
}

static void
put_attribute(struct der_writer *w, const struct craft *how, const struct forged *signer, enum attribute a,
    enum digest_algorithm digest)
{
	static const struct oid *const oids[] = { &oid_content_type, &oid_message_digest, &oid_signing_time,
		&oid_smime_capabilities, &oid_encryption_key_preference, &oid_signing_certificate,
		&oid_signing_certificate_v2, &oid_algorithm_protection, &oid_signature_type };

	der_open(w, DER_SEQUENCE);
	der_put_oid(w, oids[a]);
	der_open(w, DER_SET);
	put_value(w, how, signer, a, digest);
	if ((how->two_values & BIT(a)) != 0)
		put_value(w, how, signer, a, digest);
	der_close(w);
	der_close(w);
}

/* The attributes as a SET, sorted or in the opposite order. */
static struct buffer
attributes_of(const struct craft *how, const struct forged *signer, enum digest_algorithm digest, bool reversed)
{
	struct buffer sorted = BUFFER_INIT(CRAFT_MAX), b = BUFFER_INIT(CRAFT_MAX);
	struct error e = ERROR_INIT;
	struct der_element set, all[32];
	struct der_reader r;
	struct der_writer w;
	size_t count = 0;

	der_begin(&w, &sorted, &e);
	der_open(&w, DER_SET);
	for (enum attribute a = ATTRIBUTE_CONTENT_TYPE; a < ATTRIBUTE_COUNT; a++) {
		if ((how->omit & BIT(a)) != 0)
			continue;
		if ((a == ATTRIBUTE_SIGNING_CERTIFICATE || a == ATTRIBUTE_SIGNATURE_TYPE) && (how->add & BIT(a)) == 0)
			continue;
		put_attribute(&w, how, signer, a, digest);
		if ((how->twice & BIT(a)) != 0)
			put_attribute(&w, how, signer, a, digest);
	}
	der_close_set(&w);
	expect_ok(der_finish(&w));
	ck_assert(der_sole(sorted.data, sorted.size, DER_SET, &set));
	for (r = der_enter(&set); der_next(&r, &all[count]);)
		count++;
	der_begin(&w, &b, &e);
	der_open(&w, DER_SET);
	for (size_t i = 0; i < count; i++) {
		const struct der_element *one = &all[reversed ? count - 1 - i : i];

		der_put_raw(&w, one->whole, one->whole_size);
	}
	der_close(&w);
	expect_ok(der_finish(&w));
	buffer_done(&sorted);
	return b;
}

/* By the library: our keys make no such signature. */
static void
sign_ml_dsa(const struct forged *signer, const void *tbs, size_t n, struct buffer *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char signature[8192];
	size_t size = sizeof signature;
	struct error e = ERROR_INIT;

	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, NULL, NULL, signer->pkey), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, signature, &size, tbs, n), 1);
	expect_ok(buffer_append(out, signature, size, &e));
	EVP_MD_CTX_free(ctx);
}

static struct buffer
signature_of(const struct forged *signer, enum signature_scheme scheme, const void *tbs, size_t n)
{
	struct buffer b = BUFFER_INIT(CRAFT_MAX);
	struct error e = ERROR_INIT;
	struct key *k;

	if (key_type_is_ml_dsa(signature_key(scheme))) {
		sign_ml_dsa(signer, tbs, n, &b);
		return b;
	}
	k = forged_key(signer);
	expect_ok(key_sign(k, scheme, tbs, n, &b, &e));
	key_unref(k);
	return b;
}

static void
put_signer_name(struct der_writer *w, const struct craft *how, const struct forged *signer)
{
	unsigned char ski[64];
	size_t n = strlen(certificate_ski(signer->c)) / 2;

	der_put_small(w, DER_INTEGER, how->by_key_identifier ? 3 : 1);
	if (how->by_key_identifier) {
		ck_assert_uint_gt(n, 0);
		ck_assert_int_eq(hex_decode(certificate_ski(signer->c), 2 * n, ski, n), 0);
		der_put(w, DER_CONTEXT_0, ski, n);
		return;
	}
	der_open(w, DER_SEQUENCE);
	identifier_put_issuer_serial(w, signer->c);
	der_close(w);
}

static void
put_signer(struct der_writer *w, const struct craft *how, const struct forged *signer)
{
	enum digest_algorithm digest = how->digest != DIGEST_NONE ? how->digest : signature_digest(how->scheme);
	struct buffer sent = attributes_of(how, signer, digest, how->reversed),
	    hashed = attributes_of(how, signer, digest, how->sign_reversed), signature;
	struct der_element set;

	if (how->no_attributes)
		signature = signature_of(signer, how->scheme, how->content, strlen(how->content));
	else
		signature = signature_of(signer, how->scheme, hashed.data, hashed.size);
	ck_assert(der_sole(sent.data, sent.size, DER_SET, &set));
	der_open(w, DER_SEQUENCE);
	put_signer_name(w, how, signer);
	identifier_put_digest(w, digest);
	if (!how->no_attributes)
		der_put(w, DER_CONSTRUCTED_0, set.data, set.size);
	identifier_put_signature(w, DER_SEQUENCE, how->scheme);
	der_put(w, DER_OCTET_STRING, signature.data, signature.size);
	der_close(w);
	buffer_done(&sent);
	buffer_done(&hashed);
	buffer_done(&signature);
}

static void
put_one_certificate(struct der_writer *w, const struct forged *f)
{
	size_t n;
	const unsigned char *der;

	if (f == NULL)
		return;
	der = certificate_der(f->c, &n);
	der_put_raw(w, der, n);
}

struct buffer
craft(const struct craft *how)
{
	struct buffer b = BUFFER_INIT(CRAFT_MAX);
	struct error e = ERROR_INIT;
	struct der_writer w;

	der_begin(&w, &b, &e);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, cms_type_oid(CMS_SIGNED));
	der_open(&w, DER_CONSTRUCTED_0);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 1);
	der_put(&w, DER_SET, "", 0);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, how->content_type != NULL ? how->content_type : &oid_data);
	if (how->opaque) {
		der_open(&w, DER_CONSTRUCTED_0);
		der_put(&w, DER_OCTET_STRING, how->content, strlen(how->content));
		der_close(&w);
	}
	der_close(&w);
	if (!how->no_certificates) {
		der_open(&w, DER_CONSTRUCTED_0);
		put_one_certificate(&w, how->bystander);
		put_one_certificate(&w, how->signer);
		put_one_certificate(&w, how->second);
		put_one_certificate(&w, how->preferred);
		der_close(&w);
	}
	der_open(&w, DER_SET);
	if (how->signer != NULL)
		put_signer(&w, how, how->signer);
	if (how->second != NULL)
		put_signer(&w, how, how->second);
	der_close(&w);
	der_close(&w);
	der_close(&w);
	der_close(&w);
	expect_ok(der_finish(&w));
	return b;
}
