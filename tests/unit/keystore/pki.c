/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "tests/unit/keystore/pki.h"

#define CRL_MAX 65536

struct address *
address_new(const char *text)
{
	struct address *a = NULL;
	struct error e = ERROR_INIT;

	expect_ok(address_parse(text, strlen(text), &a, &e));
	return a;
}

static void
make_ca(const char *name, const struct key *issuer_key, const struct certificate *issuer, struct key **key,
    struct certificate **out)
{
	struct error e = ERROR_INIT;
	struct issue_request r = { .issuer = issuer, .common_name = name, .ca = 1, .path_length = issuer != NULL ? 0 : 1,
		.not_before = NOW - 10 * YEAR, .not_after = NOW + 10 * YEAR };

	expect_ok(key_generate(KEY_EC_P256, 0, key, &e));
	r.issuer_key = issuer_key != NULL ? issuer_key : *key;
	r.subject_key = *key;
	expect_ok(issue_certificate(&r, out, &e));
}

struct pki
pki_new(const char *name)
{
	struct error e = ERROR_INIT;
	struct pki p = { NULL, NULL, NULL, NULL, { NULL, 0 } };
	char root[64];

	snprintf(root, sizeof root, "%s Root", name);
	make_ca(root, NULL, NULL, &p.root_key, &p.root);
	make_ca(name, p.root_key, p.root, &p.ca_key, &p.ca);
	expect_ok(certificates_add(&p.chain, p.ca, &e));
	expect_ok(certificates_add(&p.chain, p.root, &e));
	return p;
}

void
pki_done(struct pki *p)
{
	key_unref(p->root_key);
	key_unref(p->ca_key);
	certificate_unref(p->root);
	certificate_unref(p->ca);
	certificates_done(&p->chain);
}

void
pki_issue(const struct pki *p, struct leaf leaf, struct key **out_key, struct certificate **out)
{
	struct address_list addresses = { NULL, 0 };
	struct error e = ERROR_INIT;
	struct key *key = NULL;
	struct issue_request r = { .common_name = leaf.common_name != NULL ? leaf.common_name : "Somebody",
		.addresses = &addresses, .path_length = -1, .sign = !leaf.only_encrypt, .encrypt = !leaf.only_sign,
		.not_before = leaf.from != 0 ? leaf.from : NOW - YEAR,
		.not_after = leaf.to != 0 ? leaf.to : NOW + YEAR };

	if (leaf.first != NULL)
		expect_ok(address_list_take(&addresses, address_new(leaf.first), &e));
	if (leaf.second != NULL)
		expect_ok(address_list_take(&addresses, address_new(leaf.second), &e));
	if (leaf.key == NULL)
		expect_ok(key_generate(KEY_EC_P256, 0, &key, &e));
	r.subject_key = leaf.key != NULL ? leaf.key : key;
	r.issuer_key = p != NULL ? p->ca_key : r.subject_key;
	r.issuer = p != NULL ? p->ca : NULL;
	expect_ok(issue_certificate(&r, out, &e));
	address_list_done(&addresses);
	if (out_key != NULL)
		*out_key = key;
	else
		key_unref(key);
}

struct buffer
pki_crl(const struct pki *p, const struct certificate *revoked, int64_t when)
{
	struct buffer pem = BUFFER_INIT(CRL_MAX);
	struct error e = ERROR_INIT;
	struct issue_revoked row = { revoked != NULL ? certificate_serial(revoked) : NULL, when, 1 };

	expect_ok(issue_crl(p->ca_key, p->ca, &row, revoked != NULL ? 1 : 0, 1, NOW - DAY, NOW + 7 * DAY, &pem, &e));
	return pem;
}
