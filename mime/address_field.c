/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "mime/address_field.h"
#include "mime/address_scan_private.h"
#include "mime/gmime_private.h"

/*
 * What GMime is not asked to make sense of: it descends one call deeper at each
 * group within a group, and looks from each comma to the end for what might be
 * a name with commas.  A thousand recipients of 40 octets stay below.  Of a
 * comment that does not end it forgets to free what stood before (3.2.13).
 */
#define COLONS_MAX 200
#define EFFORT_MAX (64 * 1024 * 1024)

/* Also U+FF20 and U+FE6B, which look like "@" to the one who reads the name. */
static const char *const at_signs[] = { "@", "\xef\xbc\xa0", "\xef\xb9\xab" };

static bool
is_word(char c)
{
	return !text_is_space(c) && strchr("<>()[],;:\"'", c) == NULL;
}

/* Is the word around the "@" at `at` the address itself? */
static bool
is_own_address(const char *name, const char *at, const struct address *address)
{
	const char *from = at, *to = at;

	while (from > name && is_word(from[-1]))
		from--;
	while (*to != '\0' && is_word(*to))
		to++;
	return text_equal_nocase_n(from, (size_t)(to - from), address->text, strlen(address->text));
}

static bool
names_other_address(const char *name, const struct address *address)
{
	for (size_t i = 0; i < sizeof at_signs / sizeof at_signs[0]; i++) {
		const char *at = name;

		while ((at = strstr(at, at_signs[i])) != NULL) {
			if (address == NULL || !is_own_address(name, at, address))
				return true;
			at++;
		}
	}
	return false;
}

/* RFC 2047 5: no encoded word stands in an address; some readers decode it there and show another's. */
static bool
holds_encoded_word(const char *address)
{
	const char *start = strstr(address, "=?");

	return start != NULL && strstr(start, "?=") != NULL;
}

/* One mailbox as GMime reads it. */
static int
add_mailbox(InternetAddress *from, struct mailboxes *m, struct error *e)
{
	const char *spec = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(from));
	const char *name = internet_address_get_name(from);
	struct address *address = NULL;
	struct error why = ERROR_INIT;

	if (spec == NULL)
		spec = "";
	if (address_parse(spec, strlen(spec), &address, &why) != 0) {
		if (why.code == ERROR_NO_MEMORY)
			return error_set(e, why.code, "%s", why.detail);
		m->unreadable = true;
	}
	if (address != NULL && holds_encoded_word(address->text))
		m->unreadable = true;
	if (name != NULL && names_other_address(name, address))
		m->display_name_address = true;
	return address == NULL ? 0 : address_list_take(&m->list, address, e);
}

static int
add_list(InternetAddressList *from, struct mailboxes *m, struct error *e)
{
	int n = internet_address_list_length(from);

	for (int i = 0; i < n; i++) {
		InternetAddress *address = internet_address_list_get_address(from, i);

		if (INTERNET_ADDRESS_IS_GROUP(address)) {
			m->has_group = true;
			if (add_list(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), m, e) != 0)
				return -1;
		} else if (add_mailbox(address, m, e) != 0) {
			return -1;
		}
	}
	return 0;
}

static int
read_generously(const char *value, size_t n, struct mailboxes *m, struct error *e)
{
	char *text = gmime_text(value, n, e);
	InternetAddressList *list;
	int rc = 0;

	if (text == NULL)
		return -1;
	gmime_begin();
	list = internet_address_list_parse(NULL, text);
	if (list != NULL) {
		rc = add_list(list, m, e);
		g_object_unref(list);
	}
	free(text);
	return rc;
}

static bool
same_lists(const struct address_list *a, const struct address_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!address_equal(a->items[i], b->items[i]))
			return false;
	return true;
}

static bool
is_readable(const struct address_scan *scan, size_t n)
{
	return scan->colons <= COLONS_MAX && (scan->strict || (!scan->open_comment && scan->commas * n <= EFFORT_MAX));
}

int
mailboxes_parse(const char *value, size_t n, struct mailboxes *out, struct error *e)
{
	struct mailboxes m = { .unreadable = false };
	struct address_scan scan;

	if (n > LIMIT_HEADER_FIELD)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "an address field over %d octets", LIMIT_HEADER_FIELD);
	if (address_scan(value, n, &scan, e) != 0)
		return -1;
	m.has_group = scan.has_group;
	m.display_name_address = scan.at_in_comment; /* to some readers a comment is the name (RFC 822) */
	if (is_readable(&scan, n) && read_generously(value, n, &m, e) != 0) {
		address_scan_done(&scan);
		mailboxes_done(&m);
		return -1;
	}
	if (!scan.strict || !same_lists(&scan.list, &m.list))
		m.unreadable = true;
	address_scan_done(&scan);
	*out = m;
	return 0;
}

void
mailboxes_done(struct mailboxes *m)
{
	address_list_done(&m->list);
}
