/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * One normal form for mail addresses (RFC 5321 4.1.2, RFC 6531): source route
 * and brackets gone, unneeded quotes gone, domain as lower-case A-labels (an
 * address literal stays as it is, lower case).  The local part keeps its case
 * for sending; `key` folds its ASCII letters, and equality means equal keys:
 * no plus or dot folding, no other mapping (RFC 8550 3).
 */
struct address {
	char *text;         /* local@domain in normal form; "" is the null reverse-path */
	char *key;          /* the same with the local part's ASCII letters in lower case */
	const char *domain; /* within `key`; "" when text is "" */
	size_t local_size;  /* octets of the local part in `text` and `key` */
};

#define ADDRESS_MAX 1024 /* RFC 5321 4.5.3.1.3 asks 256; U-labels and quoting may take more */

/*
 * address_parse_path(path, out, e): an envelope path as a milter sees it:
 * "<a@b>", "a@b", "<>", "", "<@relay:a@b>".  Refuses control characters, NUL,
 * an "@" unquoted in the local part, an empty or impossible domain
 * (ERROR_ADDRESS_SYNTAX).  A bare local part ("root", as sendmail(1) gives) is
 * completed with `default_domain` when that is not NULL.
 */
int address_parse_path(const char *path, const char *default_domain, struct address **out, struct error *e);

/* address_parse(spec, size, out, e): an addr-spec (header field, certificate, configuration), no brackets. */
int address_parse(const char *spec, size_t size, struct address **out, struct error *e);

int address_copy(const struct address *a, struct address **out, struct error *e);
void address_free(struct address *a); /* NULL is fine */

bool address_is_null(const struct address *a);
bool address_equal(const struct address *a, const struct address *b);

/* address_domain_normal(domain, size, out, e): a domain alone in the same normal form; caller frees. */
int address_domain_normal(const char *domain, size_t size, char **out, struct error *e);

/*
 * domain_matches(domain, pattern): both in normal form.  "example.org" matches
 * itself; ".example.org" and "*.example.org" match every domain below it, not
 * itself; "*" matches all.  Label boundaries hold: "notexample.org" is no match.
 */
bool domain_matches(const char *domain, const char *pattern);

/* address_matches(a, pattern): "local@domain" exactly, "*@pattern" or a domain pattern by domain_matches(). */
bool address_matches(const struct address *a, const char *pattern);

/* A growing list of addresses that it owns. */
struct address_list {
	struct address **items;
	size_t count;
};
int address_list_take(struct address_list *list, struct address *take, struct error *e);
const struct address *address_list_find(const struct address_list *list, const struct address *a);
void address_list_done(struct address_list *list);

#endif
