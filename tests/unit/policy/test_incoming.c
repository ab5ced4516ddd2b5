/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "tests/unit/policy/questions.h"

Suite *suite_incoming(void);

/* Mail that comes in: when it is opened, and what its signature is called. */

#define HERE "alice@example.org"
#define HERE2 "bob@example.org"
#define AWAY "carol@partner.example"
#define AWAY2 "dave@other.example"

static struct plan *
incoming(const struct settings *s, const char *first, const char *second)
{
	struct message_facts m = message_of(CHOICE_ROLE_INBOUND, AWAY);
	struct recipient_facts r[2] = { recipient_of(first, 0), recipient_of(second, 0) };

	return plan_of(s, &m, r, 2);
}

START_TEST(opens_only_where_every_recipient_is_local)
{
	struct settings *s = settings_of("");
	struct plan *plan = incoming(s, HERE, HERE2);

	ck_assert(plan_in_place(plan)->incoming_work && plan_in_place(plan)->decrypt && plan_in_place(plan)->cbc == CHOICE_CBC_DELIVER_MARKED);
	ck_assert_str_eq(reason_word(plan->recipients[0].reason), "incoming");
	plan_free(plan);
	plan = incoming(s, HERE, AWAY2);
	expect_sent(plan, false, false);
	ck_assert(!plan_in_place(plan)->incoming_work && !plan_in_place(plan)->decrypt);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(one_recipient_who_wants_it_closed_keeps_it_closed_for_all)
{
	struct settings *s = settings_of("address \"bob@example.org\" { decrypt = \"no\" }");
	struct plan *plan = incoming(s, HERE, HERE2);

	ck_assert(plan_in_place(plan)->incoming_work && !plan_in_place(plan)->decrypt);
	ck_assert_ptr_nonnull(plan_in_place(plan)->decrypt_setting->origin.file);
	plan_free(plan);
	plan = incoming(s, HERE2, HERE);
	ck_assert(plan_in_place(plan)->incoming_work && !plan_in_place(plan)->decrypt);
	ck_assert_ptr_nonnull(plan_in_place(plan)->decrypt_setting->origin.file);
	plan_free(plan);
	plan = incoming(s, HERE, HERE);
	ck_assert(plan_in_place(plan)->decrypt);
	ck_assert_ptr_null(plan_in_place(plan)->decrypt_setting->origin.file);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(the_author_cannot_change_whether_mail_is_opened)
{
	struct settings *s = settings_of("domain \"partner.example\" { decrypt = \"no\" unauthenticated-cbc = \"leave-encrypted\" }");
	struct plan *plan = incoming(s, HERE, HERE2);

	ck_assert(plan_in_place(plan)->decrypt && plan_in_place(plan)->cbc == CHOICE_CBC_DELIVER_MARKED);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(one_recipient_who_leaves_cbc_encrypted_leaves_it_for_all)
{
	struct settings *s = settings_of("defaults { unauthenticated-cbc = \"deliver-damaged\" }\n"
					 "address \"bob@example.org\" { unauthenticated-cbc = \"leave-encrypted\" }");
	struct plan *plan = incoming(s, HERE2, HERE);

	ck_assert(plan_in_place(plan)->decrypt && plan_in_place(plan)->cbc == CHOICE_CBC_LEAVE_ENCRYPTED);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(one_recipient_who_keeps_signatures_keeps_them_for_all)
{
	struct settings *s = settings_of("address \"bob@example.org\" { valid-signature = \"strip\" }");
	struct plan *plan = incoming(s, HERE2, HERE2);

	ck_assert_int_eq(plan_in_place(plan)->valid_signature, CHOICE_VALID_SIGNATURE_STRIP);
	plan_free(plan);
	plan = incoming(s, HERE, HERE2);
	ck_assert_int_eq(plan_in_place(plan)->valid_signature, CHOICE_VALID_SIGNATURE_KEEP);
	plan_free(plan);
	plan = incoming(s, HERE2, HERE);
	ck_assert_int_eq(plan_in_place(plan)->valid_signature, CHOICE_VALID_SIGNATURE_KEEP);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(gives_copies_to_who_keeps_signatures_and_who_does_not)
{
	struct settings *s = settings_of("address \"bob@example.org\" { valid-signature = \"strip\" }");
	struct message_facts m = message_of(CHOICE_ROLE_INBOUND, AWAY);
	struct recipient_facts r[2] = { recipient_of(HERE, 0), recipient_of(HERE2, 0) };
	struct plan *plan;

	m.can_copy = true;
	plan = plan_of(s, &m, r, 2);
	ck_assert_uint_eq(plan->group_count, 2);
	ck_assert_int_ne(plan->groups[0].valid_signature, plan->groups[1].valid_signature);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(refuses_a_local_recipient_beside_an_encrypted_one_also_when_it_comes_in)
{
	struct settings *s = settings_of("");
	struct message_facts m = message_of(CHOICE_ROLE_INBOUND, AWAY);
	struct recipient_facts r[2] = { recipient_of(HERE, 0), recipient_of(AWAY2, 1) };
	struct plan *plan = plan_of(s, &m, r, 2);

	expect_refused(plan, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

/* ---- what a signature is called ---------------------------------------------------- */

/* How a signature may differ from one that passes. */
enum flaw {
	WEAK = 1,
	UNTRUSTED = 2,
	REVOKED = 4,
	UNKNOWN = 8, /* revocation */
	AMBIGUOUS_FROM = 16,
	MISMATCH = 32,
	NO_ADDRESS = 64,
	OTHER_NAME = 128, /* another's address as the display name */
	CIPHERTEXT = 256, /* signed outside of an envelope */
	ALL_FLAWS = 511,
};

static struct verification_facts
facts_of(enum signature_fact signature, unsigned flaws, const char *chain_reason)
{
	struct verification_facts f = { 0 };

	f.signature = signature;
	f.weak = flaws & WEAK;
	f.chain_trusted = !(flaws & UNTRUSTED);
	f.chain_reason = chain_reason;
	f.revoked = flaws & REVOKED;
	f.revocation_unknown = flaws & UNKNOWN;
	f.author_single = !(flaws & AMBIGUOUS_FROM);
	f.address_matches = !(flaws & MISMATCH);
	f.certificate_has_address = !(flaws & NO_ADDRESS);
	f.display_name_address = flaws & OTHER_NAME;
	f.over_ciphertext = flaws & CIPHERTEXT;
	return f;
}

static const struct row {
	enum signature_fact signature;
	unsigned flaws;
	const char *chain_reason;
	const char *unknown; /* revocation-unknown-incoming */
	const char *result, *reason;
} rows[] = {
	/* clang-format off */
	{ FACT_VALID,          0,         NULL, "fail", "pass",      NULL },
	{ FACT_UNSIGNED,       0,         NULL, "fail", "none",      NULL },
	{ FACT_UNSIGNED,       ALL_FLAWS, NULL, "fail", "none",      NULL },
	{ FACT_DIGEST_DIFFERS, 0,         NULL, "fail", "fail",      "content-changed" },
	{ FACT_INVALID,        0,         NULL, "fail", "fail",      "signature-invalid" },
	{ FACT_INVALID,        UNKNOWN,   NULL, "temperror", "fail", "signature-invalid" },
	{ FACT_MALFORMED,      0,         NULL, "fail", "neutral",   "malformed" },
	{ FACT_SEVERAL,        0,         NULL, "fail", "policy",    "several-signers" },
	{ FACT_NO_CERTIFICATE, 0,         NULL, "fail", "permerror", "no-certificate" },
	{ FACT_UNSUPPORTED,    0,         NULL, "fail", "neutral",   "unsupported" },
	{ FACT_PARTIAL,        0,         NULL, "fail", "neutral",   "partly-signed" },
	{ (enum signature_fact)99, 0,     NULL, "fail", "permerror", "unknown" },
	{ FACT_VALID, REVOKED,               NULL, "fail", "fail",   "certificate-revoked" },
	{ FACT_VALID, REVOKED | WEAK,        NULL, "fail", "fail",   "certificate-revoked" },
	{ FACT_VALID, REVOKED | UNTRUSTED,   "no-anchor", "fail", "fail", "certificate-revoked" },
	{ FACT_VALID, WEAK,                  NULL, "fail", "policy", "weak" },
	{ FACT_VALID, AMBIGUOUS_FROM,        NULL, "fail", "policy", "from-ambiguous" },
	{ FACT_VALID, MISMATCH,              NULL, "fail", "policy", "from-mismatch" },
	{ FACT_VALID, MISMATCH | OTHER_NAME, NULL, "fail", "policy", "from-mismatch" },
	{ FACT_VALID, CIPHERTEXT,            NULL, "fail", "policy", "outside-encryption" },
	{ FACT_VALID, CIPHERTEXT | MISMATCH, NULL, "fail", "policy", "outside-encryption" },
	{ FACT_VALID, OTHER_NAME,            NULL, "fail", "policy", "display-name-address" },
	{ FACT_VALID, OTHER_NAME | UNKNOWN,  NULL, "fail", "policy", "display-name-address" },
	{ FACT_VALID, MISMATCH | NO_ADDRESS, NULL, "fail", "policy", "no-address" },
	{ FACT_VALID, UNTRUSTED, NULL,                 "fail", "fail",   "not-trusted" },
	{ FACT_VALID, UNTRUSTED, "no-anchor",          "fail", "fail",   "no-anchor" },
	{ FACT_VALID, UNTRUSTED, "expired",            "fail", "fail",   "expired" },
	{ FACT_VALID, UNTRUSTED, "self-signed",        "fail", "fail",   "self-signed" },
	{ FACT_VALID, UNTRUSTED, "name-constraints",   "fail", "fail",   "name-constraints" },
	{ FACT_VALID, UNTRUSTED, "purpose",            "fail", "fail",   "purpose" }, /* an issuer may not issue */
	{ FACT_VALID, UNTRUSTED, "key-usage",          "fail", "policy", "key-usage" },
	{ FACT_VALID, UNTRUSTED, "extended-key-usage", "fail", "policy", "extended-key-usage" },
	{ FACT_VALID, UNTRUSTED, "weak-key",           "fail", "policy", "weak-key" },
	{ FACT_VALID, UNTRUSTED, "ca",                 "fail", "policy", "ca" },
	{ FACT_VALID, UNKNOWN,            NULL, "accept",    "pass",      NULL },
	{ FACT_VALID, UNKNOWN,            NULL, "temperror", "temperror", "revocation-unknown" },
	{ FACT_VALID, UNKNOWN,            NULL, "fail",      "fail",      "revocation-unknown" },
	{ FACT_VALID, UNKNOWN | MISMATCH, NULL, "temperror", "policy",    "from-mismatch" },
	/* clang-format on */
};

START_TEST(gives_each_finding_its_word)
{
	const struct row *row = &rows[_i];
	struct verification_facts facts = facts_of(row->signature, row->flaws, row->chain_reason);
	struct result result = { RESULT_PERMERROR, "untouched" };
	struct settings *s;
	char rules[128];

	snprintf(rules, sizeof rules, "defaults { revocation-unknown-incoming = \"%s\" }", row->unknown);
	s = settings_of(rules);
	policy_result(s, address_of(AWAY), address_of(HERE), &facts, &result);
	ck_assert_str_eq(smime_result_word(result.result), row->result);
	ck_assert_pstr_eq(result.reason, row->reason);
	settings_unref(s);
}
END_TEST

START_TEST(passes_only_when_everything_holds)
{
	struct settings *s = settings_of("defaults { revocation-unknown-incoming = \"fail\" }");

	for (unsigned flaws = 0; flaws <= ALL_FLAWS; flaws++)
		for (int signature = FACT_UNSIGNED; signature <= FACT_PARTIAL; signature++) {
			struct verification_facts facts = facts_of((enum signature_fact)signature, flaws, NULL);
			struct result result;

			policy_result(s, address_of(AWAY), address_of(HERE), &facts, &result);
			ck_assert((result.result == RESULT_PASS) == (signature == FACT_VALID && flaws == 0));
			ck_assert((result.reason == NULL) ==
			    (result.result == RESULT_PASS || result.result == RESULT_NONE));
		}
	settings_unref(s);
}
END_TEST

START_TEST(the_recipients_setting_says_what_unknown_revocation_means)
{
	struct settings *s = settings_of("address \"bob@example.org\" { revocation-unknown-incoming = \"fail\" }\n"
					 "domain \"partner.example\" { revocation-unknown-incoming = \"temperror\" }");
	struct verification_facts facts = facts_of(FACT_VALID, UNKNOWN, NULL);
	struct result result;

	policy_result(s, address_of(AWAY), address_of(HERE2), &facts, &result);
	ck_assert_int_eq(result.result, RESULT_FAIL);
	policy_result(s, address_of(AWAY), address_of(HERE), &facts, &result);
	ck_assert_int_eq(result.result, RESULT_PASS);
	policy_result(s, NULL, address_of(HERE2), &facts, &result);
	ck_assert_int_eq(result.result, RESULT_FAIL);
	settings_unref(s);
}
END_TEST

/* ---- whose signature it is (RFC 3183) ------------------------------------------------ */

static const struct type_row {
	enum signature_type type;
	enum domain_relation domain;
	unsigned flaws;
	const char *accepted; /* accept-domain-signature */
	const char *result, *reason;
} type_rows[] = {
	/* clang-format off */
	{ SIGNATURE_TYPE_ORIGINATOR, DOMAIN_NONE,  0,        "subdomains",  "pass",   NULL },
	{ SIGNATURE_TYPE_ORIGINATOR, DOMAIN_SAME,  MISMATCH, "subdomains",  "policy", "from-mismatch" },
	{ SIGNATURE_TYPE_NONE,       DOMAIN_SAME,  MISMATCH, "subdomains",  "policy", "from-mismatch" },
	{ SIGNATURE_TYPE_OTHER,      DOMAIN_SAME,  0,        "subdomains",  "policy", "signature-type" },
	{ SIGNATURE_TYPE_OTHER,      DOMAIN_NONE,  0,        "never",       "policy", "signature-type" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH, "never",       "policy", "domain-signature" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH, "same-domain", "pass",   "domain-signature" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH, "subdomains",  "pass",   "domain-signature" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_ABOVE, MISMATCH, "same-domain", "policy", "domain-signature" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_ABOVE, MISMATCH, "subdomains",  "pass",   "domain-signature" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_OTHER, MISMATCH, "subdomains",  "policy", "from-mismatch" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_NONE,  MISMATCH, "subdomains",  "policy", "not-a-domain-agent" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_NONE,  0,        "subdomains",  "policy", "not-a-domain-agent" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH | UNTRUSTED,      "same-domain", "fail",   "no-anchor" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH | REVOKED,        "same-domain", "fail",   "certificate-revoked" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH | WEAK,           "same-domain", "policy", "weak" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH | CIPHERTEXT,     "same-domain", "policy", "outside-encryption" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH | AMBIGUOUS_FROM, "same-domain", "policy", "from-ambiguous" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH | OTHER_NAME,     "same-domain", "policy", "display-name-address" },
	{ SIGNATURE_TYPE_DOMAIN,     DOMAIN_SAME,  MISMATCH | UNKNOWN,        "same-domain", "pass",   "domain-signature" },
	/* clang-format on */
};

START_TEST(a_domains_signature_passes_for_its_own_domain_by_setting)
{
	const struct type_row *row = &type_rows[_i];
	struct verification_facts f = facts_of(FACT_VALID, row->flaws, "no-anchor");
	struct settings *s;
	struct result got;
	char rules[128];

	(void)snprintf(rules, sizeof(rules), "defaults { accept-domain-signature = \"%s\" }", row->accepted);
	s = settings_of(rules);
	f.type = row->type;
	f.domain = row->domain;
	policy_result(s, address_of(AWAY), address_of(HERE), &f, &got);
	ck_assert_msg(strcmp(smime_result_word(got.result), row->result) == 0 && (got.reason == NULL) == (row->reason == NULL) &&
	    (got.reason == NULL || strcmp(got.reason, row->reason) == 0), "row %d: %s %s", _i, smime_result_word(got.result),
	    got.reason != NULL ? got.reason : "");
	settings_unref(s);
}
END_TEST

Suite *
suite_incoming(void)
{
	Suite *suite = suite_create("incoming");
	TCase *tc = tcase_create("incoming");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, opens_only_where_every_recipient_is_local);
	tcase_add_test(tc, one_recipient_who_wants_it_closed_keeps_it_closed_for_all);
	tcase_add_test(tc, the_author_cannot_change_whether_mail_is_opened);
	tcase_add_test(tc, one_recipient_who_leaves_cbc_encrypted_leaves_it_for_all);
	tcase_add_test(tc, one_recipient_who_keeps_signatures_keeps_them_for_all);
	tcase_add_test(tc, gives_copies_to_who_keeps_signatures_and_who_does_not);
	tcase_add_test(tc, refuses_a_local_recipient_beside_an_encrypted_one_also_when_it_comes_in);
	tcase_add_loop_test(tc, a_domains_signature_passes_for_its_own_domain_by_setting, 0, (int)(sizeof(type_rows) / sizeof(type_rows[0])));
	tcase_add_loop_test(tc, gives_each_finding_its_word, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(tc, passes_only_when_everything_holds);
	tcase_add_test(tc, the_recipients_setting_says_what_unknown_revocation_means);
	suite_add_tcase(suite, tc);
	return suite;
}
