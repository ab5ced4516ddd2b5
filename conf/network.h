/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_NETWORK_H
#define CONF_NETWORK_H

#include <stdbool.h>

/* Networks as "192.0.2.0/24", "2001:db8::/32" or a single address. */
struct network {
	unsigned char prefix[16]; /* IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that there is one kind */
	unsigned bits;            /* of the 128 */
};

/* network_parse(text, out): NULL on success, else what is wrong; remedy. */
const char *network_parse(const char *text, struct network *out);

/*
 * network_has(network, ip): `ip` is IPv4, IPv6 or, as MTAs write it, "IPv6:" and
 * an address.  What is no address is in no network.
 */
bool network_has(const struct network *network, const char *ip);

#endif
