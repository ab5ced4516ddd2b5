/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NET_SMTP_STUFFING_PRIVATE_H
#define NET_SMTP_STUFFING_PRIVATE_H

#include <stdbool.h>

#include "base/io.h"

/*
 * A message on its way behind DATA (RFC 5321 4.5.2): a line that begins with a
 * dot gets another.  No line is folded.  A CR or LF alone is refused
 * (ERROR_MIME_SYNTAX): one server would end a line there, and the next not, and
 * a dot behind it would end the message for one of them.
 */
struct smtp_stuffing {
	struct sink *to;
	enum { SMTP_LINE_BEGIN, SMTP_LINE_WITHIN, SMTP_LINE_CR } state;
	bool failed; /* and so does every further call */
};

void smtp_stuffing_init(struct smtp_stuffing *s, struct sink *to);
struct sink smtp_stuffing_sink(struct smtp_stuffing *s);

/* smtp_stuffing_finish(s, e): ends a last line that has no end.  Not the dot that ends the message. */
int smtp_stuffing_finish(struct smtp_stuffing *s, struct error *e);

#endif
