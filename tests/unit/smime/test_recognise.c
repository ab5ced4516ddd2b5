/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "smime/smime.h"
#include "tests/unit/smime/helpers.h"

#define SIGNED(protocol)                                                                                     \
	"Content-Type: multipart/signed;" protocol " boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n"              \
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
	{ "Content-Type: application/octet-stream; name=a.p7z\r\n\r\nMAA=\r\n", SMIME_CMS },
	{ "Content-Type: application/octet-stream; name=\"a.p7c\"\r\n\r\nMAA=\r\n", SMIME_CERTS_ONLY },
	{ "Content-Type: application/octet-stream; name=\"p7m\"\r\n\r\nMAA=\r\n", SMIME_NONE },
	{ "Content-Type: application/pkcs7-mimes\r\n\r\nMAA=\r\n", SMIME_NONE },
	{ "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n" SIGNED(" protocol=\"application/pkcs7-signature\";")
	  "\r\n--o\r\n\r\nfooter\r\n--o--\r\n", SMIME_SIGNED_WITHIN },
	{ "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nx\r\n--o\r\nContent-Type: application/pkcs7-mime\r\n\r\nMAA=\r\n--o--\r\n", SMIME_SIGNED_WITHIN },
	{ "Content-Type: message/rfc822\r\n\r\n" SIGNED(" protocol=\"application/pkcs7-signature\";"), SMIME_SIGNED_WITHIN },
	{ "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nx\r\n--o\r\nContent-Type: application/octet-stream; name=contract.pdf.p7m\r\n\r\nMAA=\r\n--o--\r\n", SMIME_NONE },
	{ "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: application/octet-stream; name=smime.p7s\r\n\r\nMAA=\r\n--b--\r\n", SMIME_CLEAR_SIGNED },
	{ "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: application/octet-stream; name=x.pdf\r\n\r\nMAA=\r\n--b--\r\n", SMIME_SIGNED_OTHER },
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
	ck_assert_msg(look.is_signed == is_signed && look.is_encrypted == is_encrypted,
	    "signed %d, encrypted %d:\n%s", look.is_signed, look.is_encrypted, text);
	message_done(&m);
}

START_TEST(believes_no_label)
{
	expect_look("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nsecret\r\n",
	    false, false);
	expect_look("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\nMAA=\r\n",
	    false, false);
	expect_look(SIGNED(" protocol=\"application/pkcs7-signature\";"), false, false);
	expect_look(SIGNED(" protocol=\"application/pgp-signature\";"), false, false);
	expect_look(SIGNED(" protocol=\"application/x-other\";"), false, false);
	expect_look("Content-Type: application/octet-stream; name=smime.p7m\r\n\r\nsecret\r\n", false, false);
	expect_look("Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\nContent-Type: "
		    "application/pgp-encrypted\r\n"
		    "\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nsecret in clear, "
		    "and no armour\r\n--b--\r\n",
	    false, false);
}
END_TEST

START_TEST(looks_into_what_is_labelled_as_certificates_alone)
{
	struct person alice = person_make("alice@a.example", NULL);
	const struct person *to[] = { &alice };
	struct buffer der = encrypted_der(to, 1, PROFILE_COMPATIBLE, "\r\nhello\r\n"), sealed = wrapped(&der, "certs-only");
	struct buffer good = signed_by(&alice, "\r\nhello\r\n", true);
	struct message m = message_of(buffer_text(&good));
	struct buffer object = content_of(m.root), labelled = wrapped(&object, "certs-only");

	expect_look(buffer_text(&sealed), false, true);
	expect_look(buffer_text(&labelled), true, false);
	expect_look("Content-Type: application/pkcs7-mime; smime-type=certs-only\r\n\r\nMAA=\r\n", false, false);
	message_done(&m);
	buffer_done(&labelled);
	buffer_done(&object);
	buffer_done(&good);
	buffer_done(&sealed);
	buffer_done(&der);
	person_done(&alice);
}
END_TEST

/* RFC 8551 3.2.2: a SignedData may hold content that nobody signed. */
START_TEST(takes_what_nobody_signed_for_unsigned)
{
	expect_look("Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n"
		    "MCwGCSqGSIb3DQEHAqAfMB0CAQExADAUBgkqhkiG9w0BBwGgBwQFaGVsbG8xAA==\r\n",
	    false, false);
}
END_TEST

/* ---- what stands beside ciphertext ---- */

/* `entity` with `insertion` where `anchor` begins (`behind` false) or ends. */
static void
expect_look_with(
    const struct buffer *entity, const char *anchor, bool behind, const char *insertion, bool is_encrypted)
{
	const char *text = buffer_text(entity), *at = strstr(text, anchor);
	struct buffer b;
	struct error e = ERROR_INIT;

	ck_assert_ptr_nonnull(at);
	at += behind ? strlen(anchor) : 0;
	buffer_init(&b, 1 << 16);
	expect_ok(buffer_append(&b, text, (size_t)(at - text), &e));
	expect_ok(buffer_append_text(&b, insertion, &e));
	expect_ok(buffer_append_text(&b, at, &e));
	expect_look(buffer_text(&b), strstr(text, "multipart/signed") != NULL, is_encrypted);
	buffer_done(&b);
}

START_TEST(takes_ciphertext_under_an_ambiguous_label_for_readable)
{
	struct person bob = person_make("bob@b.example", NULL);
	const struct person *to[] = { &bob };
	struct buffer cms = encrypted_to(to, 1, PROFILE_COMPATIBLE, "\r\nhello\r\n");

	expect_look_with(&cms, "Content-Type:", false, "", true);
	expect_look_with(&cms, "Content-Type:", false, "Content-Type: text/plain\r\n", false);
	expect_look_with(&cms, "\r\n\r\n", false, "\r\nContent-Transfer-Encoding: 7bit", false);
	expect_look_with(&cms, "\r\n\r\n", true, "the secret\r\n\r\n", false);
	expect_look_with(&cms, "\r\n\r\n", true, "dGhlIHNlY3JldA==\r\n", false);
	buffer_done(&cms);
	person_done(&bob);
}
END_TEST

START_TEST(takes_signed_ciphertext_with_text_beside_it_for_readable)
{
	struct person alice = person_make("alice@a.example", NULL), bob = person_make("bob@b.example", NULL);
	const struct person *to[] = { &bob };
	struct buffer cms = encrypted_to(to, 1, PROFILE_COMPATIBLE, "\r\nhello\r\n");
	struct buffer both = signed_by(&alice, buffer_text(&cms), false);

	expect_look_with(&both, "Content-Type:", false, "", true);
	expect_look_with(&both, "\r\n\r\n", true, "the secret\r\n", false);
	expect_look_with(
	    &both, "Content-Type: application/pkcs7-signature", false, "Content-Type: text/plain\r\n", false);
	expect_look_with(&both, "\r\n\r\n", false, "\r\nContent-Type: text/plain", false);
	buffer_done(&both);
	buffer_done(&cms);
	person_done(&alice);
	person_done(&bob);
}
END_TEST

START_TEST(takes_ciphertext_beside_a_signature_that_holds_text_for_readable)
{
	struct person alice = person_make("alice@example.org", NULL), bob = person_make("bob@example.org", NULL);
	const struct person *to[] = { &bob };
	struct buffer cms = encrypted_to(to, 1, PROFILE_COMPATIBLE, "\r\nhello\r\n"), text = BUFFER_INIT(100000);
	struct buffer opaque = signed_by(&alice, "\r\nthe secret\r\n", true);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&text, &e,
	    "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\r\n\r\n"
	    "--b\r\n%s\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n"
	    "Content-Transfer-Encoding: base64\r\n%s\r\n--b--\r\n",
	    buffer_text(&cms), strstr(buffer_text(&opaque), "\r\n\r\n") + 2));
	expect_look(buffer_text(&text), false, false);
	buffer_done(&text);
	buffer_done(&opaque);
	buffer_done(&cms);
	person_done(&alice);
	person_done(&bob);
}
END_TEST

/* Whoever must encrypt, and had rather not, finds no room for words of his own; what honest software writes passes. */
static const struct beside {
	const char *anchor;
	bool behind;
	const char *insertion;
	bool is_encrypted;
} besides[] = {
	/* clang-format off */
	{ "\r\n\r\n", true, "This is a cryptographically signed message in MIME format.\r\n\r\n", true },
	{ "\r\n\r\n", true, "Dies ist eine kryptografisch unterzeichnete Nachricht im MIME-Format.\r\n\r\n", true },
	{ "\r\n\r\n", true, "This is an S/MIME signed message\r\n\r\n", true },
	{ "\r\n\r\n", true, "This is a MIME message about the merger of the ninth of May\r\n\r\n", false },
	{ "Content-Type: application/pkcs7-signature", false, "Content-Description: S/MIME Cryptographic Signature\r\n", true },
	{ "Content-Type: application/pkcs7-signature", false, "Subject: the secret\r\n", false },
	{ "Content-Type: application/pkcs7-signature", false, "Content-Secret: the secret\r\n", false },
	{ "Content-Type: application/pkcs7-signature", false,
	  "Content-Description: the secret is that the merger will be announced on the ninth of May\r\n", false },
	{ "Content-Type: application/pkcs7-signature", false, "Content-ID: <a@b>\r\nContent-ID: <the.secret@b>\r\n", false },
	{ "Content-Type: application/pkcs7-mime", false, "Comments: the secret\r\n", false },
	/* clang-format on */
};

START_TEST(leaves_no_room_for_words_beside_signed_ciphertext)
{
	struct person alice = person_make("alice@a.example", NULL), bob = person_make("bob@b.example", NULL);
	const struct person *to[] = { &bob };
	struct buffer cms = encrypted_to(to, 1, PROFILE_COMPATIBLE, "\r\nhello\r\n");
	struct buffer both = signed_by(&alice, buffer_text(&cms), false);
	const struct beside *b = &besides[_i];

	expect_look_with(&both, b->anchor, b->behind, b->insertion, b->is_encrypted);
	buffer_done(&both);
	buffer_done(&cms);
	person_done(&alice);
	person_done(&bob);
}
END_TEST

/* ---- OpenPGP/MIME (RFC 3156 4) ---- */

#define ARMOUR_BEGIN "-----BEGIN PGP MESSAGE-----\r\n"
#define ARMOUR_END   "-----END PGP MESSAGE-----\r\n"
/* A real message under a passphrase. */
#define CIPHERTEXT                                                                                           \
	"jAwECQECfyh5U8/vyQnSPAFNrIXHjq5PwFO6yf1Xqrk2GPrqOS54wIMOJvmdu7nR\r\n"                               \
	"qZVInz5z9wRBf+gKieK26j5qjKSeoqru5CTpjw==\r\n=5arX\r\n"
#define PGP_SIGNATURE                                                                                        \
	"iHUEABYIAB0WIQTpMSjxkQ5Kb1y+cYO03CjwvxqsKAUCawhBUwAKCRC03Cjwvxqs\r\n"                               \
	"KIOxAP0dlIh1FjlQxLNIbnr/zJSGuAOAE1PYpkbkIWZAJeVhewEA24+mwMxcgfPv\r\n"                               \
	"rPiX5s8CFJhhme81pr2kEUBxn8iCPQA=\r\n=7inK\r\n"
#define VERSION "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"

static void
expect_pgp(const char *before, const char *first, const char *second, const char *behind, bool is_encrypted)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
	    "Content-Type: multipart/encrypted; boundary=b\r\n\r\n%s--b\r\n%s\r\n--b\r\n"
	    "Content-Type: application/octet-stream\r\n%s\r\n--b--\r\n%s",
	    before, first, second, behind);
	expect_look(text, false, is_encrypted);
}

START_TEST(takes_one_armoured_openpgp_message_for_encrypted)
{
	expect_pgp("", VERSION, "\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT ARMOUR_END, "", true);
	expect_pgp("This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)\r\n", VERSION,
	    "\r\n\r\n" ARMOUR_BEGIN "Version: GnuPG v2\r\nComment: x\r\n\r\n" CIPHERTEXT ARMOUR_END "\r\n",
	    "\r\n", true);
	expect_pgp("", VERSION,
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n" ARMOUR_BEGIN
	    "\r\njAwECQECfyh5U8/vyQnSPAFNrIXHjq5PwFO6yf1X=\r\nqrk2\r\n" ARMOUR_END,
	    "", true);
}
END_TEST

/* Of what software writes about itself each may stand there once, on a short line; an empty value is one, too. */
static const struct armour_header {
	const char *lines;
	bool is_encrypted;
} armour_headers[] = {
	/* clang-format off */
	{ "Version: GnuPG v1.4.11 (GNU/Linux)\r\nComment: Using GnuPG with Thunderbird - https://www.enigmail.net/\r\n", true },
	{ "Version: BCPG v1.58\r\nComment: \r\n", true },
	{ "Comment:\r\n", true },
	{ "Version: OpenPGP.js v4.10.10\r\nComment: https://openpgpjs.org\r\nCharset: utf-8\r\n", true },
	{ "Version: Encryption Desktop 10.3.2 (Build 15337)\r\n", true },
	{ "Comment: the secret is\r\nComment: the ninth of May\r\n", false },
	{ "Comment:the secret\r\n", false },
	{ "Comment: the secret is that the merger will be announced on the ninth of May, and at noon\r\n", false },
	{ "MessageID: the secret is that we sell\r\n", false },
	{ "Hash: SHA256\r\n", false },
	/* clang-format on */
};

START_TEST(leaves_no_room_for_words_in_the_armour)
{
	const struct armour_header *h = &armour_headers[_i];
	char second[512];

	(void)snprintf(second, sizeof(second), "\r\n" ARMOUR_BEGIN "%s\r\n" CIPHERTEXT ARMOUR_END, h->lines);
	expect_pgp("", VERSION, second, "", h->is_encrypted);
}
END_TEST

START_TEST(leaves_no_room_for_words_beside_openpgp_ciphertext)
{
	static const char good[] = "\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT ARMOUR_END;

	expect_pgp("This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)\r\n",
	    "Content-Description: PGP/MIME version identification\r\n" VERSION, good, "", true);
	expect_pgp("This is an OpenPGP/MIME message of the ninth of May\r\n", VERSION, good, "", false);
	expect_pgp("", "Comments: the secret\r\n" VERSION, good, "", false);
	expect_pgp("", VERSION, "Subject: the secret\r\n\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT ARMOUR_END, "", false);
}
END_TEST

/* ---- OpenPGP/MIME, signed (RFC 3156 5) ---- */

static void
expect_pgp_signed(const char *type, const char *signature, bool is_signed)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n"
	    "--b\r\nContent-Type: %s\r\n\r\n%s\r\n--b--\r\n",
	    type, signature);
	expect_look(text, is_signed, false);
}

START_TEST(takes_an_armoured_signature_alone_for_openpgp_signed)
{
	static const char type[] = "application/pgp-signature; name=\"signature.asc\"";
	static const char good[] = "-----BEGIN PGP SIGNATURE-----\r\n\r\n" PGP_SIGNATURE "-----END PGP SIGNATURE-----\r\n";

	expect_pgp_signed(type, good, true);
	expect_pgp_signed("text/plain", good, false);
	expect_pgp_signed(type, "-----BEGIN PGP SIGNATURE-----\r\n\r\n-----END PGP SIGNATURE-----\r\n", false);
	expect_pgp_signed(type, "-----BEGIN PGP SIGNATURE-----\r\n\r\n" CIPHERTEXT "-----END PGP SIGNATURE-----\r\n", false);
	expect_pgp_signed(type, ARMOUR_BEGIN "\r\n" PGP_SIGNATURE ARMOUR_END, false);
	expect_pgp_signed(type, "signed, sincerely", false);
}
END_TEST

START_TEST(takes_no_readable_text_for_openpgp_ciphertext)
{
	static const char *const seconds[] = {
		"\r\nsecret\r\n",
		"\r\n" ARMOUR_BEGIN "\r\n",
		"\r\n" ARMOUR_BEGIN "\r\n" ARMOUR_END,
		"\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT,
		"\r\n" ARMOUR_BEGIN "\r\nthe secret\r\n" ARMOUR_END,
		"\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT "secret\r\n" ARMOUR_END,
		"\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT ARMOUR_END "secret\r\n",
		"\r\nsecret\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT ARMOUR_END,
		"\r\n" ARMOUR_BEGIN "Secret: plan\r\n\r\n" CIPHERTEXT ARMOUR_END,
		/* only compressed and signed: anybody can read it */
		"\r\n" ARMOUR_BEGIN "\r\nowEBUgGt/pANAwAKAQ==\r\n" ARMOUR_END,
		/* a literal data packet */
		"\r\n" ARMOUR_BEGIN "\r\nyxJiAAAAAABzZWNyZXQK\r\n" ARMOUR_END,
	};

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		expect_pgp("", VERSION, seconds[i], "", false);
}
END_TEST

START_TEST(takes_no_openpgp_message_with_text_beside_it_for_encrypted)
{
	static const char good[] = "\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT ARMOUR_END;

	expect_pgp("the secret\r\n", VERSION, good, "", false);
	expect_pgp("", VERSION, good, "the secret\r\n", false);
	expect_pgp("", VERSION "the secret\r\n", good, "", false);
	expect_pgp("", VERSION "                              the secret\r\n", good, "", false);
	expect_pgp("", "Content-Type: text/plain\r\n\r\nthe secret", good, "", false);
	expect_look("Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n" VERSION
		    "\r\n--b\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT ARMOUR_END "\r\n",
	    false, false); /* not closed */
	expect_look(
	    "Content-Type: multipart/encrypted; boundary=b\r\nContent-Type: text/plain\r\n\r\n--b\r\n" VERSION
	    "\r\n--b\r\n\r\n" ARMOUR_BEGIN "\r\n" CIPHERTEXT ARMOUR_END "\r\n--b--\r\n",
	    false, false);
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
	tcase_add_test(t, looks_into_what_is_labelled_as_certificates_alone);
	tcase_add_test(t, takes_what_nobody_signed_for_unsigned);
	tcase_add_test(t, takes_ciphertext_under_an_ambiguous_label_for_readable);
	tcase_add_test(t, takes_signed_ciphertext_with_text_beside_it_for_readable);
	tcase_add_test(t, takes_ciphertext_beside_a_signature_that_holds_text_for_readable);
	tcase_add_loop_test(t, leaves_no_room_for_words_beside_signed_ciphertext, 0, sizeof(besides) / sizeof(besides[0]));
	tcase_add_loop_test(t, leaves_no_room_for_words_in_the_armour, 0, sizeof(armour_headers) / sizeof(armour_headers[0]));
	tcase_add_test(t, leaves_no_room_for_words_beside_openpgp_ciphertext);
	tcase_add_test(t, takes_an_armoured_signature_alone_for_openpgp_signed);
	tcase_add_test(t, takes_one_armoured_openpgp_message_for_encrypted);
	tcase_add_test(t, takes_no_readable_text_for_openpgp_ciphertext);
	tcase_add_test(t, takes_no_openpgp_message_with_text_beside_it_for_encrypted);
	suite_add_tcase(s, t);
	return s;
}
