/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/text.h"
#include "gateway/gateway_private.h"

/*
 * Who is named in the header: a recipient that is not is blind (RFC 5322 3.6.3),
 * and nobody else may learn of it through a RecipientInfo.
 */

static int
add_mailboxes(const struct header_field *field, struct address_list *to, struct error *e)
{
	struct mailboxes list = { 0 };
	int rc = mailboxes_parse(field->value, field->value_size, &list, e);

	for (size_t i = 0; rc == 0 && i < list.list.count; i++) {
		rc = address_list_take(to, list.list.items[i], e);
		list.list.items[i] = NULL;
	}
	mailboxes_done(&list);
	return rc;
}

static bool
is_any(const char *name, const char *a, const char *b)
{
	return text_equal_nocase(name, a) || text_equal_nocase(name, b);
}

/*
 * Of a resent message the latest block says who gets it (RFC 5322 3.6.6): it
 * stands topmost, in one run, and no name comes twice in it.
 */
static int
collect_resent(const struct header_list *headers, size_t at, struct address_list *to, struct error *e)
{
	for (; at < header_list_count(headers); at++) {
		const struct header_field *field = header_list_at(headers, at);

		if (!text_starts_nocase(field->name, "Resent-") || field->nth > 1)
			break;
		if (is_any(field->name, "Resent-To", "Resent-Cc") && add_mailboxes(field, to, e) != 0)
			return -1;
	}
	return 0;
}

static int
collect_named(const struct header_list *headers, struct address_list *to, struct error *e)
{
	for (size_t i = 0; i < header_list_count(headers); i++)
		if (text_starts_nocase(header_list_at(headers, i)->name, "Resent-"))
			return collect_resent(headers, i, to, e);
	for (size_t i = 0; i < header_list_count(headers); i++) {
		const struct header_field *field = header_list_at(headers, i);

		if (is_any(field->name, "To", "Cc") && add_mailboxes(field, to, e) != 0)
			return -1;
	}
	return 0;
}

/*
 * Whoever was meant by a name that stands there is named, too.  That holds for every recipient of the same address: an
 * MTA that is asked to take one of them out takes all.
 */
static int
add_originals(const struct gateway_message *m, struct address_list *named, struct error *e)
{
	for (size_t i = 0; i < m->recipient_count; i++) {
		const struct recipient *r = &m->recipients[i];
		struct address *copy = NULL;

		if (r->original == NULL || address_list_find(named, r->original) == NULL)
			continue;
		if (address_copy(r->address, &copy, e) != 0 || address_list_take(named, copy, e) != 0)
			return -1;
	}
	return 0;
}

int
correspondents_find_blind(struct gateway_message *m, struct error *e)
{
	struct address_list named = { 0 };
	int rc = collect_named(m->headers, &named, e);

	if (rc == 0)
		rc = add_originals(m, &named, e);
	for (size_t i = 0; rc == 0 && i < m->recipient_count; i++)
		m->facts.recipients[i].blind = address_list_find(&named, m->recipients[i].address) == NULL;
	address_list_done(&named);
	return rc;
}
