/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "tests/unit/policy/questions.h"

Suite *suite_outgoing(void);

/* What is encrypted, what waits, what is refused; and that nothing passes in clear that must not. */

#define HERE "alice@example.org"
#define HERE2 "bob@example.org"
#define AWAY "carol@partner.example"
#define AWAY2 "dave@other.example"

static const char *const degree_words[] = { "off", "available", "required" };
static const char *const missing_words[] = { "clear", "defer", "refuse-some", "refuse" };
#define MISSING_WORDS ((int)(sizeof missing_words / sizeof missing_words[0]))
static const char *const revocation_words[] = { "accept", "defer", "refuse" };

/* The states that the look-up of a recipient's certificate can end in. */
enum supply { NONE, FAILED, UNCHECKED, USABLE, SUPPLIES };

static struct recipient_facts
supplied(const char *address, enum supply supply)
{
	struct recipient_facts r = recipient_of(address, supply == UNCHECKED || supply == USABLE ? 1 : 0);

	r.temporary = supply == FAILED;
	r.revocation_unknown = supply == UNCHECKED;
	return r;
}

static struct settings *
settings_with(const char *sign, const char *encrypt, const char *missing, const char *revocation)
{
	char rules[512];

	snprintf(rules, sizeof rules,
	    "defaults { sign = \"%s\" encrypt = \"%s\" on-missing-certificate = \"%s\" revocation-unknown = \"%s\" }",
	    sign, encrypt, missing, revocation);
	return settings_of(rules);
}

/* ---- one recipient ---------------------------------------------------------- */

static const struct row {
	enum choice_degree degree;
	enum supply supply;
	const char *missing, *revocation;
	enum recipient_action action;
	enum reason reason;
	enum error_code reply;
	const char *setting;
} rows[] = {
	/* clang-format off */
	{ CHOICE_DEGREE_OFF, NONE,      "refuse", "refuse", ACTION_CLEAR,   REASON_ENCRYPT_OFF, ERROR_NONE, "off" },
	{ CHOICE_DEGREE_OFF, FAILED,    "refuse", "refuse", ACTION_CLEAR,   REASON_ENCRYPT_OFF, ERROR_NONE, "off" },
	{ CHOICE_DEGREE_OFF, UNCHECKED, "refuse", "refuse", ACTION_CLEAR,   REASON_ENCRYPT_OFF, ERROR_NONE, "off" },
	{ CHOICE_DEGREE_OFF, USABLE,    "refuse", "refuse", ACTION_CLEAR,   REASON_ENCRYPT_OFF, ERROR_NONE, "off" },
	{ CHOICE_DEGREE_AVAILABLE, NONE,      "refuse", "accept", ACTION_CLEAR,   REASON_NO_CERTIFICATE, ERROR_NONE, "available" },
	{ CHOICE_DEGREE_AVAILABLE, FAILED,    "clear",  "accept", ACTION_DEFER,   REASON_LOOKUP_FAILED, ERROR_CERTIFICATE_LOOKUP, "available" },
	{ CHOICE_DEGREE_AVAILABLE, USABLE,    "clear",  "refuse", ACTION_ENCRYPT, REASON_ENCRYPT_SETTING, ERROR_NONE, "available" },
	{ CHOICE_DEGREE_AVAILABLE, UNCHECKED, "clear",  "accept", ACTION_ENCRYPT, REASON_ENCRYPT_SETTING, ERROR_NONE, "available" },
	{ CHOICE_DEGREE_AVAILABLE, UNCHECKED, "clear",  "defer",  ACTION_DEFER,   REASON_REVOCATION_UNKNOWN, ERROR_CERTIFICATE_UNCHECKED, "defer" },
	{ CHOICE_DEGREE_AVAILABLE, UNCHECKED, "clear",  "refuse", ACTION_REFUSE,  REASON_REVOCATION_UNKNOWN, ERROR_CERTIFICATE_UNUSABLE, "refuse" },
	{ CHOICE_DEGREE_REQUIRED, NONE,      "refuse", "accept", ACTION_REFUSE,  REASON_MISSING_REFUSED, ERROR_CERTIFICATE_MISSING, "refuse" },
	{ CHOICE_DEGREE_REQUIRED, NONE,      "defer",  "accept", ACTION_DEFER,   REASON_MISSING_DEFERRED, ERROR_CERTIFICATE_AWAITED, "defer" },
	{ CHOICE_DEGREE_REQUIRED, NONE,      "clear",  "accept", ACTION_CLEAR,   REASON_MISSING_CLEAR, ERROR_NONE, "clear" },
	{ CHOICE_DEGREE_REQUIRED, FAILED,    "clear",  "accept", ACTION_DEFER,   REASON_LOOKUP_FAILED, ERROR_CERTIFICATE_LOOKUP, "required" },
	{ CHOICE_DEGREE_REQUIRED, FAILED,    "refuse", "accept", ACTION_DEFER,   REASON_LOOKUP_FAILED, ERROR_CERTIFICATE_LOOKUP, "required" },
	{ CHOICE_DEGREE_REQUIRED, USABLE,    "clear",  "refuse", ACTION_ENCRYPT, REASON_ENCRYPT_SETTING, ERROR_NONE, "required" },
	{ CHOICE_DEGREE_REQUIRED, UNCHECKED, "clear",  "accept", ACTION_ENCRYPT, REASON_ENCRYPT_SETTING, ERROR_NONE, "required" },
	{ CHOICE_DEGREE_REQUIRED, UNCHECKED, "clear",  "defer",  ACTION_DEFER,   REASON_REVOCATION_UNKNOWN, ERROR_CERTIFICATE_UNCHECKED, "defer" },
	{ CHOICE_DEGREE_REQUIRED, UNCHECKED, "clear",  "refuse", ACTION_REFUSE,  REASON_REVOCATION_UNKNOWN, ERROR_CERTIFICATE_UNUSABLE, "refuse" },
	/* clang-format on */
};

START_TEST(decides_by_degree_certificates_and_missing_action)
{
	const struct row *row = &rows[_i];
	struct settings *s = settings_with("off", degree_words[row->degree], row->missing, row->revocation);
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r = supplied(AWAY, row->supply);
	struct plan *plan = plan_of(s, &m, &r, 1);

	ck_assert_int_eq(plan->recipients[0].action, row->action);
	ck_assert_str_eq(reason_word(plan->recipients[0].reason), reason_word(row->reason));
	ck_assert_str_eq(value_print(plan->recipients[0].setting), row->setting);
	if (row->reply == ERROR_NONE)
		expect_sent(plan, false, row->action == ACTION_ENCRYPT);
	else
		expect_refused(plan, row->reason, row->reply);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

/* ---- every combination of one recipient ------------------------------------- */

static void
holds_the_promises(const struct message_facts *m, const struct recipient_facts *r, const struct plan *plan,
    int sign, int encrypt, int missing)
{
	const struct recipient_plan *to = &plan->recipients[0];
	const bool outgoing = to->direction == DIRECTION_OUTGOING, sent = plan->verdict == VERDICT_CONTINUE;
	const bool proven = m->author != NULL && (m->authority == AUTHORITY_LOGIN || m->authority == AUTHORITY_HOST);

	/* A plan that does not continue says why and asks for nothing. */
	ck_assert(sent == (plan->reply == ERROR_NONE) && sent == (plan->reason == REASON_NONE));
	ck_assert(sent || (!plan_in_place(plan)->sign && !plan_in_place(plan)->encrypt && !plan_in_place(plan)->incoming_work));
	ck_assert(sent || (plan->verdict == VERDICT_RETRY_LATER) ==
	    (error_disposition(plan->reply) == DISPOSITION_RETRY));
	ck_assert(outgoing != r->local);
	/* Required encryption never goes clear unless on-missing-certificate = "clear", and then only for want of any. */
	if (sent && outgoing && encrypt == CHOICE_DEGREE_REQUIRED && !plan_in_place(plan)->encrypt)
		ck_assert(missing == CHOICE_MISSING_CLEAR && r->usable_certificates == 0 && !r->temporary);
	/* A usable certificate is used wherever encryption is not off; a doubt is never clear text. */
	if (sent && outgoing && encrypt != CHOICE_DEGREE_OFF)
		ck_assert(plan_in_place(plan)->encrypt == (r->usable_certificates > 0) && !r->temporary);
	/* Encrypted is what leaves, with a certificate, and nothing else. */
	if (plan_in_place(plan)->encrypt)
		ck_assert(outgoing && r->usable_certificates > 0 && encrypt != CHOICE_DEGREE_OFF);
	/* Never signed without authority. */
	if (plan_in_place(plan)->sign)
		ck_assert(proven && m->role != CHOICE_ROLE_LOCAL && sign != CHOICE_DEGREE_OFF && outgoing);
	/* What must be signed is signed, or stays. */
	if (sent && outgoing && sign == CHOICE_DEGREE_REQUIRED)
		ck_assert(plan_in_place(plan)->sign);
	/* A local author without login does not leave through the roles that have logins. */
	if (outgoing && m->author_local && m->authority == AUTHORITY_NONE && m->role != CHOICE_ROLE_LOCAL)
		ck_assert(!sent);
	/* Nobody sends as somebody else. */
	if (m->authority == AUTHORITY_MISMATCH)
		ck_assert(!sent);
	ck_assert(!plan_in_place(plan)->incoming_work || (m->role == CHOICE_ROLE_INBOUND && r->local));
	ck_assert(!(plan_in_place(plan)->incoming_work && (plan_in_place(plan)->sign || plan_in_place(plan)->encrypt)));
}

static void
each_question(const struct settings *s, int sign, int encrypt, int missing)
{
	static const char *const authors[] = { HERE, AWAY2, NULL };
	static const char *const recipients[] = { HERE2, AWAY };

	for (int role = 0; role < 3; role++)
		for (size_t author = 0; author < 3; author++)
			for (int authority = 0; authority < 4; authority++)
				for (int i = 0; i < 2 * SUPPLIES; i++) {
					struct message_facts m = message_of((enum choice_role)role, authors[author]);
					struct recipient_facts r = supplied(recipients[i % 2], (enum supply)(i / 2));
					struct plan *plan;

					m.authority = (enum authority)authority;
					m.has_signer = true;
					plan = plan_of(s, &m, &r, 1);
					holds_the_promises(&m, &r, plan, sign, encrypt, missing);
					plan_free(plan);
				}
}

START_TEST(no_combination_breaks_a_promise)
{
	for (int sign = 0; sign < 3; sign++)
		for (int missing = 0; missing < MISSING_WORDS; missing++)
			for (int revocation = 0; revocation < 3; revocation++) {
				struct settings *s = settings_with(degree_words[sign], degree_words[_i],
				    missing_words[missing], revocation_words[revocation]);

				each_question(s, sign, _i, missing);
				settings_unref(s);
			}
}
END_TEST

/* ---- two recipients ---------------------------------------------------------- */

/* Recipients whose domain sets the degree; the last is ours. */
static const char *const kinds[] = { "x@off.example", "x@available.example", "x@required.example", HERE2 };
#define KINDS (sizeof kinds / sizeof kinds[0])
#define VARIANTS (KINDS * SUPPLIES * 2)

static struct recipient_facts
variant(size_t n)
{
	struct recipient_facts r = supplied(kinds[n % KINDS], (enum supply)(n / KINDS % SUPPLIES));

	r.blind = n / KINDS / SUPPLIES != 0;
	return r;
}

static void
two_get_what_each_gets_alone(const struct settings *s, const struct message_facts *m,
    const struct recipient_facts r[2])
{
	struct plan *both = plan_of(s, m, r, 2), *alone[2] = { plan_of(s, m, &r[0], 1), plan_of(s, m, &r[1], 1) };

	if (both->verdict == VERDICT_CONTINUE)
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(alone[i]->verdict, VERDICT_CONTINUE);
			ck_assert_int_eq(plan_in_place(alone[i])->encrypt, plan_in_place(both)->encrypt);
			ck_assert(!plan_in_place(both)->encrypt || (!r[i].local && r[i].usable_certificates > 0));
			ck_assert(!plan_in_place(both)->encrypt || !r[i].blind || address_equal(r[0].address, r[1].address));
		}
	else if (alone[0]->verdict == VERDICT_CONTINUE && alone[1]->verdict == VERDICT_CONTINUE)
		expect_refused(both, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
	else if (alone[0]->verdict == VERDICT_REFUSE || alone[1]->verdict == VERDICT_REFUSE)
		ck_assert_int_eq(both->verdict, VERDICT_REFUSE);
	plan_free(both);
	plan_free(alone[0]);
	plan_free(alone[1]);
}

START_TEST(two_recipients_get_what_each_would_get_alone_or_the_mail_is_refused)
{
	char rules[512];
	struct settings *s;
	struct message_facts m = message_of((enum choice_role)(_i % 3), HERE);

	snprintf(rules, sizeof rules,
	    "defaults { sign = \"off\" on-missing-certificate = \"%s\" revocation-unknown = \"defer\" }\n"
	    "domain \"off.example\" { encrypt = \"off\" }\n"
	    "domain \"available.example\" { encrypt = \"available\" }\n"
	    "domain \"required.example\" { encrypt = \"required\" }",
	    missing_words[_i / 3]);
	s = settings_of(rules);
	for (size_t a = 0; a < VARIANTS; a++)
		for (size_t b = 0; b < VARIANTS; b++) {
			struct recipient_facts r[2] = { variant(a), variant(b) };

			two_get_what_each_gets_alone(s, &m, r);
		}
	settings_unref(s);
}
END_TEST

static void
expect_copies_needed(const char *rules, struct recipient_facts first, struct recipient_facts second)
{
	struct settings *s = settings_of(rules);
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	for (int turn = 0; turn < 2; turn++) {
		struct recipient_facts r[2] = { turn ? second : first, turn ? first : second };
		struct plan *plan = plan_of(s, &m, r, 2);

		expect_refused(plan, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
		plan_free(plan);
	}
	settings_unref(s);
}

START_TEST(refuses_a_local_recipient_beside_one_that_is_encrypted_to)
{
	expect_copies_needed("", recipient_of(HERE2, 0), recipient_of(AWAY, 1));
	expect_copies_needed("", recipient_of(HERE2, 1), recipient_of(AWAY, 1));
}
END_TEST

START_TEST(refuses_recipients_with_and_without_certificate)
{
	expect_copies_needed("", recipient_of(AWAY2, 0), recipient_of(AWAY, 1));
	expect_copies_needed("domain \"other.example\" { encrypt = \"off\" }", recipient_of(AWAY2, 1),
	    recipient_of(AWAY, 1));
	expect_copies_needed(
	    "domain \"other.example\" { encrypt = \"required\" on-missing-certificate = \"clear\" }",
	    recipient_of(AWAY2, 0), recipient_of(AWAY, 1));
}
END_TEST

START_TEST(refuses_different_profiles_where_it_encrypts)
{
	static const char rules[] = "defaults { sign = \"off\" } domain \"other.example\" { profile = \"modern\" }";
	struct settings *s = settings_of(rules);
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts clear[] = { recipient_of(AWAY2, 0), recipient_of(AWAY, 0) };
	struct plan *plan = plan_of(s, &m, clear, 2);

	expect_sent(plan, false, false);
	plan_free(plan);
	settings_unref(s);
	expect_copies_needed(rules, recipient_of(AWAY2, 1), recipient_of(AWAY, 1));
}
END_TEST

START_TEST(encrypts_to_several_with_one_body)
{
	struct settings *s = settings_of("defaults { profile = \"modern\" }");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r[] = { recipient_of(AWAY2, 1), recipient_of(AWAY, 2), recipient_of(AWAY2, 1) };
	struct plan *plan = plan_of(s, &m, r, 3);

	expect_sent(plan, true, true);
	ck_assert_int_eq(plan_in_place(plan)->profile, PROFILE_MODERN);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(refuses_a_blind_recipient_beside_others_of_an_encrypted_mail)
{
	struct settings *s = settings_of("");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r[] = { recipient_of(AWAY2, 1), recipient_of(AWAY, 1) };
	struct plan *plan;

	r[1].blind = true;
	plan = plan_of(s, &m, r, 2);
	expect_refused(plan, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
	ck_assert_str_eq(reason_word(plan->recipients[0].reason), "encrypt-setting");
	ck_assert_str_eq(reason_word(plan->recipients[1].reason), "blind-recipient");
	plan_free(plan);
	r[0].blind = true; /* two who do not know of each other */
	plan = plan_of(s, &m, r, 2);
	expect_refused(plan, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
	plan_free(plan);
	plan = plan_of(s, &m, &r[1], 1); /* alone it is named to nobody */
	expect_sent(plan, true, true);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(a_blind_recipient_of_clear_mail_is_nobodys_business)
{
	struct settings *s = settings_of("");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r[] = { recipient_of(AWAY2, 0), recipient_of(AWAY, 0) };
	struct plan *plan;

	r[1].blind = true;
	plan = plan_of(s, &m, r, 2);
	expect_sent(plan, true, false);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(a_refusal_wins_over_a_retry)
{
	struct settings *s = settings_of(
	    "domain \"other.example\" { encrypt = \"required\" on-missing-certificate = \"refuse\" }");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r[] = { supplied(AWAY, FAILED), supplied(AWAY2, NONE) };
	struct plan *plan = plan_of(s, &m, r, 2);

	expect_refused(plan, REASON_MISSING_REFUSED, ERROR_CERTIFICATE_MISSING);
	ck_assert_ptr_nonnull(plan->setting->origin.file);
	plan_free(plan);
	plan = plan_of(s, &m, r, 1);
	expect_refused(plan, REASON_LOOKUP_FAILED, ERROR_CERTIFICATE_LOOKUP);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(carries_what_is_encrypted_already)
{
	struct settings *s = settings_with("required", "required", "refuse", "refuse");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r[] = { recipient_of(AWAY, 0), recipient_of(AWAY2, 1), recipient_of(HERE2, 0) };
	struct plan *plan;

	m.protected_already = m.encrypted_already = true;
	plan = plan_of(s, &m, r, 3);
	expect_sent(plan, false, false);
	ck_assert_str_eq(reason_word(plan->recipients[0].reason), "encrypted-already");
	ck_assert_str_eq(reason_word(plan_in_place(plan)->sign_reason), "protected-already");
	plan_free(plan);
	m.encrypted_already = false; /* signed by its author's own client: that is not encrypted */
	plan = plan_of(s, &m, r, 1);
	expect_refused(plan, REASON_MISSING_REFUSED, ERROR_CERTIFICATE_MISSING);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(protects_again_only_where_the_sender_says_so)
{
	struct settings *s = settings_of("defaults { sign = \"required\" encrypt = \"required\" }\n"
					 "address \"" HERE "\" { protect-again = yes }\n"
					 "domain \"partner.example\" { protect-again = yes }");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE), other = message_of(CHOICE_ROLE_SUBMISSION, HERE2);
	struct recipient_facts with = recipient_of(AWAY, 1), without = recipient_of(AWAY, 0);
	struct plan *plan;

	m.protected_already = m.encrypted_already = other.protected_already = other.encrypted_already = true;
	plan = plan_of(s, &m, &with, 1);
	expect_sent(plan, true, true);
	plan_free(plan);
	plan = plan_of(s, &m, &without, 1);
	expect_refused(plan, REASON_MISSING_REFUSED, ERROR_CERTIFICATE_MISSING);
	plan_free(plan);
	plan = plan_of(s, &other, &with, 1);
	expect_sent(plan, false, false);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

/* ---- whose rules hold ---------------------------------------------------------- */

static void
expect_required(const struct settings *s, const struct message_facts *m, const char *to, bool required)
{
	struct recipient_facts r = recipient_of(to, 0);
	struct plan *plan = plan_of(s, m, &r, 1);

	ck_assert_int_eq(plan->recipients[0].action, required ? ACTION_REFUSE : ACTION_CLEAR);
	plan_free(plan);
}

START_TEST(a_weaker_rule_of_the_author_holds_only_for_a_proven_author)
{
	struct settings *s = settings_of("defaults { encrypt = \"required\" }\n"
					 "relay-local-author = \"allow\"\n"
					 "address \"alice@example.org\" { encrypt = \"off\" }");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	expect_required(s, &m, AWAY, false);
	m.authority = AUTHORITY_HOST;
	expect_required(s, &m, AWAY, false);
	m.authority = AUTHORITY_NONE;
	expect_required(s, &m, AWAY, true);
	m.role = CHOICE_ROLE_LOCAL;
	expect_required(s, &m, AWAY, true);
	m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	m.several_authors = true;
	expect_required(s, &m, AWAY, true);
	settings_unref(s);
}
END_TEST

START_TEST(a_stricter_rule_of_any_author_or_of_the_reverse_path_holds)
{
	struct settings *s = settings_of("relay-local-author = \"allow\"\n"
					 "domain \"bank.strict.example\" { encrypt = \"required\" }");
	struct address *items[] = { (struct address *)address_of(HERE),
		(struct address *)address_of("clerk@bank.strict.example") };
	struct address_list authors = { items, 2 };
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, NULL);

	m.several_authors = true;
	expect_required(s, &m, AWAY, false);
	m.authors = &authors;
	expect_required(s, &m, AWAY, true);
	m.authors = NULL;
	m.reverse_path = items[1];
	expect_required(s, &m, AWAY, true);
	m = message_of(CHOICE_ROLE_SUBMISSION, HERE); /* proven: who it is from is known */
	m.reverse_path = items[1];
	expect_required(s, &m, AWAY, false);
	m = message_of(CHOICE_ROLE_SUBMISSION, "clerk@bank.strict.example");
	expect_required(s, &m, AWAY, true);
	settings_unref(s);
}
END_TEST

START_TEST(the_recipients_rule_holds_whoever_submits)
{
	struct settings *s = settings_of("domain \"partner.example\" { encrypt = \"required\" }");

	for (int role = 0; role < 3; role++) {
		struct message_facts ours = message_of((enum choice_role)role, HERE);
		struct message_facts theirs = message_of((enum choice_role)role, AWAY2);
		struct message_facts nobodys = message_of((enum choice_role)role, NULL);

		expect_required(s, &ours, AWAY, true);
		expect_required(s, &theirs, AWAY, true);
		expect_required(s, &nobodys, AWAY, true);
		expect_required(s, &theirs, "x@third.example", false);
	}
	settings_unref(s);
}
END_TEST

Suite *
suite_outgoing(void)
{
	Suite *suite = suite_create("outgoing");
	TCase *tc = tcase_create("outgoing");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, decides_by_degree_certificates_and_missing_action, 0,
	    (int)(sizeof rows / sizeof rows[0]));
	tcase_add_loop_test(tc, no_combination_breaks_a_promise, 0, 3);
	tcase_add_loop_test(tc, two_recipients_get_what_each_would_get_alone_or_the_mail_is_refused, 0,
	    3 * MISSING_WORDS);
	tcase_add_test(tc, refuses_a_local_recipient_beside_one_that_is_encrypted_to);
	tcase_add_test(tc, refuses_recipients_with_and_without_certificate);
	tcase_add_test(tc, refuses_different_profiles_where_it_encrypts);
	tcase_add_test(tc, encrypts_to_several_with_one_body);
	tcase_add_test(tc, refuses_a_blind_recipient_beside_others_of_an_encrypted_mail);
	tcase_add_test(tc, a_blind_recipient_of_clear_mail_is_nobodys_business);
	tcase_add_test(tc, a_refusal_wins_over_a_retry);
	tcase_add_test(tc, carries_what_is_encrypted_already);
	tcase_add_test(tc, protects_again_only_where_the_sender_says_so);
	tcase_add_test(tc, a_weaker_rule_of_the_author_holds_only_for_a_proven_author);
	tcase_add_test(tc, a_stricter_rule_of_any_author_or_of_the_reverse_path_holds);
	tcase_add_test(tc, the_recipients_rule_holds_whoever_submits);
	suite_add_tcase(suite, tc);
	return suite;
}
