/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <sys/random.h>

#include "base/encoding.h"
#include "base/random.h"

int
random_octets(void *to, size_t n, struct error *e)
{
	unsigned char *at = to;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_errno(e, ERROR_IO, "getrandom");
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

int
random_id(char to[RANDOM_ID_SIZE], struct error *e)
{
	unsigned char octets[(RANDOM_ID_SIZE - 1) / 2];

	if (random_octets(octets, sizeof octets, e) != 0)
		return -1;
	hex_encode(octets, sizeof octets, to);
	return 0;
}
