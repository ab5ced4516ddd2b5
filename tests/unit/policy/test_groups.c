/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "tests/unit/policy/questions.h"

Suite *suite_groups(void);

/*
 * Who gets the same bytes.  What each recipient is to get is written down here as
 * a line of text, by other means than the policy's; those with the same line form
 * a group.
 */

#define HERE  "alice@example.org"
#define HERE2 "bob@example.org"
#define HERE3 "carl@example.org"
#define AWAY  "carol@partner.example"
#define AWAY2 "dave@other.example"
#define MAX   8

/* ---- every kind of recipient ------------------------------------------------- */

static const char *const degrees[] = { "off", "available", "required" };
static const char *const missings[] = { "clear", "defer", "refuse-some", "refuse" };

static const struct kind {
	const char *name, *profile;
	bool certificate, failed, blind, local;
} kinds[] = {
	/* clang-format off */
	{ "certificate", "compatible", .certificate = true },
	{ "none",        "compatible", .failed = false },
	{ "failed",      "compatible", .failed = true },
	{ "blind",       "compatible", .certificate = true, .blind = true },
	{ "unseen",      "compatible", .blind = true },
	{ "domain",      "compatible", .certificate = true },
	{ "modern",      "modern",     .certificate = true },
	{ "market",      "edi-energy", .certificate = true },
	{ "bob",         "compatible", .certificate = true, .local = true },
	/* clang-format on */
};
#define KINDS    (sizeof kinds / sizeof kinds[0])
#define VARIANTS (KINDS * 12)

struct variant {
	const struct kind *kind;
	const char *degree, *missing;
};

static struct variant
variant(size_t n)
{
	return (struct variant){ &kinds[n % KINDS], degrees[n / KINDS % 3], missings[n / KINDS / 3] };
}

static struct settings *
every_domain(void)
{
	static const char *const profiles[] = { "compatible", "modern", "edi-energy" };
	struct buffer rules = BUFFER_INIT(65536);
	struct error e = ERROR_INIT;
	struct settings *s;

	for (size_t i = 0; i < 36; i++)
		expect_ok(buffer_append_format(&rules, &e,
		    "domain \"%s.%s.%s.example\" { encrypt = \"%s\" on-missing-certificate = \"%s\" profile = \"%s\" }\n",
		    degrees[i % 3], missings[i / 3 % 4], profiles[i / 12], degrees[i % 3], missings[i / 3 % 4],
		    profiles[i / 12]));
	s = settings_of(buffer_text(&rules));
	buffer_done(&rules);
	return s;
}

static struct recipient_facts
facts_of(struct variant v)
{
	struct recipient_facts r;
	char address[128];

	if (v.kind->local)
		snprintf(address, sizeof address, "%s@example.org", v.kind->name);
	else
		snprintf(address, sizeof address, "%s@%s.%s.%s.example", v.kind->name, v.degree, v.missing, v.kind->profile);
	r = recipient_of(address, v.kind->certificate ? 1 : 0);
	r.temporary = v.kind->failed;
	r.blind = v.kind->blind;
	return r;
}

/* ---- what each is to get ------------------------------------------------------- */

enum fate { SERVED, LEFT_OUT, REFUSED, DEFERRED };

struct want {
	enum fate fate;
	bool encrypt, blind, local;
	char bytes[64];
};

static bool
is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static enum fate
fate_without_certificate(struct variant v, bool can_leave_out)
{
	if (is(v.degree, "off"))
		return SERVED;
	if (v.kind->failed)
		return DEFERRED;
	if (is(v.degree, "available") || is(v.missing, "clear"))
		return SERVED;
	if (is(v.missing, "defer"))
		return DEFERRED;
	return is(v.missing, "refuse-some") && can_leave_out ? LEFT_OUT : REFUSED;
}

/* `who`: the same for the same address.  `bare`: header protection is given up for all. */
static struct want
want_of(struct variant v, size_t who, bool can_leave_out, bool bare)
{
	const char *headers = bare || is(v.kind->profile, "edi-energy") ? "bare" : "protected";
	const char *scheme = is(v.kind->profile, "compatible") ? "pkcs1" : "pss";
	struct want w = { .local = v.kind->local };

	if (w.local)
		return w;
	w.encrypt = v.kind->certificate && !is(v.degree, "off");
	w.blind = w.encrypt && v.kind->blind;
	if (!w.encrypt)
		w.fate = fate_without_certificate(v, can_leave_out);
	if (w.encrypt)
		snprintf(w.bytes, sizeof w.bytes, "encrypted %s %s %d", v.kind->profile, headers, w.blind ? (int)who : -1);
	else
		snprintf(w.bytes, sizeof w.bytes, "clear %s %s", scheme, headers);
	return w;
}

/* One of ours takes clear mail as the others get it, else it gets it unsigned. */
static void
want_of_ours(struct want *w, size_t n)
{
	const char *bytes = "clear unsigned";

	for (size_t i = n; i-- > 0;)
		if (!w[i].local && w[i].fate == SERVED && !w[i].encrypt)
			bytes = w[i].bytes;
	for (size_t i = 0; i < n; i++)
		if (w[i].local)
			snprintf(w[i].bytes, sizeof w[i].bytes, "%s", bytes);
}

static bool
have(const struct want *w, size_t n, enum fate fate)
{
	for (size_t i = 0; i < n; i++)
		if (w[i].fate == fate)
			return true;
	return false;
}

static bool
differ(const struct want *w, size_t n)
{
	const struct want *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (w[i].fate != SERVED)
			continue;
		if (first != NULL && !is(first->bytes, w[i].bytes))
			return true;
		first = &w[i];
	}
	return false;
}

/* ---- what came of it ------------------------------------------------------------ */

/* From the least revealing on. */
static int
exposure(const struct plan_group *g)
{
	if (g->encrypt)
		return (g->blind != NULL ? 3 : 0) + CHOICE_HEADERS_SHY - (int)g->headers;
	return g->decrypt ? 10 + CHOICE_CBC_LEAVE_ENCRYPTED - (int)g->cbc : 9;
}

static void
expect_one_in_place(const struct plan *plan)
{
	const struct plan_group *in_place = plan_in_place(plan);
	size_t count = 0;

	ck_assert(in_place->in_place);
	for (size_t i = 0; i < plan->group_count; i++) {
		const struct plan_group *g = &plan->groups[i];

		count += g->in_place ? 1 : 0;
		ck_assert_int_le(exposure(in_place), exposure(g));
		ck_assert(exposure(in_place) < exposure(g) || in_place->members >= g->members);
	}
	ck_assert_uint_eq(count, 1);
}

static void
expect_members(const struct plan *plan)
{
	for (size_t g = 0; g < plan->group_count; g++) {
		size_t members = 0;

		for (size_t i = 0; i < plan->count; i++)
			members += plan->recipients[i].group == g ? 1 : 0;
		ck_assert_uint_eq(members, plan->groups[g].members);
		ck_assert_uint_gt(members, 0);
	}
}

/* Nobody shares a blind recipient's group but the same once more. */
static void
expect_alone(const struct plan *plan, const struct variant *v, size_t i)
{
	ck_assert_ptr_nonnull(plan->groups[plan->recipients[i].group].blind);
	for (size_t k = 0; k < plan->count; k++)
		if (plan->recipients[k].group == plan->recipients[i].group)
			ck_assert(v[k].kind == v[i].kind && v[k].degree == v[i].degree && v[k].missing == v[i].missing);
}

/* The promises themselves, whatever the model says. */
static void
expect_nothing_leaks(const struct plan *plan, const struct variant *v, size_t i)
{
	const struct plan_group *g = &plan->groups[plan->recipients[i].group];

	if (!v[i].kind->local && is(v[i].degree, "required") && !g->encrypt)
		ck_assert(is(v[i].missing, "clear") && !v[i].kind->certificate && !v[i].kind->failed);
	if (v[i].kind->blind && g->encrypt)
		expect_alone(plan, v, i);
	ck_assert(!g->encrypt || (v[i].kind->certificate && !v[i].kind->local));
}

static void
expect_served(const struct plan *plan, const struct variant *v, const struct want *w, size_t i)
{
	const struct plan_group *g;

	if (w[i].fate == LEFT_OUT) {
		ck_assert(plan->recipients[i].group == GROUP_NONE && plan->recipients[i].action == ACTION_REFUSE);
		ck_assert_str_eq(reason_word(plan->recipients[i].reason), "missing-left-out");
		return;
	}
	ck_assert_uint_lt(plan->recipients[i].group, plan->group_count);
	g = &plan->groups[plan->recipients[i].group];
	ck_assert_int_eq(g->encrypt, w[i].encrypt);
	ck_assert_int_eq(g->sign, !is(w[i].bytes, "clear unsigned"));
	ck_assert_int_eq(g->headers != CHOICE_HEADERS_NONE, strstr(w[i].bytes, "protected") != NULL);
	if (g->encrypt)
		ck_assert_str_eq(profile_get(g->profile)->name, v[i].kind->profile);
	expect_nothing_leaks(plan, v, i);
	for (size_t k = 0; k < i; k++)
		if (w[k].fate == SERVED)
			ck_assert_int_eq(plan->recipients[i].group == plan->recipients[k].group, is(w[i].bytes, w[k].bytes));
}

static void
expect_groups(const struct plan *plan, const struct variant *v, const struct want *w, size_t n, bool can_copy)
{
	if (have(w, n, REFUSED) || (have(w, n, LEFT_OUT) && !have(w, n, SERVED) && !have(w, n, DEFERRED))) {
		expect_refused(plan, REASON_MISSING_REFUSED, ERROR_CERTIFICATE_MISSING);
	} else if (!can_copy && differ(w, n)) {
		expect_refused(plan, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
	} else if (have(w, n, DEFERRED)) {
		ck_assert_int_eq(plan->verdict, VERDICT_RETRY_LATER);
	} else {
		ck_assert_int_eq(plan->verdict, VERDICT_CONTINUE);
		expect_one_in_place(plan);
		expect_members(plan);
		for (size_t i = 0; i < n; i++)
			expect_served(plan, v, w, i);
	}
}

static void
ask(const struct settings *s, const size_t *numbers, size_t n, bool can_copy, bool can_report)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r[MAX];
	struct variant v[MAX];
	struct want w[MAX];
	struct plan *plan;
	bool bare = false;

	m.can_copy = can_copy;
	m.can_report = can_report;
	for (size_t i = 0; i < n; i++) {
		v[i] = variant(numbers[i]);
		r[i] = facts_of(v[i]);
		bare = bare || (!can_copy && is(v[i].kind->profile, "edi-energy"));
	}
	for (size_t i = 0; i < n; i++)
		w[i] = want_of(v[i], numbers[i], can_copy && can_report, bare);
	want_of_ours(w, n);
	plan = plan_of(s, &m, r, n);
	expect_groups(plan, v, w, n, can_copy);
	plan_free(plan);
}

START_TEST(every_pair_gets_what_each_is_to_get)
{
	struct settings *s = every_domain();

	for (size_t a = 0; a < VARIANTS; a++)
		for (size_t b = 0; b < VARIANTS; b++) {
			size_t numbers[] = { a, b };

			ask(s, numbers, 2, (_i & 1) != 0, (_i & 2) != 0);
		}
	settings_unref(s);
}
END_TEST

START_TEST(so_does_everybody_of_larger_companies)
{
	struct settings *s = every_domain();
	unsigned seed = (unsigned)_i + 1;

	for (int round = 0; round < 6000; round++) {
		size_t numbers[MAX], n = 1 + (size_t)round % MAX;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			numbers[i] = (seed >> 16) % VARIANTS;
		}
		ask(s, numbers, n, (_i & 1) != 0, (_i & 2) != 0);
	}
	settings_unref(s);
}
END_TEST

/* ---- what else parts them -------------------------------------------------------- */

static struct message_facts
from_here(void)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	m.can_copy = m.can_report = true;
	return m;
}

static struct plan *
expect_parts(const char *rules, const struct message_facts *m, const struct recipient_facts *r, size_t n, size_t groups)
{
	struct settings *s = settings_of(rules);
	struct plan *plan = plan_of(s, m, r, n);

	ck_assert_msg(plan->verdict == VERDICT_CONTINUE, "refused: %s", reason_word(plan->reason));
	ck_assert_uint_eq(plan->group_count, groups);
	expect_one_in_place(plan);
	expect_members(plan);
	settings_unref(s);
	return plan;
}

START_TEST(signature_form_and_header_protection_part_recipients)
{
	static const char *const rules[] = {
		"domain \"other.example\" { sign = \"off\" }",
		"defaults { sign = \"off\" } domain \"other.example\" { sign = \"available\" }",
		"domain \"other.example\" { signature-form = \"opaque\" }",
		"domain \"other.example\" { header-protection = \"shy\" }",
		"domain \"other.example\" { legacy-display = no }",
	};
	static const size_t signed_groups[] = { 2, 2, 2, 2, 1 }, encrypted_groups[] = { 2, 2, 2, 2, 2 };
	struct message_facts m = from_here();

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct recipient_facts clear[] = { recipient_of(AWAY, 0), recipient_of(AWAY2, 0) };
		struct recipient_facts secret[] = { recipient_of(AWAY, 1), recipient_of(AWAY2, 1) };

		plan_free(expect_parts(rules[i], &m, clear, 2, signed_groups[i]));
		plan_free(expect_parts(rules[i], &m, secret, 2, encrypted_groups[i]));
	}
}
END_TEST

START_TEST(the_body_that_hides_more_of_the_header_stays_in_place)
{
	struct message_facts m = from_here();
	struct recipient_facts r[] = { recipient_of(AWAY, 1), recipient_of(AWAY, 1), recipient_of(AWAY2, 1) };
	struct plan *plan = expect_parts("domain \"other.example\" { header-protection = \"shy\" }", &m, r, 3, 2);

	ck_assert_int_eq(plan_in_place(plan)->headers, CHOICE_HEADERS_SHY);
	ck_assert(plan->groups[plan->recipients[2].group].in_place);
	plan_free(plan);
}
END_TEST

START_TEST(of_equals_the_body_of_more_recipients_stays_in_place)
{
	struct message_facts m = from_here();
	struct recipient_facts r[] = { recipient_of(AWAY, 1), recipient_of(AWAY2, 1), recipient_of(AWAY2, 1) };
	struct plan *plan = expect_parts("domain \"other.example\" { profile = \"modern\" }", &m, r, 3, 2);

	ck_assert_int_eq(plan_in_place(plan)->profile, PROFILE_MODERN);
	plan_free(plan);
}
END_TEST

START_TEST(a_blind_recipient_is_alone_also_among_blind_ones_and_never_in_place_of_others)
{
	struct message_facts m = from_here();
	struct recipient_facts r[] = { recipient_of(AWAY, 1), recipient_of(AWAY2, 1), recipient_of("x@third.example", 1) };
	struct plan *plan;

	r[0].blind = r[2].blind = true;
	plan = expect_parts("", &m, r, 3, 3);
	ck_assert(plan->groups[plan->recipients[1].group].in_place);
	ck_assert_str_eq(reason_word(plan->recipients[0].reason), "blind-recipient");
	ck_assert_str_eq(reason_word(plan->recipients[1].reason), "encrypt-setting");
	plan_free(plan);
	r[1].blind = true; /* one of them has to be */
	plan_free(expect_parts("", &m, r, 3, 3));
}
END_TEST

START_TEST(a_blind_recipient_given_twice_shares_with_itself_alone)
{
	struct message_facts m = from_here();
	struct recipient_facts r[] = { recipient_of("Carol@partner.example", 1), recipient_of(AWAY2, 1),
		recipient_of(AWAY, 1), recipient_of("x@partner.example", 1) };
	struct plan *plan;

	r[0].blind = r[2].blind = r[3].blind = true;
	plan = expect_parts("", &m, r, 4, 3);
	ck_assert_uint_eq(plan->recipients[0].group, plan->recipients[2].group);
	ck_assert_uint_ne(plan->recipients[0].group, plan->recipients[3].group);
	ck_assert(plan->groups[plan->recipients[1].group].in_place);
	plan_free(plan);
	plan = expect_parts("", &m, &r[2], 1, 1);
	plan_free(plan);
	m.can_copy = false; /* nor does it need a copy */
	r[3] = r[2];
	plan_free(expect_parts("", &m, &r[2], 2, 1));
}
END_TEST

/* ---- copies have an end ------------------------------------------------------------ */

START_TEST(more_copies_than_max_copies_are_refused)
{
	struct settings *s = settings_of("max-copies = 2");
	struct message_facts m = from_here();
	struct recipient_facts r[] = { recipient_of(AWAY, 1), recipient_of(AWAY, 1), recipient_of(AWAY2, 0),
		recipient_of(HERE2, 0), recipient_of(AWAY2, 1), recipient_of("x@other.example", 1) };
	struct plan *plan = plan_of(s, &m, r, 6);

	ck_assert_int_eq(plan->verdict, VERDICT_CONTINUE);
	plan_free(plan);
	r[4].blind = true;
	plan = plan_of(s, &m, r, 6);
	ck_assert_int_eq(plan->verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(plan->group_count, 3);
	plan_free(plan);
	r[5].blind = true;
	plan = plan_of(s, &m, r, 6);
	expect_refused(plan, REASON_TOO_MANY_COPIES, ERROR_TOO_MANY_COPIES);
	ck_assert_str_eq(value_print(plan->setting), "2");
	plan_free(plan);
	settings_unref(s);
	s = settings_of("max-copies = 0");
	plan = plan_of(s, &m, r, 2);
	ck_assert_int_eq(plan->verdict, VERDICT_CONTINUE);
	plan_free(plan);
	plan = plan_of(s, &m, r, 3);
	expect_refused(plan, REASON_TOO_MANY_COPIES, ERROR_TOO_MANY_COPIES);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

/* ---- one left out ------------------------------------------------------------------- */

#define SOME "domain \"other.example\" { encrypt = \"required\" on-missing-certificate = \"refuse-some\" }\n"

START_TEST(one_is_left_out_only_where_its_sender_can_be_told)
{
	struct settings *s = settings_of(SOME);
	struct recipient_facts r[] = { recipient_of(AWAY2, 0), recipient_of(AWAY, 0) };

	for (int i = 0; i < 8; i++) {
		struct message_facts m = from_here();
		struct plan *plan;

		m.can_copy = (i & 1) != 0;
		m.can_report = (i & 2) != 0;
		r[0].no_report = (i & 4) != 0;
		plan = plan_of(s, &m, r, 2);
		if (i == 3)
			ck_assert(plan->verdict == VERDICT_CONTINUE && plan->recipients[0].group == GROUP_NONE);
		else
			expect_refused(plan, REASON_MISSING_REFUSED, ERROR_CERTIFICATE_MISSING);
		plan_free(plan);
	}
	settings_unref(s);
}
END_TEST

START_TEST(whoever_is_left_out_has_no_say)
{
	/* Its signature cannot be made and its copy would be one too many, but it gets none. */
	struct settings *s = settings_of(SOME "max-copies = 0\n"
					      "address \"" AWAY2 "\" { sign = \"required\" profile = \"edi-energy\" }");
	struct message_facts m = from_here();
	struct recipient_facts r[] = { recipient_of(AWAY2, 0), recipient_of(AWAY, 1) };
	struct plan *plan;

	m.has_signer = false;
	plan = plan_of(s, &m, r, 2);
	expect_sent(plan, false, true);
	ck_assert_uint_eq(plan->group_count, 1);
	ck_assert_uint_eq(plan_in_place(plan)->members, 1);
	ck_assert_int_eq(plan_in_place(plan)->headers, CHOICE_HEADERS_BASELINE);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(of_two_settings_the_one_that_serves_fewer_holds)
{
	static const char *const by_strictness[] = { "clear", "defer", "refuse-some", "refuse" };
	static const char *const reasons[] = { "missing-clear", "missing-deferred", "missing-left-out", "missing-refused" };
	struct message_facts m = from_here();
	struct recipient_facts r[] = { recipient_of(AWAY2, 0), recipient_of(HERE2, 0) };
	char rules[256];

	for (size_t i = 0; i < 16; i++) {
		const size_t ours = i / 4, theirs = i % 4;
		struct settings *s;
		struct plan *plan;

		snprintf(rules, sizeof rules,
		    "address \"%s\" { encrypt = \"required\" on-missing-certificate = \"%s\" }\n"
		    "domain \"other.example\" { on-missing-certificate = \"%s\" }",
		    HERE, by_strictness[ours], by_strictness[theirs]);
		s = settings_of(rules);
		plan = plan_of(s, &m, r, 2);
		ck_assert_str_eq(reason_word(plan->recipients[0].reason), reasons[ours > theirs ? ours : theirs]);
		plan_free(plan);
		settings_unref(s);
	}
}
END_TEST

START_TEST(nobody_is_left_out_while_another_is_waited_for)
{
	struct settings *s = settings_of(SOME);
	struct message_facts m = from_here();
	struct recipient_facts r[] = { recipient_of(AWAY2, 0), recipient_of(AWAY, 0), recipient_of(HERE2, 0) };
	struct plan *plan;

	r[1].temporary = true;
	plan = plan_of(s, &m, r, 3);
	expect_refused(plan, REASON_LOOKUP_FAILED, ERROR_CERTIFICATE_LOOKUP);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

/* A refusal would be for good, and what is not known now can be known in an hour. */
START_TEST(a_recipient_that_is_waited_for_needs_no_copy_yet)
{
	struct settings *s = settings_of("");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r[] = { recipient_of(AWAY, 1), recipient_of(AWAY2, 0) };
	struct plan *plan;

	r[1].temporary = true;
	plan = plan_of(s, &m, r, 2);
	expect_refused(plan, REASON_LOOKUP_FAILED, ERROR_CERTIFICATE_LOOKUP);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

/* ---- incoming ------------------------------------------------------------------------ */

static struct recipient_facts
ours(const char *address, bool may_open)
{
	struct recipient_facts r = recipient_of(address, 0);

	r.may_open = may_open;
	return r;
}

START_TEST(each_of_ours_gets_what_it_may_read)
{
	struct message_facts m = message_of(CHOICE_ROLE_INBOUND, AWAY);
	struct recipient_facts r[] = { ours(HERE, true), ours(HERE2, false), ours(HERE3, true) };
	struct plan *plan;

	m.can_copy = true;
	plan = expect_parts("address \"" HERE3 "\" { decrypt = no }", &m, r, 3, 2);
	ck_assert(!plan_in_place(plan)->decrypt && plan_in_place(plan)->incoming_work);
	ck_assert(plan->groups[plan->recipients[0].group].decrypt);
	ck_assert_uint_eq(plan->recipients[1].group, plan->recipients[2].group);
	plan_free(plan);
	plan = expect_parts("", &m, r, 3, 2);
	ck_assert_uint_eq(plan->recipients[0].group, plan->recipients[2].group);
	ck_assert(plan->groups[plan->recipients[1].group].in_place); /* as it came, though it is one against two */
	plan_free(plan);
	plan = expect_parts("address \"" HERE3 "\" { unauthenticated-cbc = \"leave-encrypted\" }", &m, r, 3, 3);
	plan_free(plan);
	r[0].may_open = r[2].may_open = false; /* nothing to open: mail as any other */
	plan_free(expect_parts("address \"" HERE3 "\" { decrypt = no unauthenticated-cbc = \"leave-encrypted\" }", &m, r,
	    3, 1));
}
END_TEST

START_TEST(a_remote_recipient_beside_ours_gets_nothing_opened)
{
	struct message_facts m = message_of(CHOICE_ROLE_INBOUND, AWAY);
	struct recipient_facts r[] = { ours(HERE, true), recipient_of(AWAY2, 0), ours(HERE2, true) };
	struct plan *plan;

	m.can_copy = true;
	m.protected_already = m.encrypted_already = true;
	plan = expect_parts("", &m, r, 3, 2);
	ck_assert(!plan->groups[plan->recipients[1].group].incoming_work);
	ck_assert(plan->groups[plan->recipients[1].group].in_place);
	ck_assert(plan->groups[plan->recipients[0].group].decrypt);
	plan_free(plan);
	m.can_copy = false;
	plan = expect_parts("", &m, r, 3, 1);
	ck_assert(!plan_in_place(plan)->incoming_work && !plan_in_place(plan)->decrypt);
	plan_free(plan);
}
END_TEST

Suite *
suite_groups(void)
{
	Suite *suite = suite_create("groups");
	TCase *tc = tcase_create("groups");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, every_pair_gets_what_each_is_to_get, 0, 4);
	tcase_add_loop_test(tc, so_does_everybody_of_larger_companies, 0, 4);
	tcase_add_test(tc, signature_form_and_header_protection_part_recipients);
	tcase_add_test(tc, the_body_that_hides_more_of_the_header_stays_in_place);
	tcase_add_test(tc, of_equals_the_body_of_more_recipients_stays_in_place);
	tcase_add_test(tc, a_blind_recipient_is_alone_also_among_blind_ones_and_never_in_place_of_others);
	tcase_add_test(tc, a_blind_recipient_given_twice_shares_with_itself_alone);
	tcase_add_test(tc, more_copies_than_max_copies_are_refused);
	tcase_add_test(tc, one_is_left_out_only_where_its_sender_can_be_told);
	tcase_add_test(tc, whoever_is_left_out_has_no_say);
	tcase_add_test(tc, of_two_settings_the_one_that_serves_fewer_holds);
	tcase_add_test(tc, nobody_is_left_out_while_another_is_waited_for);
	tcase_add_test(tc, a_recipient_that_is_waited_for_needs_no_copy_yet);
	tcase_add_test(tc, each_of_ours_gets_what_it_may_read);
	tcase_add_test(tc, a_remote_recipient_beside_ours_gets_nothing_opened);
	suite_add_tcase(suite, tc);
	return suite;
}
