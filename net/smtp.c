/* SPDX-License-Identifier: BSD-2-Clause */

#include "net/smtp.h"

int
smtp_send(const struct smtp_transport *transport, const struct smtp_endpoint *to, const struct smtp_mail *mail,
    int64_t deadline_ms, struct error *e)
{
	(void)transport;
	(void)to;
	(void)deadline_ms;
	for (size_t i = 0; i < mail->count; i++)
		mail->recipients[i].fate = SMTP_UNTRIED;
	return error_set(e, ERROR_INTERNAL, "sending by SMTP is not built yet");
}
