/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "keystore/identity.h"
#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"

Suite *suite_incoming(void);

static struct world *b;
static struct forged alice, bob, carol;
static char carol_key[33];

static void
set_up(void)
{
	b = world_open("b.example", NULL);
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", "rsa-2048");
	carol = certified("carol@b.example", NULL);
	world_identity(b, &bob);
	(void)snprintf(carol_key, sizeof(carol_key), "%s", world_identity(b, &carol));
}

static void
tear_down(void)
{
	world_close(b);
	forged_done(&alice);
	forged_done(&bob);
	forged_done(&carol);
}

#define FROM "From: Alice <alice@a.example>\r\n"
#define HEADER FROM "To: bob@b.example\r\nSubject: s\r\nMessage-ID: <1@a.example>\r\n"
#define PLAIN "Content-Type: text/plain; charset=us-ascii\r\n\r\nhello\r\nworld\r\n"

/* A result field and nothing else of it. */
static void
expect_result(const struct delivery *d, const char *want)
{
	char *value = delivery_field(d, "Authentication-Results", 1), *semicolon;

	ck_assert_msg(d->verdict == VERDICT_CONTINUE, "%s", error_text(&d->error));
	ck_assert_ptr_nonnull(value);
	ck_assert_uint_eq(delivery_count(d, "Authentication-Results"), 1);
	semicolon = strchr(value, ';');
	ck_assert_msg(semicolon != NULL && strcmp(semicolon + 2, want) == 0, "%s", value);
	free(value);
}

static void
expect_unopened(const struct delivery *d, const char *why)
{
	ck_assert_ptr_null(strstr(buffer_text(&d->text), "hello"));
	ck_assert_ptr_null(d->sender);
	ck_assert_str_eq(delivery_report(d, "reason"), why);
}

static void
expect_opened(const struct delivery *d)
{
	ck_assert_ptr_nonnull(strstr(buffer_text(&d->text), "\r\n\r\nhello\r\nworld\r\n"));
}

/* ---- results ---- */

START_TEST(marks_unsigned_mail)
{
	struct delivery d = mta_receive(b, "<bob@b.example>", HEADER PLAIN);

	expect_result(&d, "smime=none");
	ck_assert(strncmp(buffer_text(&d.text), "Authentication-Results: smime.b.example;", 40) == 0);
	ck_assert_str_eq(delivery_body(&d), "hello\r\nworld\r\n");
	delivery_done(&d);
}
END_TEST

static void
expect_signed_result(const struct forged *signer, const char *header, const char *want)
{
	struct buffer text = letter(header, letter_signed(signer, PLAIN, false));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));

	expect_result(&d, want);
	ck_assert_str_eq(strstr(buffer_text(&d.text), "--"), strstr(buffer_text(&text), "--"));
	delivery_done(&d);
	buffer_done(&text);
}

START_TEST(passes_a_signature_that_is_the_authors)
{
	expect_signed_result(&alice, HEADER, "smime=pass body.smime-identifier=alice@a.example body.smime-part=2");
	expect_signed_result(&alice, "From: ALICE@A.Example\r\n",
	    "smime=pass body.smime-identifier=ALICE@a.example body.smime-part=2");
}
END_TEST

START_TEST(counts_the_address_of_a_subject_dn_by_setting_only)
{
	struct forged dn = certified_as((struct forge){ .cn = "Dina", .email = "dina@a.example" });

	struct buffer text = letter("From: dina@a.example\r\n", letter_signed(&dn, PLAIN, false));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	char *value = delivery_field(&d, "Authentication-Results", 1);

	ck_assert_ptr_nonnull(strstr(value, "smime=policy reason=\"no-address\""));
	ck_assert_ptr_nonnull(strstr(value, "body.smime-serial="));
	ck_assert_ptr_nonnull(strstr(value, "body.smime-issuer=\"CN=Test CA\""));
	free(value);
	delivery_done(&d);
	world_configure(b, "b.example", "defaults { subject-dn-address = \"yes\" }");
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	expect_result(&d, "smime=pass body.smime-identifier=dina@a.example body.smime-part=2");
	delivery_done(&d);
	buffer_done(&text);
	forged_done(&dn);
}
END_TEST

static struct delivery
receive_to(const char *const *to, const struct buffer *text)
{
	struct mail mail = { .from = "<alice@a.example>", .text = buffer_text(text), .client = "192.0.2.1",
		.role = CHOICE_ROLE_INBOUND };

	for (size_t i = 0; to[i] != NULL; i++)
		mail.to[i] = to[i];
	return mta_send(b, &mail, MTA_POSTFIX);
}

/* One field is for all of them. */
START_TEST(passes_only_what_passes_for_every_recipient)
{
	static const char *const orders[][3] = {
		{ "<bob@b.example>", "<carol@b.example>", NULL },
		{ "<carol@b.example>", "<bob@b.example>", NULL },
	};
	struct forged dn = certified_as((struct forge){ .cn = "Dina", .email = "dina@a.example" });
	struct buffer by_address = letter(HEADER, letter_signed(&alice, PLAIN, false));
	struct buffer by_dn = letter("From: dina@a.example\r\n", letter_signed(&dn, PLAIN, false));
	struct delivery d;

	world_configure(b, "b.example", "address \"bob@b.example\" { revocation-unknown-incoming = \"fail\" }");
	d = receive_to(orders[_i], &by_address);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "smime=pass"));
	delivery_done(&d);
	d = receive_to((const char *const[]){ "<carol@b.example>", NULL }, &by_address);
	ck_assert_ptr_nonnull(strstr(buffer_text(&d.text), "smime=pass"));
	delivery_done(&d);
	world_configure(b, "b.example", "address \"carol@b.example\" { subject-dn-address = \"yes\" }");
	d = receive_to(orders[_i], &by_dn);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "smime=pass"));
	delivery_done(&d);
	buffer_done(&by_address);
	buffer_done(&by_dn);
	forged_done(&dn);
}
END_TEST

static const char *const singles[] = { "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID" };

/* RFC 5322 3.6: two readers may show different ones. */
START_TEST(passes_nothing_where_a_field_that_may_stand_once_stands_twice)
{
	struct buffer header = BUFFER_INIT(1000), text;
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_format(&header, &e, "%s%s", strcmp(singles[_i], "From") == 0 ? "" : FROM,
	    strcmp(singles[_i], "From") == 0 ? FROM FROM : ""));
	for (int twice = 0; twice < 2 && strcmp(singles[_i], "From") != 0; twice++)
		expect_ok(buffer_append_format(&header, &e, "%s: alice@a.example\r\n", singles[_i]));
	text = letter(buffer_text(&header), letter_signed(&alice, PLAIN, false));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	ck_assert_ptr_nonnull(strstr(buffer_text(&d.text), "smime="));
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "smime=pass"));
	delivery_done(&d);
	buffer_done(&text);
	buffer_done(&header);
}
END_TEST

/* What a closed message hides says nothing about the signature that everybody sees. */
START_TEST(judges_the_signature_outside_of_what_stays_closed)
{
	const struct forged *to[] = { &bob };
	struct buffer broken = letter_broken(to, LETTER_BAD_TAG, NULL);
	struct buffer inner = letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&broken));
	struct buffer text = letter(HEADER, letter_signed(&alice, buffer_text(&inner), false));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));

	expect_result(&d, "smime=pass body.smime-identifier=alice@a.example body.smime-part=2");
	ck_assert_str_eq(delivery_report(&d, "reason"), "unreadable");
	delivery_done(&d);
	buffer_done(&text);
	buffer_done(&inner);
	buffer_done(&broken);
}
END_TEST

START_TEST(takes_any_number_of_authors_of_mail_that_comes_in)
{
	struct buffer text = BUFFER_INIT(1 << 16);
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_text(&text, "From: a@a.example", &e));
	for (int i = 0; i < LIMIT_AUTHORS; i++)
		expect_ok(buffer_append_format(&text, &e, ",\r\n a%d@a.example", i));
	expect_ok(buffer_append_text(&text, "\r\n" PLAIN, &e));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	expect_result(&d, "smime=none");
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

/* ---- who may read ---- */

START_TEST(opens_for_its_owner)
{
	const struct forged *to[] = { &bob };
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, PLAIN));
	struct delivery d = mta_receive(b, "<Bob@B.example>", buffer_text(&text));

	expect_result(&d, "smime=none");
	expect_opened(&d);
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Notice"), 0);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(opens_only_if_every_recipient_owns_a_key)
{
	const struct forged *one[] = { &bob }, *both[] = { &bob, &carol };
	struct buffer to_one = letter(HEADER, letter_encrypted(one, 1, PROFILE_MODERN, PLAIN));
	struct buffer to_both = letter(HEADER, letter_encrypted(both, 2, PROFILE_MODERN, PLAIN));
	struct delivery d;

	d = receive_to((const char *const[]){ "<bob@b.example>", "<carol@b.example>", NULL }, &to_both);
	expect_opened(&d);
	delivery_done(&d);
	d = receive_to((const char *const[]){ "<carol@b.example>", NULL }, &to_both);
	expect_opened(&d);
	delivery_done(&d);
	d = receive_to((const char *const[]){ "<bob@b.example>", "<carol@b.example>", NULL }, &to_one);
	expect_unopened(&d, "not-every-recipient-owns-a-key");
	expect_result(&d, "smime=none");
	delivery_done(&d);
	d = receive_to((const char *const[]){ "<carol@b.example>", NULL }, &to_one);
	expect_unopened(&d, "not-every-recipient-owns-a-key");
	delivery_done(&d);
	d = receive_to((const char *const[]){ "<bob@b.example>", "<zed@b.example>", NULL }, &to_both);
	expect_unopened(&d, "not-every-recipient-owns-a-key");
	delivery_done(&d);
	/* Beside a remote recipient nothing is opened: it would leave us in clear. */
	d = receive_to((const char *const[]){ "<bob@b.example>", "<zed@z.example>", NULL }, &to_both);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "hello"));
	delivery_done(&d);
	buffer_done(&to_one);
	buffer_done(&to_both);
}
END_TEST

/* Somebody else whom the message names is not asked, wherever his RecipientInfo stands. */
START_TEST(opens_by_a_key_of_who_gets_it)
{
	for (int i = 0; i < 6; i++) {
		struct forged other = certified("other@b.example", NULL);
		const struct forged *both[] = { &carol, &other };
		struct buffer text = letter(HEADER, letter_encrypted(both, 2, PROFILE_MODERN, PLAIN));
		struct delivery d;

		world_identity(b, &other);
		d = mta_receive(b, "<carol@b.example>", buffer_text(&text));
		expect_opened(&d);
		ck_assert_str_eq(json_text_of(json_look(json_at(json_look(d.report, "layers"), 0), "key")), carol_key);
		delivery_done(&d);
		buffer_done(&text);
		forged_done(&other);
	}
}
END_TEST

START_TEST(opens_with_keys_that_were_retired_and_certificates_that_expired)
{
	struct forged old = certified("old@b.example", NULL);
	const struct forged *to[] = { &old };
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_COMPATIBLE, PLAIN));
	const char *key = world_identity(b, &old);
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(keystore_key_set_state(b->keystore, key, "retired", &b->witness, &e));
	b->now_ms = (FORGE_TO + 86400) * INT64_C(1000);
	d = mta_receive(b, "<old@b.example>", buffer_text(&text));
	expect_opened(&d);
	delivery_done(&d);
	buffer_done(&text);
	forged_done(&old);
}
END_TEST

START_TEST(leaves_closed_what_the_settings_say)
{
	const struct forged *to[] = { &bob };
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, PLAIN));
	struct delivery d;

	world_configure(b, "b.example", "address \"bob@b.example\" { decrypt = \"no\" }");
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	expect_unopened(&d, "decrypt-off");
	expect_result(&d, "smime=none");
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(opens_nothing_that_is_submitted)
{
	const struct forged *to[] = { &bob };
	struct buffer text = letter("From: carol@b.example\r\n", letter_encrypted(to, 1, PROFILE_MODERN, PLAIN));
	struct delivery d = mta_submit(b, "carol@b.example", "<bob@b.example>", buffer_text(&text));

	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

/* ---- CBC ---- */

START_TEST(marks_cbc_without_a_signature_inside)
{
	const struct forged *to[] = { &bob };
	struct buffer bare = letter(HEADER, letter_encrypted(to, 1, PROFILE_COMPATIBLE, PLAIN));
	struct buffer inner = letter_signed(&alice, PLAIN, false);
	struct buffer signed_inside = letter(HEADER, letter_encrypted(to, 1, PROFILE_COMPATIBLE, buffer_text(&inner)));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&bare));

	expect_opened(&d);
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Notice"), 1);
	expect_result(&d, "smime=none");
	delivery_done(&d);
	d = mta_receive(b, "<bob@b.example>", buffer_text(&signed_inside));
	expect_opened(&d);
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Notice"), 0);
	expect_result(&d, "smime=pass body.smime-identifier=alice@a.example body.smime-part=\"1/2\"");
	delivery_done(&d);
	buffer_done(&bare);
	buffer_done(&inner);
	buffer_done(&signed_inside);
}
END_TEST

START_TEST(opens_what_looks_damaged_only_where_the_settings_say_so)
{
	const struct forged *to[] = { &bob };
	struct buffer bare = letter(HEADER, letter_encrypted(to, 1, PROFILE_COMPATIBLE,
	    "Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\nold software, Gr\xfc\xdf" "e\r\n"));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&bare));

	expect_unopened(&d, "damaged");
	delivery_done(&d);
	world_configure(b, "b.example", "defaults { unauthenticated-cbc = \"deliver-damaged\" }");
	d = mta_receive(b, "<bob@b.example>", buffer_text(&bare));
	ck_assert_ptr_nonnull(strstr(buffer_text(&d.text), "old software, Gr\xfc\xdf" "e"));
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Notice"), 1);
	delivery_done(&d);
	buffer_done(&bare);
}
END_TEST

START_TEST(leaves_cbc_encrypted_where_the_settings_say_so)
{
	const struct forged *to[] = { &bob };
	struct buffer inner = letter_signed(&alice, PLAIN, false);
	struct buffer bare = letter(HEADER, letter_encrypted(to, 1, PROFILE_COMPATIBLE, PLAIN));
	struct buffer signed_inside = letter(HEADER, letter_encrypted(to, 1, PROFILE_COMPATIBLE, buffer_text(&inner)));
	struct delivery d;

	world_configure(b, "b.example", "defaults { unauthenticated-cbc = \"leave-encrypted\" }");
	d = mta_receive(b, "<bob@b.example>", buffer_text(&bare));
	expect_unopened(&d, "unauthenticated-cbc");
	expect_result(&d, "smime=none");
	delivery_done(&d);
	d = mta_receive(b, "<bob@b.example>", buffer_text(&signed_inside));
	expect_opened(&d);
	delivery_done(&d);
	/* A signature that does not hold vouches for nothing. */
	buffer_done(&signed_inside);
	*strstr(inner.data, "hello") = 'H';
	signed_inside = letter(HEADER, letter_encrypted(to, 1, PROFILE_COMPATIBLE, buffer_text(&inner)));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&signed_inside));
	ck_assert_str_eq(delivery_report(&d, "reason"), "unauthenticated-cbc");
	delivery_done(&d);
	buffer_done(&inner);
	buffer_done(&bare);
	buffer_done(&signed_inside);
}
END_TEST

/* ---- the delivered form ---- */

START_TEST(lets_nothing_from_inside_out_into_the_header)
{
	const struct forged *to[] = { &bob };
	static const char inner[] =
	    "From: ceo@b.example\r\nTo: x@b.example\r\nSubject: secret\r\n"
	    "Authentication-Results: smime.b.example; smime=pass body.smime-identifier=ceo@b.example\r\n"
	    "X-Postseal-Notice: trust me\r\nReceived: from x\r\nContent-Type: text/plain\r\n\r\nhello\r\nworld\r\n";
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, inner));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	char *subject = delivery_field(&d, "Subject", 1), *from = delivery_field(&d, "From", 1),
	     *type = delivery_field(&d, "Content-Type", 1);

	expect_result(&d, "smime=none");
	ck_assert_str_eq(subject, "s");
	ck_assert_str_eq(from, "Alice <alice@a.example>");
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Notice"), 0);
	ck_assert_uint_eq(delivery_count(&d, "Received"), 0);
	/* And nothing is lost: it comes as a message within. */
	ck_assert_str_eq(type, "message/rfc822");
	ck_assert(strncmp(delivery_body(&d), "From: ceo@b.example\r\n", 21) == 0);
	expect_opened(&d);
	free(subject);
	free(from);
	free(type);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(needs_no_message_within_when_the_inner_fields_say_nothing_new)
{
	const struct forged *to[] = { &bob };
	static const char inner[] = "From: Alice\r\n <alice@a.example>\r\nSubject: s\r\nHP-Outer: Subject: s\r\n"
	                            "Content-Type: text/plain; hp=\"cipher\"\r\n\r\nhello\r\nworld\r\n";
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, inner));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));

	ck_assert_str_eq(delivery_body(&d), "hello\r\nworld\r\n");
	ck_assert_uint_eq(delivery_count(&d, "HP-Outer"), 0);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(tells_of_so_many_inner_fields_and_no_more)
{
	const struct forged *to[] = { &bob };
	struct buffer inner = BUFFER_INIT(1 << 16), text;
	struct error e = ERROR_INIT;
	struct delivery d;

	for (int i = 0; i < 120; i++)
		expect_ok(buffer_append_format(&inner, &e, "X-Other: %d\r\n", i));
	expect_ok(buffer_append_text(&inner, "Content-Type: text/plain; hp=\"cipher\"\r\n\r\nhello\r\nworld\r\n", &e));
	text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner)));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	expect_opened(&d);
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Inner"), 100);
	delivery_done(&d);
	buffer_done(&text);
	buffer_done(&inner);
}
END_TEST

/* Whatever is read at once: a line end may stand across its border. */
START_TEST(keeps_line_ends_wherever_they_stand)
{
	const struct forged *to[] = { &bob };
	struct buffer inner = BUFFER_INIT(1 << 20), text;
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_text(&inner, "Content-Type: text/plain\r\n\r\n", &e));
	expect_ok(buffer_append_text(&inner, _i == 0 ? "" : "x", &e));
	for (int i = 0; i < 100000; i++)
		expect_ok(buffer_append_text(&inner, "\r\n", &e));
	text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner)));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	ck_assert_str_eq(delivery_body(&d), strstr(buffer_text(&inner), "\r\n\r\n") + 4);
	delivery_done(&d);
	buffer_done(&text);
	buffer_done(&inner);
}
END_TEST

START_TEST(writes_no_line_that_an_mta_would_cut)
{
	const struct forged *to[] = { &bob };
	struct buffer inner = BUFFER_INIT(1 << 16), text;
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_text(&inner, "Content-Type: text/plain\r\n\r\n", &e));
	for (int i = 0; i < 999; i++)
		expect_ok(buffer_append_char(&inner, 'x', &e));
	expect_ok(buffer_append_text(&inner, "\r\n", &e));
	text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner)));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	ck_assert(*delivery_body(&d) == 'x');
	for (const char *line = delivery_body(&d); line[-1] == '\n' && *line != '\0'; line += strcspn(line, "\n") + 1)
		ck_assert_uint_le(strcspn(line, "\r\n"), 998);
	delivery_done(&d);
	buffer_done(&text);
	buffer_done(&inner);
}
END_TEST

/* What is signed cannot be written anew. */
START_TEST(opens_nothing_that_ends_in_half_a_line_end)
{
	const struct forged *to[] = { &bob };
	struct buffer inner = letter_signed(&alice, PLAIN, false), text;
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_char(&inner, '\r', &e));
	text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner)));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	expect_unopened(&d, "unsafe-octets");
	delivery_done(&d);
	buffer_done(&text);
	buffer_done(&inner);
}
END_TEST

START_TEST(opens_nothing_whose_header_no_mta_would_take)
{
	const struct forged *to[] = { &bob };
	struct buffer inner = BUFFER_INIT(1 << 20), text;
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_format(&inner, &e, "Content-Type: text/plain; x=%065504d\r\n\r\nhello\r\nworld\r\n", 0));
	text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner)));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	expect_result(&d, "smime=none");
	expect_unopened(&d, "fault");
	delivery_done(&d);
	buffer_done(&inner);
	buffer_done(&text);
}
END_TEST

START_TEST(compares_full_headers_within_and_without)
{
	const struct forged *to[] = { &bob };
	struct buffer outer = BUFFER_INIT(1 << 20), inner = BUFFER_INIT(1 << 20), text;
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_text(&outer, HEADER, &e));
	expect_ok(buffer_append_text(&inner, "Content-Type: text/plain\r\n", &e));
	for (unsigned i = 0; i < 1900; i++) {
		expect_ok(buffer_append_format(&outer, &e, "X: %400u\r\n", i));
		expect_ok(buffer_append_format(&inner, &e, "X: %400u\r\n", 1899 - i));
	}
	expect_ok(buffer_append_text(&inner, "\r\nhello\r\nworld\r\n", &e));
	text = letter(buffer_text(&outer), letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner)));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	expect_opened(&d);
	delivery_done(&d);
	buffer_done(&outer);
	buffer_done(&inner);
	buffer_done(&text);
}
END_TEST

START_TEST(normalises_line_ends_that_could_smuggle)
{
	const struct forged *to[] = { &bob };
	static const char lf[] = "Content-Type: text/plain\n\nhello\n.\nMAIL FROM:<x>\n";
	static const char cr[] = "Content-Type: text/plain\r\n\r\nhello\r.\rMAIL FROM:<x>\r\n";
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, lf));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));

	ck_assert_str_eq(delivery_body(&d), "hello\r\n.\r\nMAIL FROM:<x>\r\n");
	delivery_done(&d);
	buffer_done(&text);
	text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, cr));
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	ck_assert_ptr_null(strstr(delivery_body(&d), "\r."));
	ck_assert_uint_eq(delivery_count(&d, "Content-Transfer-Encoding"), 1);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(keeps_binary_octets_of_an_opened_part)
{
	const struct forged *to[] = { &bob };
	static const char binary[] =
	    "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\na\nb\rc\r\nd";
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, binary));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	char *encoding = delivery_field(&d, "Content-Transfer-Encoding", 1);

	ck_assert_str_eq(encoding, "base64");
	ck_assert(strncmp(delivery_body(&d), "YQpiDWMNCmQ=\r\n", 14) == 0 || strncmp(delivery_body(&d), "YQpiDWMNCmQNCg==\r\n", 18) == 0);
	free(encoding);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(asks_for_bounces_without_the_opened_text)
{
	const struct forged *to[] = { &bob };
	char *parameters[] = { (char *)(uintptr_t) "SIZE=1", (char *)(uintptr_t) "BODY=8BITMIME", (char *)(uintptr_t) "RET=FULL",
		(char *)(uintptr_t) "ENVID=abc", (char *)(uintptr_t) "SMTPUTF8", NULL };
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, PLAIN));
	struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = buffer_text(&text),
		.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND, .parameters = parameters };
	struct delivery d = mta_send(b, &mail, MTA_POSTFIX);

	ck_assert_str_eq(d.sender, "<alice@a.example>");
	ck_assert_str_eq(d.sender_esmtp, "RET=HDRS ENVID=abc");
	delivery_done(&d);
	d = mta_send(b, &mail, MTA_SENDMAIL); /* which forgets what is not repeated */
	ck_assert_str_eq(d.sender_esmtp, "RET=HDRS BODY=8BITMIME ENVID=abc SMTPUTF8");
	delivery_done(&d);
	mail.from = "<>";
	d = mta_send(b, &mail, MTA_POSTFIX);
	expect_opened(&d);
	ck_assert_ptr_null(d.sender);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

/* ---- odd mail ---- */

static const char *const oddities[] = {
	HEADER "Content-Type: multipart/mixed\r\n\r\nno boundary\r\n",
	HEADER "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnot closed\r\n",
	HEADER "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nrubbish\r\n",
	HEADER "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=x\r\n\r\nrubbish\r\n",
	"\r\nno header\r\n",
	"Bad name: x\r\n\r\nx\r\n",
	HEADER "Content-Type: \377\376\r\n\r\n\200\201\r\n",
	HEADER "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEJEAEJoIA=\r\n",
};

START_TEST(delivers_odd_mail_as_it_came)
{
	struct delivery d = mta_receive(b, "<bob@b.example>", oddities[_i]);

	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	ck_assert_uint_eq(delivery_count(&d, "Authentication-Results"), 1);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "smime=pass"));
	ck_assert_str_eq(delivery_body(&d), oddities[_i][0] == '\r' ? oddities[_i] + 2 : strstr(oddities[_i], "\r\n\r\n") + 4);
	delivery_done(&d);
}
END_TEST

START_TEST(takes_any_reverse_path)
{
	static const char *const paths[] = { "<>", "", "<a@b@c>", "<\"unclosed@x>", "<@relay:a@b.example>", "x y z" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct mail mail = { .from = paths[i], .to = { "<bob@b.example>" }, .text = HEADER PLAIN,
			.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND };
		struct delivery d = mta_send(b, &mail, MTA_POSTFIX);

		ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
		delivery_done(&d);
	}
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test((t), test, 0, sizeof(table) / sizeof((table)[0]))

Suite *
suite_incoming(void)
{
	Suite *s = suite_create("incoming");
	TCase *t = tcase_create("results");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, marks_unsigned_mail);
	tcase_add_test(t, passes_a_signature_that_is_the_authors);
	tcase_add_test(t, counts_the_address_of_a_subject_dn_by_setting_only);
	tcase_add_loop_test(t, passes_only_what_passes_for_every_recipient, 0, 2);
	LOOP(t, passes_nothing_where_a_field_that_may_stand_once_stands_twice, singles);
	tcase_add_test(t, judges_the_signature_outside_of_what_stays_closed);
	tcase_add_test(t, takes_any_number_of_authors_of_mail_that_comes_in);
	suite_add_tcase(s, t);
	t = tcase_create("open");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, opens_for_its_owner);
	tcase_add_test(t, opens_only_if_every_recipient_owns_a_key);
	tcase_add_test(t, opens_by_a_key_of_who_gets_it);
	tcase_add_test(t, opens_with_keys_that_were_retired_and_certificates_that_expired);
	tcase_add_test(t, leaves_closed_what_the_settings_say);
	tcase_add_test(t, opens_nothing_that_is_submitted);
	tcase_add_test(t, marks_cbc_without_a_signature_inside);
	tcase_add_test(t, leaves_cbc_encrypted_where_the_settings_say_so);
	tcase_add_test(t, opens_what_looks_damaged_only_where_the_settings_say_so);
	tcase_add_test(t, lets_nothing_from_inside_out_into_the_header);
	tcase_add_test(t, needs_no_message_within_when_the_inner_fields_say_nothing_new);
	tcase_add_test(t, tells_of_so_many_inner_fields_and_no_more);
	tcase_add_loop_test(t, keeps_line_ends_wherever_they_stand, 0, 2);
	tcase_add_test(t, writes_no_line_that_an_mta_would_cut);
	tcase_add_test(t, opens_nothing_that_ends_in_half_a_line_end);
	tcase_add_test(t, opens_nothing_whose_header_no_mta_would_take);
	tcase_add_test(t, compares_full_headers_within_and_without);
	tcase_add_test(t, normalises_line_ends_that_could_smuggle);
	tcase_add_test(t, keeps_binary_octets_of_an_opened_part);
	tcase_add_test(t, asks_for_bounces_without_the_opened_text);
	suite_add_tcase(s, t);
	t = tcase_create("odd");
	tcase_add_checked_fixture(t, set_up, tear_down);
	LOOP(t, delivers_odd_mail_as_it_came, oddities);
	tcase_add_test(t, takes_any_reverse_path);
	suite_add_tcase(s, t);
	return s;
}
