/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * smtp-send ENDPOINT MILLISECONDS SENDER PARAMETERS { RECIPIENT PARAMETERS } ... < message
 *
 * One transaction through real sockets.  Prints a line for each recipient: its fate and the reply.  The message is
 * sent as it comes; octets above 127 in it ask for 8BITMIME, parameters that hold SMTPUTF8 ask for that.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "net/smtp.h"

#define MESSAGE_MAX    ((size_t)128 * 1024 * 1024)
#define RECIPIENTS_MAX 1000

static const char *const fates[] = {
	[SMTP_UNTRIED] = "untried",
	[SMTP_SENT] = "sent",
	[SMTP_RETRY] = "retry",
	[SMTP_REFUSED] = "refused",
	[SMTP_UNKNOWN] = "unknown",
};

static int
fail(const struct error *e)
{
	(void)fprintf(stderr, "smtp-send: %s: %s\n", error_name(e->code), error_text(e));
	return EXIT_FAILURE;
}

static int
read_message(struct buffer *to, struct error *e)
{
	char block[65536];
	size_t n;

	while ((n = fread(block, 1, sizeof block, stdin)) > 0)
		if (buffer_append(to, block, n, e) != 0)
			return -1;
	return 0;
}

static int
write_message(void *ctx, struct sink *to, struct error *e)
{
	const struct buffer *message = ctx;

	return sink_write(to, message->data, message->size, e);
}

static bool
has_high_octets(const struct buffer *b)
{
	for (size_t i = 0; i < b->size; i++)
		if ((unsigned char)b->data[i] > 127)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	static struct smtp_recipient recipients[RECIPIENTS_MAX];
	struct buffer message = BUFFER_INIT(MESSAGE_MAX);
	struct smtp_mail mail = {
		.helo = "gate.example", .recipients = recipients, .write = write_message, .ctx = &message
	};
	const struct smtp_transport *sockets = smtp_sockets();
	struct smtp_endpoint to;
	struct error e = ERROR_INIT;

	if (argc < 7 || argc % 2 == 0 || (argc - 5) / 2 > RECIPIENTS_MAX) {
		(void)fprintf(stderr,
		    "usage: smtp-send endpoint milliseconds sender parameters recipient parameters ...\n");
		return EXIT_FAILURE;
	}
	mail.sender = argv[3];
	mail.parameters = argv[4];
	for (int i = 5; i < argc; i += 2)
		recipients[mail.count++] =
		    (struct smtp_recipient){ .path = argv[i], .parameters = argv[i + 1] };
	if (smtp_endpoint_parse(argv[1], &to, &e) != 0 || read_message(&message, &e) != 0)
		return fail(&e);
	mail.size = message.size;
	mail.eight_bit = has_high_octets(&message);
	mail.utf8 = strstr(mail.parameters, "SMTPUTF8") != NULL;
	if (smtp_send(sockets, &to, &mail, sockets->now_ms(sockets->ctx) + atoi(argv[2]), &e) != 0)
		return fail(&e);
	for (size_t i = 0; i < mail.count; i++)
		(void)printf("%s %s\n", fates[recipients[i].fate], recipients[i].reply);
	buffer_done(&message);
	return EXIT_SUCCESS;
}
