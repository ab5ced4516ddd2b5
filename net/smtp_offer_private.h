/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NET_SMTP_OFFER_PRIVATE_H
#define NET_SMTP_OFFER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a server offers in its answer to EHLO (RFC 5321 4.1.1.1). */

enum smtp_extension {
	SMTP_PIPELINING = 1 << 0, /* RFC 2920 */
	SMTP_8BITMIME = 1 << 1,   /* RFC 6152 */
	SMTP_DSN = 1 << 2,        /* RFC 3461 */
	SMTP_SMTPUTF8 = 1 << 3,   /* RFC 6531 */
	SMTP_PRIORITY = 1 << 4,   /* RFC 6710 */
	SMTP_SIZE = 1 << 5,       /* RFC 1870 */
};

struct smtp_offer {
	unsigned extensions;
	uint64_t size_limit; /* 0: none is known */
};

/* smtp_offer_line(offer, text, n): adds a line without its code; what is not known is passed over. */
void smtp_offer_line(struct smtp_offer *offer, const char *text, size_t n);

/* smtp_offered(offer, extensions): all of them? */
bool smtp_offered(const struct smtp_offer *offer, unsigned extensions);

#endif
