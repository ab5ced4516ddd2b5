/* SPDX-License-Identifier: BSD-2-Clause */

#include "tests/unit/policy/questions.h"

Suite *suite_routes(void);

/* Which rules hold: role, author and recipient. */

#define HERE "alice@example.org"
#define HERE2 "bob@example.org"
#define AWAY "carol@partner.example"
#define AWAY2 "dave@other.example"

static const struct row {
	enum choice_role role;
	const char *author;
	enum authority authority;
	const char *recipient;
	enum direction direction;
	enum reason refused; /* REASON_NONE: sent */
	bool sign;
	bool incoming_work;
} rows[] = {
	/* clang-format off */
#define S CHOICE_ROLE_SUBMISSION
#define I CHOICE_ROLE_INBOUND
#define L CHOICE_ROLE_LOCAL
#define E CHOICE_ROLE_EGRESS
#define W CHOICE_ROLE_WITNESS
#define OUT DIRECTION_OUTGOING
#define IN DIRECTION_INCOMING
#define INNER DIRECTION_INTERNAL
	/* any author to a remote recipient: signed only if authority holds */
	{ S, HERE,  AUTHORITY_LOGIN, AWAY,  OUT,   REASON_NONE,               true,  false },
	{ S, HERE,  AUTHORITY_HOST,  AWAY,  OUT,   REASON_NONE,               true,  false },
	{ I, HERE,  AUTHORITY_LOGIN, AWAY,  OUT,   REASON_NONE,               true,  false },
	{ I, HERE,  AUTHORITY_HOST,  AWAY,  OUT,   REASON_NONE,               true,  false },
	{ S, AWAY2, AUTHORITY_LOGIN, AWAY,  OUT,   REASON_NONE,               true,  false },
	{ S, AWAY2, AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ I, AWAY2, AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ S, NULL,  AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	/* a local author without a login */
	{ S, HERE,  AUTHORITY_NONE,  AWAY,  OUT,   REASON_RELAY_LOCAL_AUTHOR, false, false },
	{ I, HERE,  AUTHORITY_NONE,  AWAY,  OUT,   REASON_RELAY_LOCAL_AUTHOR, false, false },
	{ L, HERE,  AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ L, HERE,  AUTHORITY_LOGIN, AWAY,  OUT,   REASON_NONE,               false, false },
	{ L, HERE,  AUTHORITY_HOST,  AWAY,  OUT,   REASON_NONE,               false, false },
	/* the second pass signs nothing and asks for no login: the first has */
	{ E, HERE,  AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ E, HERE,  AUTHORITY_LOGIN, AWAY,  OUT,   REASON_NONE,               false, false },
	{ E, HERE,  AUTHORITY_HOST,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ E, AWAY2, AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ E, NULL,  AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ E, HERE,  AUTHORITY_MISMATCH, AWAY, OUT, REASON_LOGIN_MISMATCH,     false, false },
	/* a witness notes who it is, and only says no to who claims somebody else */
	{ W, HERE,  AUTHORITY_LOGIN, AWAY,  OUT,   REASON_NONE,               false, false },
	{ W, HERE,  AUTHORITY_HOST,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ W, HERE,  AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ W, AWAY2, AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ W, NULL,  AUTHORITY_NONE,  AWAY,  OUT,   REASON_NONE,               false, false },
	{ W, AWAY,  AUTHORITY_NONE,  HERE,  INNER, REASON_NONE,               false, false },
	{ W, HERE2, AUTHORITY_LOGIN, HERE,  INNER, REASON_NONE,               false, false },
	{ W, HERE,  AUTHORITY_MISMATCH, AWAY, OUT, REASON_LOGIN_MISMATCH,     false, false },
	/* a login that claims somebody else */
	{ S, HERE,  AUTHORITY_MISMATCH, AWAY,  OUT,   REASON_LOGIN_MISMATCH,  false, false },
	{ S, HERE,  AUTHORITY_MISMATCH, HERE2, INNER, REASON_LOGIN_MISMATCH,  false, false },
	{ I, HERE,  AUTHORITY_MISMATCH, HERE2, IN,    REASON_LOGIN_MISMATCH,  false, false },
	{ S, AWAY2, AUTHORITY_MISMATCH, AWAY,  OUT,   REASON_LOGIN_MISMATCH,  false, false },
	/* to a local recipient */
	{ I, AWAY,  AUTHORITY_NONE,  HERE,  IN,    REASON_NONE,               false, true },
	{ I, HERE2, AUTHORITY_NONE,  HERE,  IN,    REASON_NONE,               false, true },
	{ I, HERE2, AUTHORITY_LOGIN, HERE,  IN,    REASON_NONE,               false, true },
	{ I, NULL,  AUTHORITY_NONE,  HERE,  IN,    REASON_NONE,               false, true },
	{ S, HERE2, AUTHORITY_LOGIN, HERE,  INNER, REASON_NONE,               false, false },
	{ S, HERE2, AUTHORITY_NONE,  HERE,  INNER, REASON_NONE,               false, false },
	{ S, AWAY,  AUTHORITY_NONE,  HERE,  INNER, REASON_NONE,               false, false },
	{ L, HERE2, AUTHORITY_NONE,  HERE,  INNER, REASON_NONE,               false, false },
	{ E, HERE2, AUTHORITY_NONE,  HERE,  INNER, REASON_NONE,               false, false },
	{ E, AWAY,  AUTHORITY_NONE,  HERE,  INNER, REASON_NONE,               false, false },
	/* what is not listed */
	{ (enum choice_role)5,  HERE, AUTHORITY_LOGIN, AWAY,  OUT,   REASON_UNLISTED, false, false },
	{ (enum choice_role)5,  AWAY, AUTHORITY_NONE,  HERE,  INNER, REASON_UNLISTED, false, false },
	{ (enum choice_role)31, AWAY, AUTHORITY_NONE,  HERE,  INNER, REASON_UNLISTED, false, false },
	{ (enum choice_role)77, AWAY, AUTHORITY_NONE,  HERE,  INNER, REASON_UNLISTED, false, false },
	/* clang-format on */
};

START_TEST(follows_the_table_of_roles_authors_and_recipients)
{
	const struct row *row = &rows[_i];
	struct settings *s = settings_of("");
	struct message_facts m = message_of(row->role, row->author);
	struct recipient_facts r = recipient_of(row->recipient, 0);
	struct plan *plan;

	m.authority = row->authority;
	m.has_signer = true;
	plan = plan_of(s, &m, &r, 1);
	ck_assert_int_eq(plan->recipients[0].direction, row->direction);
	ck_assert_str_eq(reason_word(plan->reason), reason_word(row->refused));
	ck_assert_int_eq(plan->verdict, row->refused == REASON_NONE ? VERDICT_CONTINUE : VERDICT_REFUSE);
	ck_assert_int_eq(plan_in_place(plan)->sign, row->sign);
	ck_assert_int_eq(plan_in_place(plan)->incoming_work, row->incoming_work);
	ck_assert(!plan_in_place(plan)->encrypt);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(lets_a_local_author_relay_without_login_only_where_the_setting_says_so)
{
	struct settings *s = settings_of("relay-local-author = \"allow\"");
	struct message_facts m = message_of(CHOICE_ROLE_INBOUND, HERE);
	struct recipient_facts r = recipient_of(AWAY, 0);
	struct plan *plan;

	m.authority = AUTHORITY_NONE;
	plan = plan_of(s, &m, &r, 1);
	expect_sent(plan, false, false);
	ck_assert_str_eq(reason_word(plan_in_place(plan)->sign_reason), "not-proven");
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(behind_the_queue_only_the_worlds_mail_is_not_refused_for_its_local_author)
{
	static const struct {
		enum choice_role role;
		bool behind_queue, refused;
	} each[] = { { I, true, false }, { I, false, true }, { S, true, true }, { S, false, true } };
	struct settings *s = settings_of("");
	struct recipient_facts r = recipient_of(AWAY, 0);

	for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
		struct message_facts m = message_of(each[i].role, HERE);
		struct plan *plan;

		m.authority = AUTHORITY_NONE;
		m.behind_queue = each[i].behind_queue;
		plan = plan_of(s, &m, &r, 1);
		ck_assert_int_eq(plan->verdict, each[i].refused ? VERDICT_REFUSE : VERDICT_CONTINUE);
		ck_assert(!plan_in_place(plan)->sign);
		plan_free(plan);
	}
	settings_unref(s);
}
END_TEST

START_TEST(a_witness_asks_no_rule)
{
	struct settings *s = settings_of("defaults { encrypt = \"required\" sign = \"required\" sign-local = yes }");
	struct message_facts m = message_of(W, HERE);
	struct recipient_facts r[] = { recipient_of(AWAY, 1), recipient_of(AWAY2, 0), recipient_of(HERE2, 0) };
	struct plan *plan;

	m.opened = true;
	plan = plan_of(s, &m, r, 3);
	expect_sent(plan, false, false);
	ck_assert_uint_eq(plan->group_count, 1);
	ck_assert_str_eq(reason_word(plan->recipients[0].reason), "witnessed");
	ck_assert_str_eq(reason_word(plan_in_place(plan)->sign_reason), "witnessed");
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(refuses_a_local_author_without_login_also_beside_local_recipients)
{
	struct settings *s = settings_of("");
	struct message_facts m = message_of(CHOICE_ROLE_INBOUND, HERE);
	struct recipient_facts r[] = { recipient_of(HERE2, 0), recipient_of(AWAY, 0) };
	struct plan *plan;

	m.authority = AUTHORITY_NONE;
	plan = plan_of(s, &m, r, 2);
	expect_refused(plan, REASON_RELAY_LOCAL_AUTHOR, ERROR_RELAY_LOCAL_AUTHOR);
	ck_assert_ptr_nonnull(plan->setting);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(finds_a_local_author_among_several)
{
	struct settings *s = settings_of("");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, NULL);
	struct address *items[] = { (struct address *)address_of(AWAY2), (struct address *)address_of(HERE) };
	struct address_list authors = { items, 2 };
	struct recipient_facts r = recipient_of(AWAY, 0);
	struct plan *plan;

	m.several_authors = true;
	m.authors = &authors;
	plan = plan_of(s, &m, &r, 1);
	expect_refused(plan, REASON_RELAY_LOCAL_AUTHOR, ERROR_RELAY_LOCAL_AUTHOR);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(sends_an_unauthorised_author_unsigned_where_the_setting_says_so)
{
	struct settings *s = settings_of("address \"alice@example.org\" { unauthorised-author = \"unsigned\" }");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r = recipient_of(AWAY, 0);
	struct plan *plan;

	m.authority = AUTHORITY_MISMATCH;
	plan = plan_of(s, &m, &r, 1);
	expect_sent(plan, false, false);
	ck_assert_str_eq(reason_word(plan_in_place(plan)->sign_reason), "login-mismatch");
	plan_free(plan);
	m = message_of(CHOICE_ROLE_SUBMISSION, HERE2);
	m.authority = AUTHORITY_MISMATCH;
	plan = plan_of(s, &m, &r, 1);
	expect_refused(plan, REASON_LOGIN_MISMATCH, ERROR_NOT_AUTHORISED);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(refuses_a_message_to_nobody)
{
	struct settings *s = settings_of("");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct plan *plan = plan_of(s, &m, NULL, 0);

	expect_refused(plan, REASON_UNLISTED, ERROR_POLICY);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(every_reason_has_a_word_of_its_own_and_a_sentence)
{
	for (int i = 0; i < REASON_COUNT; i++) {
		ck_assert_ptr_nonnull(reason_word((enum reason)i));
		ck_assert_uint_gt(strlen(reason_sentence((enum reason)i)), 10);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(reason_word((enum reason)i), reason_word((enum reason)j));
	}
	ck_assert_str_eq(reason_word((enum reason)REASON_COUNT), "unknown");
	ck_assert_ptr_nonnull(reason_sentence((enum reason)REASON_COUNT));
}
END_TEST

struct want {
	struct settings *settings;
};

static int
plan_once(void *ctx, struct error *e)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r = recipient_of(AWAY, 1);
	struct plan *plan = NULL;
	int rc = policy_plan(((struct want *)ctx)->settings, &m, &r, 1, &plan, e);

	ck_assert((rc == 0) == (plan != NULL));
	plan_free(plan);
	return rc;
}

START_TEST(fails_for_want_of_memory_only)
{
	struct want want = { settings_of("") };

	address_of(HERE);
	address_of(AWAY);
	each_allocation_fails(plan_once, &want);
	settings_unref(want.settings);
}
END_TEST

Suite *
suite_routes(void)
{
	Suite *suite = suite_create("routes");
	TCase *tc = tcase_create("routes");

	tcase_add_loop_test(tc, follows_the_table_of_roles_authors_and_recipients, 0,
	    (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(tc, lets_a_local_author_relay_without_login_only_where_the_setting_says_so);
	tcase_add_test(tc, behind_the_queue_only_the_worlds_mail_is_not_refused_for_its_local_author);
	tcase_add_test(tc, a_witness_asks_no_rule);
	tcase_add_test(tc, refuses_a_local_author_without_login_also_beside_local_recipients);
	tcase_add_test(tc, finds_a_local_author_among_several);
	tcase_add_test(tc, sends_an_unauthorised_author_unsigned_where_the_setting_says_so);
	tcase_add_test(tc, refuses_a_message_to_nobody);
	tcase_add_test(tc, every_reason_has_a_word_of_its_own_and_a_sentence);
	tcase_add_test(tc, fails_for_want_of_memory_only);
	suite_add_tcase(suite, tc);
	return suite;
}
