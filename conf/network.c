/* SPDX-License-Identifier: BSD-2-Clause */

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "conf/network.h"
#include "conf/types_private.h"

#define MAPPED_BITS 96 /* ::ffff:0:0/96 */

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool
is_mapped(const unsigned char address[16])
{
	return memcmp(address, mapped, sizeof mapped) == 0;
}

/* An address as 16 octets; returns the bits before those of its own kind, or -1. */
static int
parse_address(const char *text, unsigned char to[16])
{
	if (inet_pton(AF_INET6, text, to) == 1)
		return 0;
	if (inet_pton(AF_INET, text, to + sizeof mapped) != 1)
		return -1;
	memcpy(to, mapped, sizeof mapped);
	return MAPPED_BITS;
}

static bool
same_bits(const unsigned char a[16], const unsigned char b[16], unsigned bits)
{
	unsigned octets = bits / 8, rest = bits % 8;

	if (memcmp(a, b, octets) != 0)
		return false;
	return rest == 0 || (a[octets] ^ b[octets]) >> (8 - rest) == 0;
}

/* Bits behind the prefix say that something else was meant. */
static bool
is_whole(const struct network *network)
{
	for (unsigned bit = network->bits; bit < 128; bit++)
		if ((network->prefix[bit / 8] & (0x80 >> bit % 8)) != 0)
			return false;
	return true;
}

const char *
network_parse(const char *text, struct network *out)
{
	struct network network = { .bits = 128 };
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	int64_t bits = 0;
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	int skip = -1;

	if (n < sizeof address) {
		memcpy(address, text, n);
		address[n] = '\0';
		skip = parse_address(address, network.prefix);
	}
	if (skip < 0)
		return "not an IP network; write it as \"192.0.2.0/24\" or \"2001:db8::/32\"";
	if (slash != NULL) {
		if (number_read(slash + 1, &bits) != NULL || bits > 128 - skip)
			return "not a prefix length; write 0 to 32 for IPv4, 0 to 128 for IPv6";
		network.bits = (unsigned)skip + (unsigned)bits;
	}
	if (!is_whole(&network))
		return "there are bits behind the prefix; write the network's first address or a longer "
		       "prefix";
	*out = network;
	return NULL;
}

bool
network_has(const struct network *network, const char *ip)
{
	unsigned char address[16];
	int skip;

	if (text_starts_nocase(ip, "IPv6:"))
		ip += strlen("IPv6:");
	skip = parse_address(ip, address);
	if (skip < 0 || (network->bits < MAPPED_BITS && is_mapped(address)))
		return false; /* "::/0" is every IPv6 address and no IPv4 one */
	return same_bits(address, network->prefix, network->bits);
}
