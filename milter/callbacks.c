/* SPDX-License-Identifier: BSD-2-Clause */

#include "milter/callbacks.h"

#include <libmilter/mfapi.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/crashpoint.h"
#include "base/log.h"
#include "base/memory.h"
#include "milter/edits.h"
#include "milter/session.h"

/* Set once before libmilter starts its threads, read by all of them. */
static struct daemon *the_daemon;

#define ACTIONS_NEEDED (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY)

/* Replies that nobody needs: each costs a hand-over to a worker and a round trip. */
#define STEPS_WANTED                                                                                            \
	(SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NR_CONN | SMFIP_NR_HDR | SMFIP_NR_EOH |          \
	    SMFIP_NR_BODY | SMFIP_HDR_LEADSPC)

/* ---- macros ----------------------------------------------------------------- */

/*
 * What is asked for at each stage.  libmilter before 8.17.2 swaps the lists of
 * end of header and end of message, so both are the same.  Postfix knows the
 * queue id from DATA on only.  "j" is always known: libmilter overlooks a
 * stage's macros when there are none, and would show those of the message
 * before, its login among them.
 */
static const struct {
	int stage;
	const char *names;
} macro_lists[] = {
	{ SMFIM_CONNECT, "j v {daemon_name} {client_addr} {client_name}" },
	{ SMFIM_ENVFROM, "j i {auth_authen} {auth_type}" },
	{ SMFIM_DATA, "j i {auth_authen} {auth_type}" },
	{ SMFIM_EOH, "j i {auth_authen} {auth_type}" },
	{ SMFIM_EOM, "j i {auth_authen} {auth_type}" },
};

static const char *const message_macros[] = { "i", "v", "{auth_authen}", "{auth_type}", NULL };

/* A fact that found no memory is answered for at the end of the message. */
static void
note_macros(SMFICTX *ctx, struct session *s)
{
	for (size_t i = 0; message_macros[i] != NULL; i++) {
		const char *value = smfi_getsymval(ctx, (char *)(uintptr_t)message_macros[i]);

		if (value != NULL)
			(void)gateway_fact(s->message, message_macros[i], value);
	}
}

/* ---- replies ------------------------------------------------------------------ */

/* Say a verdict: code, enhanced status and text come from the one table; a bad text never hides the code. */
static sfsistat
say(SMFICTX *ctx, enum verdict verdict, const struct error *e)
{
	struct gateway_answer answer;

	if (verdict == VERDICT_CONTINUE)
		return SMFIS_CONTINUE;
	gateway_reply(verdict, e, &answer);
	(void)smfi_setreply(ctx, answer.code, answer.status, answer.text);
	return answer.verdict == VERDICT_REFUSE ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* The return of a step whose reply the MTA does not wait for, if that was negotiated. */
static sfsistat
silent(const struct session *s, unsigned long step)
{
	return (s->steps & step) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* ---- the session ---------------------------------------------------------------- */

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
    unsigned long *pf0, unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	struct error e = ERROR_INIT;
	struct session *s;

	(void)f2;
	(void)f3;
	/*
	 * REJECT would make the MTA go on without us: unsigned, unencrypted.  So a session that cannot be
	 * served is accepted without an object of its own, and each of its steps answers "try again".
	 */
	*pf0 = *pf1 = *pf2 = *pf3 = 0;
	if ((f0 & ACTIONS_NEEDED) != ACTIONS_NEEDED) {
		log_line(LOG_LEVEL_ERROR, NULL, "the MTA does not let us change header and body (offers 0x%lx)", f0);
		return SMFIS_CONTINUE;
	}
	if ((s = session_new(the_daemon, &e)) == NULL)
		return SMFIS_CONTINUE;
	s->steps = f1 & STEPS_WANTED;
	s->leading_space = (f1 & SMFIP_HDR_LEADSPC) != 0;
	*pf0 = f0 & (ACTIONS_NEEDED | SMFIF_CHGFROM | SMFIF_DELRCPT | SMFIF_SETSYMLIST);
	*pf1 = s->steps;
	if ((f0 & SMFIF_SETSYMLIST) != 0)
		for (size_t i = 0; i < sizeof(macro_lists) / sizeof(macro_lists[0]); i++)
			(void)smfi_setsymlist(ctx, macro_lists[i].stage, (char *)(uintptr_t)macro_lists[i].names);
	(void)smfi_setpriv(ctx, s);
	return SMFIS_CONTINUE;
}

static int
keep_text(char **field, const char *value, struct error *e)
{
	char *copy;

	if (value == NULL)
		return 0;
	if ((copy = memory_text(value, e)) == NULL)
		return -1;
	free(*field);
	*field = copy;
	return 0;
}

static int
keep_socket_address(char **field, const struct sockaddr *address, struct error *e)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address != NULL && address->sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text, sizeof(text));
	else if (address != NULL && address->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text, sizeof(text));
	return keep_text(field, text, e);
}

static sfsistat
on_connect(SMFICTX *ctx, char *hostname, _SOCK_ADDR *address)
{
	struct session *s = smfi_getpriv(ctx);
	struct error e = ERROR_INIT;

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	/* The MTA may not wait for a reply here: each MAIL FROM is deferred when this did not succeed. */
	s->known = keep_text(&s->client_name, hostname, &e) == 0 &&
	    keep_socket_address(&s->client_address, address, &e) == 0 &&
	    keep_text(&s->daemon_name, smfi_getsymval(ctx, (char *)(uintptr_t) "{daemon_name}"), &e) == 0;
	return silent(s, SMFIP_NR_CONN);
}

static sfsistat
on_close(SMFICTX *ctx)
{
	session_free(smfi_getpriv(ctx)); /* NULL when nothing was negotiated */
	(void)smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

/* ---- the message ----------------------------------------------------------------- */

static sfsistat
on_envelope_from(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);
	struct error e = ERROR_INIT;

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (session_begin_message(s, argv, &e) != 0)
		return say(ctx, gateway_disposition(&e), &e);
	note_macros(ctx, s);
	return SMFIS_CONTINUE;
}

static sfsistat
on_envelope_recipient(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);
	struct error e = ERROR_INIT;

	if (s == NULL || s->message == NULL)
		return SMFIS_TEMPFAIL;
	return say(ctx, gateway_recipient(s->message, argv[0], argv + 1, &e), &e);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = smfi_getpriv(ctx);
	struct error e = ERROR_INIT;
	char *spaced;

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message == NULL)
		return silent(s, SMFIP_NR_HDR); /* the end of the message answers */
	if (s->leading_space || value[0] == '\t') {
		(void)gateway_header(s->message, name, value, &e);
	} else if ((spaced = memory_format(&e, " %s", value)) != NULL) {
		/* The MTA ate one space after the colon; it will put one back. */
		(void)gateway_header(s->message, name, spaced, &e);
		free(spaced);
	} else {
		gateway_fail(s->message, &e);
	}
	return silent(s, SMFIP_NR_HDR);
}

static sfsistat
on_end_of_header(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	return s == NULL ? SMFIS_TEMPFAIL : silent(s, SMFIP_NR_EOH);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t n)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message != NULL)
		(void)gateway_body(s->message, data, n, NULL); /* a failure is answered at the end of the message */
	return silent(s, SMFIP_NR_BODY);
}

static sfsistat
on_end_of_message(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);
	struct error e = ERROR_INIT;
	enum verdict verdict;
	sfsistat answer;

	if (s == NULL || s->message == NULL)
		return SMFIS_TEMPFAIL;
	note_macros(ctx, s);
	verdict = gateway_finish(s->message, &milter_edit_ops, &(struct edit_context){ ctx, s->leading_space }, &e);
	log_line(verdict == VERDICT_CONTINUE ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
	    smfi_getsymval(ctx, (char *)(uintptr_t) "i"), "%s%s%s", gateway_log_line(s->message),
	    verdict == VERDICT_CONTINUE ? "" : ": ", verdict == VERDICT_CONTINUE ? "" : error_text(&e));
	if (gateway_alarm(s->message) != NULL)
		log_line(LOG_LEVEL_ERROR, smfi_getsymval(ctx, (char *)(uintptr_t) "i"), "%s", gateway_alarm(s->message));
	answer = say(ctx, verdict, &e);
	crashpoint(MESSAGE_ANSWERING);
	session_end_message(s);
	return answer;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL)
		session_end_message(s);
	return SMFIS_CONTINUE;
}

int
callbacks_register(struct daemon *d, struct error *e)
{
	struct smfiDesc description = {
		.xxfi_name = (char *)(uintptr_t) "Postseal",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = ACTIONS_NEEDED | SMFIF_CHGFROM | SMFIF_DELRCPT | SMFIF_SETSYMLIST,
		.xxfi_negotiate = on_negotiate,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_envelope_from,
		.xxfi_envrcpt = on_envelope_recipient,
		.xxfi_header = on_header,
		.xxfi_eoh = on_end_of_header,
		.xxfi_body = on_body,
		.xxfi_eom = on_end_of_message,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
	};

	the_daemon = d;
	if (smfi_register(description) != MI_SUCCESS)
		return error_set(e, ERROR_INTERNAL, "libmilter does not accept our callbacks");
	return 0;
}
