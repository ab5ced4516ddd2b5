/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "keystore/identity.h"
#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"
#include "tests/unit/mime/mime_support.h"

Suite *suite_vectors(void);

/* Messages that others published, with the people of RFC 9216 as our users. */

static struct world *w;

static struct certificates
load_certificates(const char *path)
{
	struct certificates list = { NULL, 0 };
	struct buffer data = load(path);
	struct error e = ERROR_INIT;

	expect_ok(certificates_read(data.data, data.size, &list, &e));
	buffer_done(&data);
	return list;
}

static void
trust(const char *path)
{
	struct certificates list = load_certificates(path);
	const struct forged anchor = { .c = list.items[0] }, *anchors[] = { &anchor };

	world_trust(w, anchors, 1);
	certificates_done(&list);
}

static void
import(const char *certificate, const char *key_path)
{
	struct certificates list = load_certificates(certificate);
	struct buffer pem = load(key_path);
	struct key *key = NULL;
	char id[33];
	struct error e = ERROR_INIT;

	expect_ok(key_read_pem(pem.data, pem.size, NULL, &key, &e));
	expect_ok(keystore_key_import(w->keystore, NULL, key, list.items[0], NULL, false, &w->witness, id, &e));
	key_unref(key);
	buffer_done(&pem);
	certificates_done(&list);
}

#define RFC9216 "crypto/rfc9216/"

static void
set_up(void)
{
	w = world_open("smime.example", NULL);
	trust(RFC9216 "3.1-RSA_Certification_Authority_Root_Certificate.crt");
	import(RFC9216 "5.3-Bob_s_Encryption_End_Entity_Certificate.crt", RFC9216 "5.4-Bob_s_Decryption_Private_Key_Material.key");
	import(RFC9216 "4.1-Alice_s_Signature_Verification_End_Entity_Certificate.crt",
	    RFC9216 "4.2-Alice_s_Signing_Private_Key_Material.key");
}

static void
tear_down(void)
{
	world_close(w);
}

static struct delivery
receive_file(const char *path, const char *header)
{
	struct buffer text = load(path), whole = BUFFER_INIT(1 << 24);
	struct error e = ERROR_INIT;
	struct delivery d;

	with_crlf(&text);
	expect_ok(buffer_append_text(&whole, header, &e));
	expect_ok(buffer_append(&whole, text.data, text.size, &e));
	d = mta_receive(w, "<bob@smime.example>", buffer_text(&whole));
	buffer_done(&text);
	buffer_done(&whole);
	return d;
}

static void
expect_result(const struct delivery *d, const char *want)
{
	char *value = delivery_field(d, "Authentication-Results", 1);

	ck_assert_msg(d->verdict == VERDICT_CONTINUE, "%s", error_text(&d->error));
	ck_assert_msg(value != NULL && strstr(value, want) != NULL, "%s instead of %s", value, want);
	free(value);
}

START_TEST(rfc_9788_c_2_2_passes)
{
	struct delivery d = receive_file("smime/rfc9788/C.2.2-smime-multipart-hp.eml", "");

	expect_result(&d, "smime=pass body.smime-identifier=alice@smime.example body.smime-part=2");
	delivery_done(&d);
}
END_TEST

START_TEST(rfc_9788_c_2_2_changed_fails)
{
	struct buffer text = load("smime/rfc9788/C.2.2-smime-multipart-hp.eml");
	char *at;
	struct delivery d;

	with_crlf(&text);
	at = strstr(text.data, "This is the\r\n");
	ck_assert_ptr_nonnull(at);
	at[0] = 't';
	d = mta_receive(w, "<bob@smime.example>", buffer_text(&text));
	expect_result(&d, "smime=fail reason=\"content-changed\" body.smime-part=2");
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

/* The form of RFC 8551: signed only, so the message within stays where the signature covers it. */
START_TEST(rfc_9788_c_2_6_passes_and_its_header_counts)
{
	struct buffer text = load("smime/rfc9788/C.2.6-smime-multipart-complex-rfc8551hp.eml");
	struct delivery d;
	char *subject, *at;

	with_crlf(&text);
	at = strstr(text.data, "Subject: smime-");
	memcpy(at, "Subject: [list]", 15);
	d = mta_receive(w, "<bob@smime.example>", buffer_text(&text));
	expect_result(&d, "smime=pass body.smime-identifier=alice@smime.example body.smime-part=2");
	ck_assert_str_eq(json_look_text(json_look(d.report, "headers"), "form"), "wrapped");
	subject = delivery_field(&d, "Subject", 1);
	ck_assert_str_eq(subject, "smime-multipart-complex-rfc8551hp");
	ck_assert_str_eq(delivery_body(&d), strstr(buffer_text(&text), "\r\n\r\n") + 4);
	free(subject);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(rfc_9788_c_3_2_is_opened_and_passes)
{
	struct delivery d = receive_file("smime/rfc9788/C.3.2-smime-signed-enc-hp-baseline-legacy.eml", "");
	char *subject = delivery_field(&d, "Subject", 1), *type = delivery_field(&d, "Content-Type", 1);

	expect_result(&d, "smime=pass body.smime-identifier=alice@smime.example body.smime-part=\"1/1\"");
	ck_assert_str_eq(subject, "smime-signed-enc-hp-baseline-legacy");
	ck_assert_str_eq(type, "text/plain; charset=\"utf-8\"");
	/* Neither the display of what was hidden nor what tells of it is left. */
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "This is the\r\nsmime-signed-enc-hp-baseline-legacy\r\n"));
	ck_assert(strncmp(delivery_body(&d), "This is the\r\n", 13) == 0);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "HP-Outer"));
	free(subject);
	free(type);
	delivery_done(&d);
}
END_TEST

START_TEST(rfc_9216_identities_sign_for_their_addresses)
{
	struct delivery sent, back;

	world_login(w, "alice", "alice@smime.example");
	world_configure(w, "smime.example", "defaults { sign = \"required\" sign-local = yes encrypt = \"off\" }");
	sent = mta_submit(w, "alice", "<someone@else.example>", "From: alice@smime.example\r\nSubject: s\r\n\r\nhello\r\n");
	ck_assert_msg(sent.verdict == VERDICT_CONTINUE, "%s", error_text(&sent.error));
	back = mta_receive(w, "<bob@smime.example>", buffer_text(&sent.text));
	expect_result(&back, "smime=pass body.smime-identifier=alice@smime.example body.smime-part=2");
	delivery_done(&sent);
	delivery_done(&back);
}
END_TEST

/* ---- what may never pass ---- */

static const struct vector {
	const char *path, *header, *result;
} weak[] = {
	/* clang-format off */
	{ "smime/made-here/sha1.eml", "From: alice@smime.example\r\n", "smime=policy reason=\"weak\"" },
	{ "smime/made-here/bad.eml",  "From: bob@smime.example\r\n",   "smime=policy reason=\"key-usage\"" },
	{ "smime/made-here/s2c.eml",  "From: pss@example.com\r\n",     "smime=" },
	{ "smime/rfc4134/4.8.eml",    "",                              "smime=" },
	{ "smime/rfc4134/4.9.eml",    "",                              "smime=" },
	{ "crypto/rfc4134/5.3.eml",   "",                              "smime=none" },
	/* clang-format on */
};

START_TEST(weak_and_mislabelled_signatures_never_pass)
{
	struct delivery d = receive_file(weak[_i].path, weak[_i].header);

	expect_result(&d, weak[_i].result);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "smime=pass"));
	delivery_done(&d);
}
END_TEST

static const char *const objects[] = {
	"crypto/rfc4134/4.1.bin", "crypto/rfc4134/4.2.bin", "crypto/rfc4134/4.3.bin", "crypto/rfc4134/4.4.bin",
	"crypto/rfc4134/4.5.bin", "crypto/rfc4134/4.6.bin", "crypto/rfc4134/4.7.bin", "crypto/rfc4134/4.10.bin",
	"crypto/rfc4134/4.11.bin", "crypto/rfc4134/5.1.bin", "crypto/rfc4134/5.2.bin", "crypto/rfc4134/6.0.bin",
	"crypto/rfc4134/7.1.bin", "crypto/rfc4134/7.2.bin", "crypto/made-here/authenv-forged-authAttrs.der",
	"crypto/made-here/authenv-gcm-icvlen-0.der", "crypto/made-here/authenv-gcm-icvlen-1.der",
	"crypto/made-here/authenv-gcm-icvlen-4.der", "crypto/made-here/authenv-gcm-icvlen-8.der",
	"crypto/made-here/authenv-with-cbc-oid.der",
};

START_TEST(old_and_broken_objects_are_delivered_as_they_came)
{
	struct buffer der = load(objects[_i]), text = BUFFER_INIT(1 << 24);
	struct sink sink = buffer_sink(&text);
	struct base64_writer base64;
	struct error e = ERROR_INIT;
	struct delivery d;

	trust("smime/rfc4134/CarlRSASelf.cer");
	expect_ok(buffer_append_text(&text,
	    "From: aliceRSA@example.com\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n", &e));
	base64_writer_init(&base64, &sink);
	expect_ok(base64_write(&base64, der.data, der.size, &e));
	expect_ok(base64_finish(&base64, &e));
	d = mta_receive(w, "<bob@smime.example>", buffer_text(&text));
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", objects[_i], error_text(&d.error));
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "smime=pass"));
	ck_assert_str_eq(delivery_body(&d), strstr(buffer_text(&text), "\r\n\r\n") + 4);
	delivery_done(&d);
	buffer_done(&der);
	buffer_done(&text);
}
END_TEST

/* CBC needs a signature inside that vouches for it. */
START_TEST(a_weak_signature_inside_cbc_vouches_for_nothing)
{
	struct certificates list = load_certificates(RFC9216 "5.3-Bob_s_Encryption_End_Entity_Certificate.crt");
	const struct forged bob = { .c = list.items[0] }, *to[] = { &bob };
	struct buffer inner = load("smime/made-here/sha1.eml"), text;
	struct delivery d;

	with_crlf(&inner);
	text = letter("From: alice@smime.example\r\n", letter_encrypted(to, 1, PROFILE_COMPATIBLE, buffer_text(&inner)));
	d = mta_receive(w, "<bob@smime.example>", buffer_text(&text));
	expect_result(&d, "smime=policy reason=\"weak\"");
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Notice"), 1);
	delivery_done(&d);
	buffer_done(&text);
	buffer_done(&inner);
	certificates_done(&list);
}
END_TEST

Suite *
suite_vectors(void)
{
	Suite *s = suite_create("vectors");
	TCase *t = tcase_create("vectors");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, rfc_9788_c_2_2_passes);
	tcase_add_test(t, rfc_9788_c_2_2_changed_fails);
	tcase_add_test(t, rfc_9788_c_2_6_passes_and_its_header_counts);
	tcase_add_test(t, rfc_9788_c_3_2_is_opened_and_passes);
	tcase_add_test(t, rfc_9216_identities_sign_for_their_addresses);
	tcase_add_test(t, a_weak_signature_inside_cbc_vouches_for_nothing);
	tcase_add_loop_test(t, weak_and_mislabelled_signatures_never_pass, 0, sizeof(weak) / sizeof(weak[0]));
	tcase_add_loop_test(t, old_and_broken_objects_are_delivered_as_they_came, 0, sizeof(objects) / sizeof(objects[0]));
	suite_add_tcase(s, t);
	return s;
}
