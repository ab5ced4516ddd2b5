/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy/questions.h"

#define ADDRESSES_MAX 128

struct settings *
settings_of(const char *rules)
{
	static const char head[] = "local-domains = { \"example.org\", \".strict.example\" }\n"
				   "listener \"in\" { socket = \"unix:/run/in.sock\" role = \"inbound\" }\n"
				   "listener \"out\" { socket = \"unix:/run/out.sock\" role = \"submission\" }\n";
	struct buffer text = BUFFER_INIT(65536);
	struct settings *s = NULL;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&text, &e, "%s%s\n", head, rules));
	expect_ok(settings_load_text("test.conf", text.data, text.size, &s, &e));
	buffer_done(&text);
	return s;
}

const struct address *
address_of(const char *text)
{
	static struct address *known[ADDRESSES_MAX];
	struct error e = ERROR_INIT;
	size_t i;

	for (i = 0; i < ADDRESSES_MAX && known[i] != NULL; i++)
		if (strcmp(known[i]->text, text) == 0)
			return known[i];
	ck_assert_uint_lt(i, ADDRESSES_MAX);
	expect_ok(address_parse(text, strlen(text), &known[i], &e));
	return known[i];
}

static bool
is_local(const char *address)
{
	const char *at = strchr(address, '@');

	return strcmp(at, "@example.org") == 0 || strstr(at, ".strict.example") != NULL;
}

struct message_facts
message_of(enum choice_role role, const char *author)
{
	struct message_facts m = { 0 };

	m.role = role;
	m.author = author != NULL ? address_of(author) : NULL;
	m.author_local = author != NULL && is_local(author);
	m.authority = m.author_local ? AUTHORITY_LOGIN : AUTHORITY_NONE;
	m.has_signer = m.author_local;
	m.no_signer = m.has_signer ? NULL : "no-identity";
	return m;
}

struct recipient_facts
recipient_of(const char *address, size_t certificates)
{
	struct recipient_facts r = { 0 };

	r.address = address_of(address);
	r.local = r.may_open = is_local(address);
	r.usable_certificates = certificates;
	return r;
}

struct plan *
plan_of(const struct settings *s, const struct message_facts *m, const struct recipient_facts *r, size_t n)
{
	struct plan *plan = NULL;
	struct error e = ERROR_INIT;

	expect_ok(policy_plan(s, m, r, n, &plan, &e));
	ck_assert_uint_eq(plan->count, n);
	return plan;
}

void
expect_refused(const struct plan *plan, enum reason reason, enum error_code reply)
{
	ck_assert_msg(plan->verdict != VERDICT_CONTINUE, "it continues, but %s was wanted", reason_word(reason));
	ck_assert_str_eq(reason_word(plan->reason), reason_word(reason));
	ck_assert_str_eq(error_name(plan->reply), error_name(reply));
	ck_assert_int_eq(plan->verdict == VERDICT_RETRY_LATER, error_disposition(reply) == DISPOSITION_RETRY);
	ck_assert(!plan_in_place(plan)->sign && !plan_in_place(plan)->encrypt && !plan_in_place(plan)->incoming_work && !plan_in_place(plan)->decrypt);
}

void
expect_sent(const struct plan *plan, bool sign, bool encrypt)
{
	ck_assert_msg(plan->verdict == VERDICT_CONTINUE, "refused: %s", reason_word(plan->reason));
	ck_assert_int_eq(plan->reply, ERROR_NONE);
	ck_assert_int_eq(plan->reason, REASON_NONE);
	ck_assert_msg(plan_in_place(plan)->sign == sign, "signed %d: %s", plan_in_place(plan)->sign, reason_word(plan_in_place(plan)->sign_reason));
	ck_assert_int_eq(plan_in_place(plan)->encrypt, encrypt);
}
