/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "smime/smime.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

#define SIGNED(protocol) \
	"Content-Type: multipart/signed;" protocol " boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n" \
	"Content-Type: application/pkcs7-signature\r\n\r\nMAA=\r\n--b--\r\n"

static const struct row {
	const char *message;
	enum smime_kind kind;
} rows[] = {
	/* clang-format off */
	{ "Subject: x\r\n\r\nhello\r\n", SMIME_NONE },
	{ SIGNED(" protocol=\"application/pkcs7-signature\";"), SMIME_CLEAR_SIGNED },
	{ SIGNED(" PROTOCOL=\"Application/X-PKCS7-Signature\";"), SMIME_CLEAR_SIGNED },
	{ "Content-Type: Multipart/Signed; protocol=application/pkcs7-signature; boundary=b\r\n\r\n--b--\r\n", SMIME_CLEAR_SIGNED },
	{ SIGNED(""), SMIME_CLEAR_SIGNED },
	{ SIGNED(" protocol=\"application/pgp-signature\";"), SMIME_PGP_SIGNED },
	{ SIGNED(" protocol=\"application/x-other\";"), SMIME_SIGNED_OTHER },
	{ "Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b--\r\n", SMIME_PGP_ENCRYPTED },
	{ "content-type: APPLICATION/PKCS7-MIME\r\n\r\nMAA=\r\n", SMIME_CMS },
	{ "Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data\r\n\r\nMAA=\r\n", SMIME_CMS },
	{ "Content-Type: application/pkcs7-mime; smime-type=Certs-Only\r\n\r\nMAA=\r\n", SMIME_CERTS_ONLY },
	{ "Content-Type: application/octet-stream; name=SMIME.P7M\r\n\r\nMAA=\r\n", SMIME_CMS },
	{ "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"a.p7s\"\r\n\r\nMAA=\r\n", SMIME_CMS },
	{ "Content-Type: application/octet-stream; name=\"a.p7c\"\r\n\r\nMAA=\r\n", SMIME_CERTS_ONLY },
	{ "Content-Type: application/octet-stream; name=\"p7m\"\r\n\r\nMAA=\r\n", SMIME_NONE },
	{ "Content-Type: application/pkcs7-mimes\r\n\r\nMAA=\r\n", SMIME_NONE },
	{ "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n" SIGNED(" protocol=\"application/pkcs7-signature\";")
	  "\r\n--o\r\n\r\nfooter\r\n--o--\r\n", SMIME_SIGNED_WITHIN },
	{ "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nx\r\n--o\r\nContent-Type: application/pkcs7-mime\r\n\r\nMAA=\r\n--o--\r\n", SMIME_SIGNED_WITHIN },
	{ "Content-Type: message/rfc822\r\n\r\n" SIGNED(" protocol=\"application/pkcs7-signature\";"), SMIME_SIGNED_WITHIN },
	{ "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nx\r\n--o\r\nContent-Type: application/octet-stream; name=contract.pdf.p7m\r\n\r\nMAA=\r\n--o--\r\n", SMIME_NONE },
	/* clang-format on */
};

START_TEST(recognises_an_entity_as_a_whole)
{
	struct message m = message_of(rows[_i].message);

	ck_assert_msg(smime_recognise(m.root) == rows[_i].kind, "%s instead of %s:\n%s",
	    smime_kind_word(smime_recognise(m.root)), smime_kind_word(rows[_i].kind), rows[_i].message);
	message_done(&m);
}
END_TEST

static void
expect_look(const char *text, bool is_signed, bool is_encrypted)
{
	struct message m = message_of(text);
	struct smime_look look;
	struct error e = ERROR_INIT;

	expect_ok(smime_look(m.root, &look, &e));
	ck_assert_msg(look.is_signed == is_signed && look.is_encrypted == is_encrypted, "signed %d, encrypted %d:\n%s",
	    look.is_signed, look.is_encrypted, text);
	message_done(&m);
}

START_TEST(believes_no_label)
{
	expect_look("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nsecret\r\n", false, false);
	expect_look("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
	            "Content-Transfer-Encoding: base64\r\n\r\nMAA=\r\n",
	    false, false);
	expect_look(SIGNED(" protocol=\"application/pkcs7-signature\";"), false, false);
	expect_look("Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n"
	            "\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nsecret in clear, and no armour\r\n--b--\r\n",
	    false, false);
	expect_look("Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n"
	            "\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n--b--\r\n",
	    false, true);
}
END_TEST

Suite *suite_recognise(void);

Suite *
suite_recognise(void)
{
	Suite *s = suite_create("recognise");
	TCase *t = tcase_create("recognise");

	tcase_add_loop_test(t, recognises_an_entity_as_a_whole, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, believes_no_label);
	suite_add_tcase(s, t);
	return s;
}
