/* SPDX-License-Identifier: BSD-2-Clause */

#include "milter/session.h"

#include <stdlib.h>

#include "base/memory.h"

struct session *
session_new(struct daemon *d, struct error *e)
{
	struct session *s = memory_new(1, sizeof(*s), e);

	if (s != NULL)
		s->daemon = d;
	return s;
}

void
session_end_message(struct session *s)
{
	if (s->message == NULL)
		return;
	gateway_end(s->message);
	s->message = NULL;
	daemon_message_ends(s->daemon);
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_end_message(s);
	free(s->client_address);
	free(s->client_name);
	free(s->daemon_name);
	free(s);
}

int
session_begin_message(struct session *s, char **argv, struct error *e)
{
	struct settings *snapshot;
	const struct listener *listener;
	struct session_facts facts = { .mode = GATEWAY_SERVE };

	session_end_message(s);
	if (!s->known)
		return error_set(e, ERROR_NO_MEMORY, "it is not known who connected");
	if (!daemon_message_begins(s->daemon))
		return error_set(e, ERROR_BUSY, "the daemon is stopping");
	snapshot = daemon_snapshot(s->daemon);
	listener = settings_listener(snapshot, daemon_instance(s->daemon));
	facts.role = listener_role(listener, s->daemon_name, &facts.role_origin);
	facts.observe = listener_value(listener, SETTING_OBSERVE)->number != 0;
	facts.resubmit = listener_value(listener, SETTING_RESUBMIT)->text;
	facts.behind_queue = listener_value(listener, SETTING_BEHIND_QUEUE)->number != 0;
	facts.client_address = s->client_address;
	facts.client_name = s->client_name;
	s->message = gateway_begin(daemon_gateway(s->daemon), snapshot, &facts, argv[0], argv + 1, e);
	if (s->message == NULL) {
		daemon_message_ends(s->daemon);
		return -1;
	}
	return 0;
}
