/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "policy/policy_private.h"

/*
 * Mail that comes in.  It is opened and marked only when all who get these bytes
 * are ours: a remote one beside them would get what was opened.
 */
void
plan_incoming(const struct question *q, const struct plan *plan, size_t first, size_t end, struct plan_group *out)
{
	for (size_t i = first; i < end; i++)
		if (plan->recipients[i].direction != DIRECTION_INCOMING)
			return;
	out->incoming_work = out->decrypt = first < end;
	for (size_t i = first; i < end; i++) {
		const struct address *from = q->message->author, *to = q->recipients[i].address;
		const struct value *decrypt = settings_rule(q->settings, SETTING_DECRYPT, from, to);
		const struct value *cbc = settings_rule(q->settings, SETTING_UNAUTHENTICATED_CBC, from, to);
		const struct value *keep = settings_rule(q->settings, SETTING_VALID_SIGNATURE, from, to);

		if (i == first || decrypt->number < out->decrypt_setting->number)
			out->decrypt_setting = decrypt;
		out->decrypt = out->decrypt && decrypt->number != 0 && q->recipients[i].may_open;
		out->cbc = cbc->number > (int64_t)out->cbc ? (enum choice_cbc)cbc->number : out->cbc;
		if (i == first || keep->number < (int64_t)out->valid_signature)
			out->valid_signature = (enum choice_valid_signature)keep->number;
	}
}

static const char *const result_words[] = {
	[RESULT_NONE] = "none",
	[RESULT_PASS] = "pass",
	[RESULT_FAIL] = "fail",
	[RESULT_POLICY] = "policy",
	[RESULT_NEUTRAL] = "neutral",
	[RESULT_TEMPERROR] = "temperror",
	[RESULT_PERMERROR] = "permerror",
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

const char *
smime_result_word(enum smime_result r)
{
	return (unsigned)r < ROWS(result_words) ? result_words[r] : "permerror";
}

/*
 * What is called what (RFC 7281 3: fail for a signature that does not hold, policy for one that holds and is not
 * acceptable, neutral for what cannot be processed, permerror for what nothing can be said about).
 */
static const struct result by_signature[] = {
	/* clang-format off */
	[FACT_UNSIGNED]       = { RESULT_NONE,      NULL },
	[FACT_VALID]          = { RESULT_PASS,      NULL },
	[FACT_DIGEST_DIFFERS] = { RESULT_FAIL,      "content-changed" },
	[FACT_INVALID]        = { RESULT_FAIL,      "signature-invalid" },
	[FACT_MALFORMED]      = { RESULT_NEUTRAL,   "malformed" },
	[FACT_SEVERAL]        = { RESULT_POLICY,    "several-signers" },
	[FACT_NO_CERTIFICATE] = { RESULT_PERMERROR, "no-certificate" },
	[FACT_UNSUPPORTED]    = { RESULT_NEUTRAL,   "unsupported" },
	[FACT_PARTIAL]        = { RESULT_NEUTRAL,   "partly-signed" },
	/* clang-format on */
};

/*
 * Reasons of a chain that mean "holds, but not for this or not strong enough" (standard words of crypto/chain.h and
 * certificate_fits()); every other reason is a failure.
 */
static const char *const chain_policy[] = {
	"key-usage", "extended-key-usage", "ca", "weak", "weak-key", "weak-signature", "key-type",
};

static struct result
chain_failed(const char *reason)
{
	for (size_t i = 0; reason != NULL && i < ROWS(chain_policy); i++)
		if (strcmp(reason, chain_policy[i]) == 0)
			return (struct result){ RESULT_POLICY, chain_policy[i] };
	return (struct result){ RESULT_FAIL, reason != NULL ? reason : "not-trusted" };
}

static const struct result by_unknown_revocation[] = {
	[CHOICE_REVOCATION_INCOMING_ACCEPT] = { RESULT_PASS, NULL },
	[CHOICE_REVOCATION_INCOMING_TEMPERROR] = { RESULT_TEMPERROR, "revocation-unknown" },
	[CHOICE_REVOCATION_INCOMING_FAIL] = { RESULT_FAIL, "revocation-unknown" },
};

/* What an author's own signature is worth (RFC 8550 3), and its domain's (RFC 3183 3.2): NULL for everything that pass needs. */
static const char *
originator_objection(const struct verification_facts *f)
{
	if (!f->certificate_has_address)
		return "no-address";
	return f->address_matches ? NULL : "from-mismatch";
}

/* A domain's agent vouches for its own domain, and for those below it where the settings take that, too. */
static const char *
domain_objection(const struct verification_facts *f, const struct value *accepted)
{
	if (f->domain == DOMAIN_NONE)
		return "not-a-domain-agent";
	if (f->domain == DOMAIN_OTHER)
		return "from-mismatch";
	if (accepted->number == CHOICE_DOMAIN_SIGNATURE_NEVER ||
	    (f->domain == DOMAIN_ABOVE && accepted->number != CHOICE_DOMAIN_SIGNATURE_SUBDOMAINS))
		return "domain-signature";
	return NULL;
}

/* Signatures of reviewers and of those who add attributes say nothing about the author (RFC 3183 3.3, 3.4). */
static const char *
author_objection(const struct verification_facts *f, const struct value *accepted)
{
	switch (f->type) {
	case SIGNATURE_TYPE_NONE:
	case SIGNATURE_TYPE_ORIGINATOR:
		return originator_objection(f);
	case SIGNATURE_TYPE_DOMAIN:
		return domain_objection(f, accepted);
	case SIGNATURE_TYPE_OTHER:
		break;
	}
	return "signature-type";
}

/* Who reads a pass by a domain is told that the author himself did not sign. */
static struct result
passed(const struct verification_facts *f, struct result result)
{
	if (result.result == RESULT_PASS && f->type == SIGNATURE_TYPE_DOMAIN)
		result.reason = "domain-signature";
	return result;
}

/* A signature whose mathematics hold: is its certificate good, and is it the author's (RFC 8550 3, 4)? */
static struct result
judge_valid(const struct verification_facts *f, const struct value *revocation, const struct value *accepted)
{
	const char *objection = author_objection(f, accepted);

	if (f->revoked)
		return (struct result){ RESULT_FAIL, "certificate-revoked" };
	if (!f->chain_trusted)
		return chain_failed(f->chain_reason);
	if (f->weak)
		return (struct result){ RESULT_POLICY, "weak" };
	if (f->over_ciphertext)
		return (struct result){ RESULT_POLICY, "outside-encryption" };
	if (!f->author_single)
		return (struct result){ RESULT_POLICY, "from-ambiguous" };
	if (objection != NULL)
		return (struct result){ RESULT_POLICY, objection };
	if (f->display_name_address)
		return (struct result){ RESULT_POLICY, "display-name-address" };
	if (f->revocation_unknown)
		return passed(f, by_unknown_revocation[revocation->number]);
	return passed(f, by_signature[FACT_VALID]);
}

void
policy_result(const struct settings *settings, const struct address *author, const struct address *recipient,
    const struct verification_facts *facts, struct result *out)
{
	const struct value *revocation =
	    settings_rule(settings, SETTING_REVOCATION_UNKNOWN_INCOMING, author, recipient);
	const struct value *accepted = settings_rule(settings, SETTING_ACCEPT_DOMAIN_SIGNATURE, author, recipient);

	if ((unsigned)facts->signature >= ROWS(by_signature))
		*out = (struct result){ RESULT_PERMERROR, "unknown" };
	else if (facts->signature == FACT_VALID)
		*out = judge_valid(facts, revocation, accepted);
	else
		*out = by_signature[facts->signature];
}
