/* SPDX-License-Identifier: BSD-2-Clause */

/* Domains and address literals in normal form (RFC 5321 4.1.2 and 4.1.3, RFC 5890 for A-labels). */

#include <arpa/inet.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/memory.h"
#include "base/text.h"

#define DOMAIN_TEXT_MAX  253 /* RFC 1035 2.3.4: 255 octets on the wire */
#define DOMAIN_LABEL_MAX 63

static int
bad_domain(struct error *e, const char *why)
{
	return error_set(e, ERROR_ADDRESS_SYNTAX, "domain: %s", why);
}

static bool
is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

/* Letters, digits, hyphens; and the underscore, which real hosts carry. */
static bool
is_label_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool
is_label(const char *s, size_t n)
{
	if (n == 0 || n > DOMAIN_LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_label_octet(s[i]))
			return false;
	return true;
}

/* A domain of letters, digits and hyphens in lower case. */
static int
check_name(const char *name, struct error *e)
{
	if (strlen(name) > DOMAIN_TEXT_MAX)
		return bad_domain(e, "it is too long");
	for (const char *dot; name != NULL; name = dot != NULL ? dot + 1 : NULL) {
		dot = strchr(name, '.');
		if (!is_label(name, dot != NULL ? (size_t)(dot - name) : strlen(name)))
			return bad_domain(e, "a label is empty, too long or has an impossible character");
	}
	return 0;
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = text_lower(*s);
}

/* U-labels become A-labels by UTS 46, non-transitional, as browsers and MTAs of today do. */
static char *
to_a_labels(const char *name, struct error *e)
{
	uint8_t *ascii = NULL;
	char *copy;
	int rc;

	rc = idn2_lookup_u8((const uint8_t *)name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_MALLOC)
		error_set(e, ERROR_NO_MEMORY, "cannot allocate a domain");
	else if (rc != IDN2_OK)
		bad_domain(e, idn2_strerror(rc));
	if (rc != IDN2_OK)
		return NULL;
	copy = memory_text((const char *)ascii, e);
	idn2_free(ascii);
	return copy;
}

/* General-address-literal: a tag, a colon, dcontent (RFC 5321 4.1.3) but "@": some split an address at the last one. */
static bool
is_general_literal(const char *s)
{
	size_t tag = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (tag == 0 || s[tag - 1] == '-' || s[tag] != ':' || s[tag + 1] == '\0')
		return false;
	for (const char *c = s + tag + 1; *c != '\0'; c++)
		if (*c < 33 || *c > 126 || strchr("@[\\]", *c) != NULL)
			return false;
	return true;
}

static bool
is_literal_content(const char *s)
{
	unsigned char address[sizeof(struct in6_addr)];

	if (strncmp(s, "ipv6:", 5) == 0)
		return inet_pton(AF_INET6, s + 5, address) == 1;
	return inet_pton(AF_INET, s, address) == 1 || is_general_literal(s);
}

/* `text` is "[...]" in lower case. */
static int
check_literal(char *text, struct error *e)
{
	size_t n = strlen(text);
	bool good;

	if (n < 2 || text[n - 1] != ']')
		return bad_domain(e, "an address literal does not end");
	text[n - 1] = '\0';
	good = is_literal_content(text + 1);
	text[n - 1] = ']';
	return good ? 0 : bad_domain(e, "an address literal is malformed");
}

int
address_domain_normal(const char *domain, size_t size, char **out, struct error *e)
{
	char *text, *mapped;

	if (size > 0 && domain[size - 1] == '.')
		size--; /* the root's dot: the same domain to every resolver */
	if (size == 0)
		return bad_domain(e, "it is empty");
	if (size > ADDRESS_MAX || memchr(domain, '\0', size) != NULL)
		return bad_domain(e, "it is too long or contains NUL");
	text = memory_copy(domain, size, e);
	if (text == NULL)
		return -1;
	if (!is_ascii(text, size)) {
		mapped = to_a_labels(text, e);
		free(text);
		text = mapped;
	}
	if (text == NULL)
		return -1;
	lower(text);
	if ((text[0] == '[' ? check_literal(text, e) : check_name(text, e)) != 0) {
		free(text);
		return -1;
	}
	*out = text;
	return 0;
}

bool
domain_matches(const char *domain, const char *pattern)
{
	size_t n = strlen(domain), suffix;

	if (strcmp(pattern, "*") == 0)
		return true;
	if (pattern[0] == '*' && pattern[1] == '.')
		pattern++;
	if (pattern[0] != '.')
		return strcmp(domain, pattern) == 0;
	suffix = strlen(pattern);
	return n > suffix && strcmp(domain + n - suffix, pattern) == 0;
}
