/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>

#include "tests/unit/gateway/mta.h"
#include "tests/unit/mime/mime_support.h"

Suite *suite_hostile(void);

/*
 * The messages that other filters corrupted, crashed or looped on, through the
 * whole gateway; OpenSSL's own MIME and CMS readers are the other side.
 */
static const char *const names[] = {
	"01-plain-nonmime", "02-nonmime-8bit", "03-mime-8bit", "04-multipart", "05-preamble-dashes",
	"06-no-boundary-in-body", "07-close-delim-padding", "08-epilogue", "09-ct-nospace", "10-mp-nospace",
	"11-semicolon-quoted", "12-lowercase-names", "13-two-content-types", "14-content-no-mime-version",
	"15-mime-version-only", "16-empty-body", "17-pkcs7-mime", "18-opaque-signed", "19-signed-uppercase", "20-pgp-signed",
	"21-from-line", "22-trailing-ws", "23-bare-cr-lf", "24-nul", "25-long-ct", "26-trailing-semicolon",
	"27-folded-ct-tab", "28-content-extras", "29-rfc2231", "30-preamble-70k", "31-long-lines", "32-binary-cte",
};

static bool
is_protected(size_t i)
{
	return i >= 16 && i <= 19;
}

#define ROOM ((size_t)64 * 1024 * 1024)

static struct world *w;
static struct forged alice, rcpt;

static void
set_up(void)
{
	w = world_open("example.org", NULL);
	alice = certified("alice@example.org", NULL);
	rcpt = certified("rcpt@dest.example.net", "rsa-2048");
	world_identity(w, &alice);
	world_login(w, "alice", "alice@example.org");
	world_partner(w, NULL, &rcpt);
}

static void
tear_down(void)
{
	world_close(w);
	forged_done(&alice);
	forged_done(&rcpt);
}

static struct buffer
load_hostile(size_t i)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "mime/hostile/%s.eml", names[i]);
	return load(path);
}

/* ---- OpenSSL's side ---- */

static struct buffer
take_bio(BIO *bio)
{
	struct buffer b = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	char *data;
	long n = BIO_get_mem_data(bio, &data);

	expect_ok(buffer_append(&b, data, (size_t)n, &e));
	BIO_free(bio);
	return b;
}

/* What a signed message says, once OpenSSL has verified it. */
static struct buffer
openssl_verified(const struct buffer *text, const char *name)
{
	BIO *in = BIO_new_mem_buf(text->data, (int)text->size), *part = NULL, *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = SMIME_read_CMS(in, &part);
	STACK_OF(X509) *signers;

	ck_assert_msg(cms != NULL, "%s: OpenSSL reads no S/MIME", name);
	ck_assert_msg(CMS_verify(cms, NULL, NULL, part, out, CMS_NO_SIGNER_CERT_VERIFY) == 1, "%s", name);
	signers = CMS_get0_signers(cms);
	ck_assert_int_eq(X509_cmp(sk_X509_value(signers, 0), alice.x509), 0);
	sk_X509_free(signers);
	CMS_ContentInfo_free(cms);
	BIO_free(part);
	BIO_free(in);
	return take_bio(out);
}

static struct buffer
openssl_decrypted(const struct buffer *text, const char *name)
{
	BIO *in = BIO_new_mem_buf(text->data, (int)text->size), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = SMIME_read_CMS(in, NULL);

	ck_assert_msg(cms != NULL, "%s: OpenSSL reads no S/MIME", name);
	ck_assert_msg(CMS_decrypt(cms, rcpt.pkey, rcpt.x509, NULL, out, CMS_BINARY) == 1, "%s", name);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return take_bio(out);
}

/* ---- the same content ---- */

static bool
decode(const struct entity *leaf, struct buffer *out)
{
	struct entity_reader *reader = NULL;
	struct source source;
	struct error e = ERROR_INIT;
	bool ok = entity_reader_new(leaf, &reader, &source, &e) == 0 && read_all(&source, out, &e) == 0;

	entity_reader_free(reader);
	return ok;
}

/* The last leaf may have got the line end that every entity ends in. */
static void
trim_end(struct buffer *b)
{
	while (b->size > 0 && (b->data[b->size - 1] == '\n' || b->data[b->size - 1] == '\r'))
		b->size--;
}

static void
expect_same_leaf(const struct entity *before, const struct entity *after, bool last, const char *name)
{
	struct buffer a = BUFFER_INIT(ROOM), b = BUFFER_INIT(ROOM);

	ck_assert_msg(entity_is(after, before->type->type, before->type->subtype), "%s: %s/%s", name, after->type->type,
	    after->type->subtype);
	if (decode(before, &a)) {
		ck_assert_msg(decode(after, &b), "%s", name);
		if (last) {
			trim_end(&a);
			trim_end(&b);
		}
		ck_assert_msg(a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0), "%s: other octets", name);
	}
	buffer_done(&a);
	buffer_done(&b);
}

static void
expect_same_content(const struct buffer *before, const struct buffer *after, const char *name)
{
	struct message a, b;
	struct error e = ERROR_INIT;
	size_t n;

	expect_ok(message_open(&a, before->data, before->size, &e));
	expect_ok(message_open(&b, after->data, after->size, &e));
	n = leaf_count(a.root);
	ck_assert_msg(leaf_count(b.root) == n, "%s: %zu leaves of %zu", name, leaf_count(b.root), n);
	for (size_t i = 0; i < n; i++)
		expect_same_leaf(leaf_at(a.root, i), leaf_at(b.root, i), i + 1 == n, name);
	message_done(&a);
	message_done(&b);
}

/* ---- through the gateway ---- */

static struct delivery
submit(const struct buffer *text, enum mta_rules rules)
{
	const struct mail mail = { .from = "<alice@example.org>", .to = { "<rcpt@dest.example.net>" }, .text = text->data,
		.size = text->size, .login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION };

	return mta_send(w, &mail, rules);
}

static void
expect_clean_header(const struct delivery *d, const char *name)
{
	ck_assert_msg(delivery_count(d, "MIME-Version") == 1, "%s", name);
	ck_assert_msg(delivery_count(d, "Content-Type") == 1, "%s", name);
	ck_assert_msg(delivery_count(d, "Content-Transfer-Encoding") <= 1, "%s", name);
	ck_assert_msg(delivery_count(d, "Content-Disposition") <= 1, "%s", name);
	ck_assert_msg(delivery_count(d, "Subject") == 1, "%s", name);
}

START_TEST(signs_each_so_that_openssl_reads_the_same)
{
	const char *name = names[_i / 2];
	struct buffer text = load_hostile((size_t)_i / 2), content;
	struct delivery d;

	world_configure(w, "example.org", "defaults { sign = \"required\" encrypt = \"off\" }");
	d = submit(&text, (enum mta_rules)(_i % 2));
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", name, error_text(&d.error));
	if (is_protected((size_t)_i / 2)) {
		ck_assert_msg(d.edits.size == 0, "%s", name);
	} else {
		expect_clean_header(&d, name);
		content = openssl_verified(&d.text, name);
		expect_same_content(&text, &content, name);
		buffer_done(&content);
	}
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(signs_and_encrypts_each_so_that_openssl_reads_the_same)
{
	const char *name = names[_i / 2];
	struct buffer text = load_hostile((size_t)_i / 2), plain, content;
	struct delivery d;

	world_configure(w, "example.org", "defaults { sign = \"required\" encrypt = \"required\" }");
	d = submit(&text, (enum mta_rules)(_i % 2));
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", name, error_text(&d.error));
	expect_clean_header(&d, name);
	plain = openssl_decrypted(&d.text, name);
	if (is_protected((size_t)_i / 2)) {
		expect_same_content(&text, &plain, name);
	} else {
		content = openssl_verified(&plain, name);
		expect_same_content(&text, &content, name);
		buffer_done(&content);
	}
	buffer_done(&plain);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(takes_each_from_outside_as_it_is)
{
	struct buffer text = load_hostile((size_t)_i);
	const struct mail mail = { .from = "<alice@example.org>", .to = { "<bob@example.org>" }, .text = text.data,
		.size = text.size, .client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND };
	struct delivery d = mta_send(w, &mail, MTA_POSTFIX);

	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", names[_i], error_text(&d.error));
	ck_assert_msg(strstr(buffer_text(&d.edits), "insert Authentication-Results") == d.edits.data, "%s", names[_i]);
	ck_assert_msg(d.text.size >= text.size, "%s", names[_i]);
	ck_assert_msg(memmem(d.text.data, d.text.size, "\r\n\r\n", 4) != NULL, "%s", names[_i]);
	ck_assert_ptr_null(strstr(buffer_text(&d.edits), "smime=pass"));
	ck_assert_ptr_null(strstr(buffer_text(&d.edits), "\nbody "));
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

Suite *
suite_hostile(void)
{
	Suite *s = suite_create("hostile");
	TCase *t = tcase_create("hostile");
	const int n = sizeof(names) / sizeof(names[0]);

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, signs_each_so_that_openssl_reads_the_same, 0, 2 * n);
	tcase_add_loop_test(t, signs_and_encrypts_each_so_that_openssl_reads_the_same, 0, 2 * n);
	tcase_add_loop_test(t, takes_each_from_outside_as_it_is, 0, n);
	suite_add_tcase(s, t);
	return s;
}
