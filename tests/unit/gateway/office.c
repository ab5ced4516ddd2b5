/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/office.h"
#include "tests/unit/support.h"

static int
office_open(void *ctx, const struct smtp_endpoint *to, int64_t deadline_ms, void **out_connection, struct error *e)
{
	struct office *o = ctx;
	struct peer *p = calloc(1, sizeof(*p));
	struct smtp_transport transport;

	ck_assert_ptr_nonnull(p);
	peer_init(p);
	p->now_ms = o->now_ms;
	(void)pthread_mutex_lock(&o->mutex);
	ck_assert_uint_lt(o->count, OFFICE_PEERS);
	if (o->script != NULL)
		o->script(o->ctx, p, o->count);
	o->peers[o->count++] = p;
	(void)pthread_mutex_unlock(&o->mutex);
	transport = peer_transport(p);
	return transport.open(p, to, deadline_ms, out_connection, e);
}

static int64_t
office_now_ms(void *ctx)
{
	const struct office *o = ctx;

	return o->now_ms;
}

void
office_init(struct office *o)
{
	struct peer none;

	*o = (struct office){ .now_ms = PEER_START_MS };
	(void)pthread_mutex_init(&o->mutex, NULL);
	o->transport = peer_transport(&none); /* reading, writing and closing are the peers' own */
	o->transport.open = office_open;
	o->transport.now_ms = office_now_ms;
	o->transport.ctx = o;
}

void
office_done(struct office *o)
{
	for (size_t i = 0; i < o->count; i++) {
		peer_done(o->peers[i]);
		free(o->peers[i]);
	}
	(void)pthread_mutex_destroy(&o->mutex);
}

/* The n-th RCPT with its reply: is it for `path`, and was it taken? */
bool
office_took(const struct peer *p, const char *path)
{
	char command[256];
	size_t n = 0;

	(void)snprintf(command, sizeof(command), "RCPT TO:%s", path);
	if (!peer_took_over(p))
		return false;
	for (const char *at = buffer_text(&p->commands); (at = strstr(at, "RCPT TO:")) != NULL; at++, n++) {
		const char *reply = p->rcpt[n] != NULL ? p->rcpt[n] : p->replies[PEER_RCPT];

		if (strncmp(at, command, strlen(command)) == 0 && strchr(" \n", at[strlen(command)]) != NULL)
			return reply == NULL || reply[0] == '2';
	}
	return false;
}

size_t
office_count(const struct office *o, const char *path, const struct buffer **out_text)
{
	size_t count = 0;

	for (size_t i = 0; i < o->count; i++)
		if (office_took(o->peers[i], path)) {
			count++;
			if (out_text != NULL)
				*out_text = &o->peers[i]->message;
		}
	return count;
}
