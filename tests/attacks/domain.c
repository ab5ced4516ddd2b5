/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "tests/attacks/attack.h"

/*
 * Signatures for a whole domain (RFC 3183): who may make them, under which name,
 * and for whom they count.  Eve gets every certificate that a CA would give her:
 * for mailboxes, and for the agent of her own domain.
 */

#define AGENT "domain-signing-authority"

/* Whose certificate, and what the signature says it is. */
struct agent {
	const char *cn, *address;
	enum signature_type type;
	const struct agent *inner; /* a signature below it */
};

static struct buffer
signed_by_agent(const struct agent *agent, const char *entity)
{
	struct buffer inner = agent->inner != NULL ? signed_by_agent(agent->inner, entity) : text("%s", entity), out;
	char name[256];
	struct forged f;

	(void)snprintf(name, sizeof(name), "email:%s", agent->address);
	f = certified_as((struct forge){ .cn = agent->cn, .extensions = { "subjectAltName", name } });
	out = letter_signed_as(&f, agent->type, buffer_text(&inner), false);
	forged_done(&f);
	buffer_done(&inner);
	return out;
}

/* From `a` (Alice), signed as `with` says. */
static struct buffer
by_agent(const struct attack *a)
{
	struct buffer entity = signed_by_agent(a->with, PLAIN);
	struct buffer out = text("From: %s\r\n" FIELDS "%s", a->a != NULL ? a->a : ALICE, buffer_text(&entity));

	buffer_done(&entity);
	return out;
}

/* clang-format off */
#define AS(common_name, mailbox, says) AROUND(common_name, mailbox, says, NULL)
#define AROUND(common_name, mailbox, says, inside) .with = &(const struct agent){ common_name, mailbox, says, inside }
#define DOMAIN SIGNATURE_TYPE_DOMAIN
#define EVERYWHERE .settings = "defaults { accept-domain-signature = \"subdomains\" }"
#define HERS_ALONE .settings = "domain \"a.example\" { accept-domain-signature = \"same-domain\" }"
#define SAYS(reason, who) .result = "smime=policy reason=\"" reason "\" body.smime-identifier=" who " body.smime-part=2", \
	.recorded = "\"reason\":\"" reason "\""

static const struct attack attacks[] = {
	{ "the agent of another domain", by_agent, AS(AGENT, AGENT "@e.example", DOMAIN), EVERYWHERE, SAYS("from-mismatch", AGENT "@e.example") },
	{ "the agent of a domain below Alice's", by_agent, AS(AGENT, AGENT "@sub.a.example", DOMAIN), EVERYWHERE,
	  SAYS("from-mismatch", AGENT "@sub.a.example") },
	{ "the agent of a domain beside Alice's", by_agent, AS(AGENT, AGENT "@b.example", DOMAIN), EVERYWHERE, SAYS("from-mismatch", AGENT "@b.example") },
	{ "the agent of a domain that Alice's ends in, but at no dot", by_agent, "alice@mya.example", AS(AGENT, AGENT "@a.example", DOMAIN), EVERYWHERE,
	  SAYS("from-mismatch", AGENT "@a.example") },
	{ "the agent of a domain that begins like Alice's", by_agent, AS(AGENT, AGENT "@a.example.e.example", DOMAIN), EVERYWHERE,
	  SAYS("from-mismatch", AGENT "@a.example.e.example") },
	{ "the agent of the domain above, where the same alone counts", by_agent, "alice@sub.a.example", AS(AGENT, AGENT "@a.example", DOMAIN),
	  .settings = "defaults { accept-domain-signature = \"same-domain\" }", SAYS("domain-signature", AGENT "@a.example") },
	{ "the agent of all domains above, where the same alone counts", by_agent, AS(AGENT, AGENT "@example", DOMAIN), HERS_ALONE,
	  SAYS("domain-signature", AGENT "@example") },
	{ "the agent of Alice's domain, where nobody asked for it", by_agent, AS(AGENT, AGENT "@a.example", DOMAIN), SAYS("domain-signature", AGENT "@a.example") },
	{ "the same, where it counts for another domain", by_agent, AS(AGENT, AGENT "@a.example", DOMAIN),
	  .settings = "domain \"c.example\" { accept-domain-signature = \"subdomains\" }", SAYS("domain-signature", AGENT "@a.example") },
	{ "a user who got the agent's mailbox", by_agent, AS("Eve", AGENT "@a.example", DOMAIN), EVERYWHERE, SAYS("not-a-domain-agent", AGENT "@a.example") },
	{ "the mailbox as common name, too", by_agent, AS(AGENT "@a.example", AGENT "@a.example", DOMAIN), EVERYWHERE,
	  SAYS("not-a-domain-agent", AGENT "@a.example") },
	{ "a user who calls herself the agent", by_agent, AS(AGENT, "eve@a.example", DOMAIN), EVERYWHERE, SAYS("not-a-domain-agent", "eve@a.example") },
	{ "a user of the domain who signs for it", by_agent, AS("Eve", "eve@a.example", DOMAIN), EVERYWHERE, SAYS("not-a-domain-agent", "eve@a.example") },
	{ "the agent for reading", by_agent, AS("domain-confidentiality-authority", "domain-confidentiality-authority@a.example", DOMAIN), EVERYWHERE,
	  SAYS("not-a-domain-agent", "domain-confidentiality-authority@a.example") },
	{ "the agent, and the signature does not say so", by_agent, AS(AGENT, AGENT "@a.example", SIGNATURE_TYPE_NONE), EVERYWHERE,
	  SAYS("from-mismatch", AGENT "@a.example") },
	{ "the agent as originator", by_agent, AS(AGENT, AGENT "@a.example", SIGNATURE_TYPE_ORIGINATOR), EVERYWHERE, SAYS("from-mismatch", AGENT "@a.example") },
	{ "two From fields under the agent's signature", by_agent, ALICE "\r\nFrom: " EVE, AS(AGENT, AGENT "@a.example", DOMAIN), EVERYWHERE,
	  SAYS("from-ambiguous", AGENT "@a.example") },
	{ "another's agent around Eve's own signature", by_agent, AROUND(AGENT, AGENT "@e.example", DOMAIN, (&(const struct agent){ "Eve", EVE, SIGNATURE_TYPE_NONE, NULL })),
	  EVERYWHERE, .result = "smime=policy reason=\"from-mismatch\" body.smime-identifier=" AGENT "@e.example body.smime-part=2;"
	  " smime=policy reason=\"from-mismatch\" body.smime-identifier=" EVE " body.smime-part=1.2" },
	{ "another's agent around one of a domain below", by_agent,
	  AROUND(AGENT, AGENT "@e.example", DOMAIN, (&(const struct agent){ AGENT, AGENT "@sub.a.example", DOMAIN, NULL })),
	  EVERYWHERE, .result = "smime=policy reason=\"from-mismatch\" body.smime-identifier=" AGENT "@e.example body.smime-part=2;"
	  " smime=policy reason=\"from-mismatch\" body.smime-identifier=" AGENT "@sub.a.example body.smime-part=1.2" },
};
/* clang-format on */

ATTACKS(domain, attacks)
