/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "gateway/gateway_private.h"
#include "mime/tag_list.h"

/*
 * DKIM signatures (RFC 6376) that came with a message that leaves.
 *
 * One of a domain of ours that our own work breaks goes: it is ours to take back, and it would say "forged" to whoever
 * trusts our domain's signatures.  Those of other domains stay, broken or not (RFC 6376 4.2).  So do ARC sets, whoever
 * sealed them: a chain that lacks one has failed (RFC 8617 5.2).
 */

#define SIGNATURE_FIELD "DKIM-Signature"

struct signature {
	char *domain;           /* d=, in normal form; owned */
	struct tag_value fields; /* h=, borrowed */
};

/* What no verifier could read either is nobody's, and stays. */
static int
read_signature(const struct header_field *field, struct signature *out, struct error *e)
{
	struct error why = ERROR_INIT;
	struct tag_value domain;
	int rc;

	*out = (struct signature){ 0 };
	rc = tag_list_find(field->value, field->value_size, "d", &domain, &why);
	if (rc == 0)
		rc = tag_list_find(field->value, field->value_size, "h", &out->fields, &why);
	if (rc == 0 && domain.at != NULL)
		rc = address_domain_normal(domain.at, domain.size, &out->domain, &why);
	return rc != 0 && why.code == ERROR_NO_MEMORY ? error_set(e, ERROR_NO_MEMORY, "%s", error_text(&why)) : 0;
}

/* "From : To:Subject": names with white space around the colons, in any case (RFC 6376 3.5). */
static bool
covers(const struct signature *s, const char *name)
{
	const char *at = s->fields.at, *end = at + s->fields.size, *stop;

	for (; at != NULL && at < end; at = stop < end ? stop + 1 : end) {
		const char *word = at;
		size_t n;

		stop = memchr(at, ':', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		n = (size_t)(stop - at);
		text_trim(&word, &n);
		if (text_equal_nocase_n(word, n, name, strlen(name)))
			return true;
	}
	return false;
}

static bool
is_broken(const struct body *b, const struct signature *s)
{
	if (b->plan->sign || b->plan->encrypt)
		return true;
	for (size_t i = 0; i < b->edits.count; i++)
		if (covers(s, b->edits.items[i].name))
			return true;
	return false;
}

static int
judge_field(const struct body *b, const struct header_field *field, bool *out_goes, struct error *e)
{
	struct signature signature;
	int rc = read_signature(field, &signature, e);

	*out_goes = rc == 0 && signature.domain != NULL &&
	    settings_is_local_domain(b->message->settings, signature.domain) && is_broken(b, &signature);
	free(signature.domain);
	return rc;
}

int
dkim_remove_broken(struct body *b, struct error *e)
{
	const struct header_list *headers = b->message->headers;

	for (size_t i = 0; i < header_list_count(headers); i++) {
		const struct header_field *field = header_list_at(headers, i);
		bool goes = false;

		if (!text_equal_nocase(field->name, SIGNATURE_FIELD))
			continue;
		if (judge_field(b, field, &goes, e) != 0)
			return -1;
		if (goes && edits_delete(&b->edits, field->name, field->nth, e) != 0)
			return -1;
		b->outgoing.dkim_removed = b->outgoing.dkim_removed || goes;
	}
	return 0;
}
