/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/cms.h>

#include "smime/smime.h"
#include "tests/unit/smime/helpers.h"

Suite *suite_protect(void);

#define PLAIN "Content-Type: text/plain; charset=us-ascii\r\n\r\nhello\r\nworld\r\n"

/* ---- OpenSSL as the reader ---- */

static CMS_ContentInfo *
openssl_object(const struct entity *entity)
{
	struct buffer der = content_of(entity);
	const unsigned char *p = (const unsigned char *)der.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.size);

	ck_assert_ptr_nonnull(cms);
	ck_assert_ptr_eq(p, der.data + der.size);
	buffer_done(&der);
	return cms;
}

static struct buffer
bio_text(BIO *bio)
{
	struct buffer b = BUFFER_INIT(1 << 24);
	struct error e = ERROR_INIT;
	char *data;
	long n = BIO_get_mem_data(bio, &data);

	expect_ok(buffer_append(&b, data, (size_t)n, &e));
	BIO_free(bio);
	return b;
}

#define VERIFY_FLAGS (CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY)

static int
openssl_verifies_clear(const struct entity *root)
{
	CMS_ContentInfo *cms = openssl_object(root->parts[1]);
	struct buffer content = span_text(entity_whole(root->parts[0]));
	BIO *bio = BIO_new_mem_buf(content.data, (int)content.size);
	int rc = CMS_verify(cms, NULL, NULL, bio, NULL, VERIFY_FLAGS);

	BIO_free(bio);
	CMS_ContentInfo_free(cms);
	buffer_done(&content);
	return rc;
}

/* The eContent that verifies. */
static struct buffer
openssl_opaque(const struct entity *root)
{
	CMS_ContentInfo *cms = openssl_object(root);
	BIO *out = BIO_new(BIO_s_mem());

	ck_assert_int_eq(CMS_verify(cms, NULL, NULL, NULL, out, VERIFY_FLAGS), 1);
	CMS_ContentInfo_free(cms);
	return bio_text(out);
}

static struct buffer
openssl_decrypted(const struct entity *root, const struct person *p)
{
	CMS_ContentInfo *cms = openssl_object(root);
	BIO *out = BIO_new(BIO_s_mem());

	ck_assert_int_eq(CMS_decrypt(cms, p->forged.pkey, p->forged.x509, NULL, out, CMS_BINARY), 1);
	CMS_ContentInfo_free(cms);
	return bio_text(out);
}

/* ---- signed ---- */

static const char *const signers[] = { "rsa-2048", "P-256", "P-384" };
static const char *const micalgs[] = { "sha-256", "sha-256", "sha-384" };

START_TEST(signs_clear_as_rfc_1847_and_8551_have_it)
{
	struct person alice = person_make("alice@example.com", signers[_i]);
	struct buffer text = signed_by(&alice, "Subject: s\r\n" PLAIN, false);
	struct message m = message_of(buffer_text(&text));

	ck_assert_int_eq(smime_recognise(m.root), SMIME_CLEAR_SIGNED);
	ck_assert_str_eq(media_type_parameter(m.root->type, "protocol"), "application/pkcs7-signature");
	ck_assert_str_eq(media_type_parameter(m.root->type, "micalg"), micalgs[_i]);
	ck_assert_uint_eq(m.root->count, 2);
	ck_assert(m.root->closed);
	ck_assert_ptr_null(entity_structure_ambiguity(m.root));
	ck_assert_uint_eq(m.root->preamble.size, 0);
	ck_assert_uint_eq(m.root->epilogue.size, 0);
	ck_assert(is_span(entity_whole(m.root->parts[0]), PLAIN));
	ck_assert(entity_is(m.root->parts[1], "application", "pkcs7-signature"));
	ck_assert_int_eq(m.root->parts[1]->encoding, ENCODING_BASE64);
	ck_assert_int_eq(openssl_verifies_clear(m.root), 1);
	message_done(&m);
	buffer_done(&text);
	person_done(&alice);
}
END_TEST

START_TEST(signs_the_7bit_form)
{
	struct person alice = person_make("alice@example.com", NULL);
	struct buffer text = signed_by(&alice,
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncaf\xc3\xa9 \r\nFrom me\r\n",
	    false);
	struct message m = message_of(buffer_text(&text));
	struct buffer content = content_of(m.root->parts[0]);

	ck_assert(!m.root->facts.has_8bit);
	ck_assert_int_eq(openssl_verifies_clear(m.root), 1);
	ck_assert_str_eq(buffer_text(&content), "caf\xc3\xa9 \r\nFrom me\r\n");
	buffer_done(&content);
	message_done(&m);
	buffer_done(&text);
	person_done(&alice);
}
END_TEST

#define OTHERS_SIGNATURE \
	"Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha256; boundary=in\r\n\r\n" \
	"--in\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncaf\xc3\xa9\r\n" \
	"--in\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--in--\r\n"

START_TEST(signs_opaquely_what_has_no_7bit_form_and_keeps_its_octets)
{
	struct person alice = person_make("alice@example.com", NULL);
	struct buffer text = signed_by(&alice, OTHERS_SIGNATURE, false);
	struct message m = message_of(buffer_text(&text));
	struct buffer content = openssl_opaque(m.root);

	ck_assert(entity_is(m.root, "application", "pkcs7-mime"));
	ck_assert_str_eq(media_type_parameter(m.root->type, "smime-type"), "signed-data");
	ck_assert_str_eq(buffer_text(&content), OTHERS_SIGNATURE);
	buffer_done(&content);
	message_done(&m);
	buffer_done(&text);
	person_done(&alice);
}
END_TEST

START_TEST(signs_opaquely_on_request)
{
	struct person alice = person_make("alice@example.com", "rsa-2048");
	struct buffer text = signed_by(&alice, PLAIN, true);
	struct message m = message_of(buffer_text(&text));
	struct buffer content = openssl_opaque(m.root);

	ck_assert_str_eq(media_type_parameter(m.root->type, "name"), "smime.p7m");
	ck_assert_str_eq(buffer_text(&content), PLAIN);
	buffer_done(&content);
	message_done(&m);
	buffer_done(&text);
	person_done(&alice);
}
END_TEST

/* ---- encrypted ---- */

static const struct {
	const char *key;
	enum crypto_profile profile;
	const char *smime_type;
} ways[] = {
	{ "rsa-2048", PROFILE_COMPATIBLE, "enveloped-data" },
	{ "P-256", PROFILE_COMPATIBLE, "enveloped-data" },
	{ "rsa-2048", PROFILE_MODERN, "authEnveloped-data" },
	{ "P-384", PROFILE_MODERN, "authEnveloped-data" },
	{ "rsa-2048", PROFILE_EDI_ENERGY, "enveloped-data" },
};

START_TEST(encrypts_in_every_profile)
{
	struct person bob = person_make("bob@example.com", ways[_i].key);
	const struct person *to[] = { &bob };
	struct buffer text = encrypted_to(to, 1, ways[_i].profile, PLAIN);
	struct message m = message_of(buffer_text(&text));
	struct buffer content = openssl_decrypted(m.root, &bob);

	ck_assert_str_eq(media_type_parameter(m.root->type, "smime-type"), ways[_i].smime_type);
	ck_assert_int_eq(m.root->encoding, ENCODING_BASE64);
	ck_assert_str_eq(buffer_text(&content), PLAIN);
	buffer_done(&content);
	message_done(&m);
	buffer_done(&text);
	person_done(&bob);
}
END_TEST

START_TEST(encrypts_to_several)
{
	struct person bob = person_make("bob@example.com", "rsa-2048"), eve = person_make("carol@example.com", NULL);
	const struct person *to[] = { &bob, &eve };
	struct buffer text = encrypted_to(to, 2, PROFILE_MODERN, PLAIN);
	struct message m = message_of(buffer_text(&text));
	struct buffer one = openssl_decrypted(m.root, &bob), two = openssl_decrypted(m.root, &eve);

	ck_assert_str_eq(buffer_text(&one), PLAIN);
	ck_assert_str_eq(buffer_text(&two), PLAIN);
	buffer_done(&one);
	buffer_done(&two);
	message_done(&m);
	buffer_done(&text);
	person_done(&bob);
	person_done(&eve);
}
END_TEST

START_TEST(writes_lines_that_every_hop_carries)
{
	struct person bob = person_make("bob@example.com", NULL);
	const struct person *to[] = { &bob };
	char long_line[3000];
	struct buffer text;
	struct message m;

	memset(long_line, 'x', sizeof(long_line) - 1);
	memcpy(long_line, "Content-Type: text/plain\r\n\r\n", 28);
	long_line[sizeof(long_line) - 1] = '\0';
	text = encrypted_to(to, 1, PROFILE_COMPATIBLE, long_line);
	m = message_of(buffer_text(&text));
	ck_assert_uint_le(m.root->facts.longest_line, 76);
	ck_assert(!m.root->facts.has_bare_lf && m.root->facts.ends_in_line_end);
	message_done(&m);
	buffer_done(&text);
	person_done(&bob);
}
END_TEST

START_TEST(writes_the_7bit_form_of_what_is_only_encrypted)
{
	struct message m = message_of("Content-Transfer-Encoding: 8bit\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xa9\r\n");
	struct spool *out = spool_of("", 0);
	struct message written;
	struct error e = ERROR_INIT;
	struct buffer text;

	expect_ok(smime_write_plain(m.root, NULL, out, &e));
	text = span_text(spool_all(out));
	written = message_of(buffer_text(&text));
	ck_assert(!written.root->facts.has_8bit);
	message_done(&written);
	buffer_done(&text);
	spool_free(out);
	message_done(&m);
}
END_TEST

Suite *
suite_protect(void)
{
	Suite *s = suite_create("protect");
	TCase *t = tcase_create("sign");

	tcase_add_loop_test(t, signs_clear_as_rfc_1847_and_8551_have_it, 0, sizeof(signers) / sizeof(signers[0]));
	tcase_add_test(t, signs_the_7bit_form);
	tcase_add_test(t, signs_opaquely_what_has_no_7bit_form_and_keeps_its_octets);
	tcase_add_test(t, signs_opaquely_on_request);
	suite_add_tcase(s, t);
	t = tcase_create("encrypt");
	tcase_add_loop_test(t, encrypts_in_every_profile, 0, sizeof(ways) / sizeof(ways[0]));
	tcase_add_test(t, encrypts_to_several);
	tcase_add_test(t, writes_lines_that_every_hop_carries);
	tcase_add_test(t, writes_the_7bit_form_of_what_is_only_encrypted);
	suite_add_tcase(s, t);
	return s;
}
