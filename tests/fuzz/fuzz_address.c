/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as an address: the normal form is its own normal form, in a path as alone, equal to itself in another
 * case, and one plain word between brackets to whoever reads a path; a domain's normal form likewise.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/memory.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_parts(const struct address *a)
{
	size_t n = strlen(a->text);

	if (strlen(a->key) != n || n == 0 || a->local_size == 0 || a->text[a->local_size] != '@' ||
	    a->domain != a->key + a->local_size + 1 || strcmp(a->text + a->local_size + 1, a->domain) != 0)
		abort();
	for (const char *p = a->text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			abort();
	if (!text_is_utf8(a->text, n) || !address_matches(a, a->key) || !address_matches(a, a->domain))
		abort();
}

static void
check_same(const struct address *a, struct address *b)
{
	if (strcmp(a->text, b->text) != 0 || !address_equal(a, b))
		abort();
	address_free(b);
}

static void
check(const struct address *a)
{
	size_t n = strlen(a->text);
	char *path = memory_new(n + 3, 1, NULL), *upper = memory_copy(a->text, n, NULL);
	struct address *again = NULL;

	check_parts(a);
	if (address_parse(a->text, n, &again, NULL) != 0)
		abort();
	check_same(a, again);
	path[0] = '<';
	memcpy(path + 1, a->text, n);
	path[n + 1] = '>';
	if (address_parse_path(path, NULL, &again, NULL) != 0)
		abort();
	check_same(a, again);
	for (char *p = upper; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	if (address_parse(upper, n, &again, NULL) != 0 || !address_equal(a, again))
		abort();
	address_free(again);
	free(path);
	free(upper);
}

static void
read_domain(const char *text, size_t n)
{
	char *normal = NULL, *again = NULL;

	if (address_domain_normal(text, n, &normal, NULL) != 0)
		return;
	if (address_domain_normal(normal, strlen(normal), &again, NULL) != 0 || strcmp(normal, again) != 0 ||
	    !domain_matches(normal, normal))
		abort();
	free(normal);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = memory_copy((const char *)data, size, NULL);
	struct address *a = NULL;

	if (address_parse(text, size, &a, NULL) == 0) {
		check(a);
		address_free(a);
	}
	if (address_parse_path(text, "example.org", &a, NULL) == 0) {
		if (!address_is_null(a))
			check(a);
		address_free(a);
	}
	read_domain(text, size);
	free(text);
	return 0;
}
