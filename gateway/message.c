/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/crashpoint.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/spool_cipher.h"
#include "gateway/esmtp_private.h"
#include "gateway/gateway_private.h"

/*
 * Collecting a message.  What goes wrong on the way is kept: the MTA does not
 * wait for replies to headers and body, so gateway_finish() answers for it.
 */

static struct spool_settings
spool_settings_of(const struct settings *s)
{
	return (struct spool_settings){
		.memory = (size_t)settings_global(s, SETTING_SPOOL_MEMORY)->number,
		.max = (uint64_t)settings_global(s, SETTING_MESSAGE_SIZE_LIMIT)->number,
		.folder = settings_global(s, SETTING_SPOOL_FOLDER)->text,
		.cipher = spool_cipher(),
	};
}

/* Base64 twice (signed opaquely, then encrypted) makes 1.9 of one; signatures and certificates come on top. */
struct spool_settings
message_workspace(const struct gateway_message *m)
{
	struct spool_settings s = spool_settings_of(m->settings);

	s.max = 2 * s.max + LIMIT_HEADER_TOTAL + 2 * (uint64_t)LIMIT_CMS_OVERHEAD;
	return s;
}

bool
message_is_live(const struct gateway_message *m)
{
	return m->mode != GATEWAY_EXPLAIN && !m->observe;
}

bool
message_is_let_in(const struct gateway_message *m)
{
	return m->behind_queue && m->role == CHOICE_ROLE_INBOUND;
}

bool
message_only_comes_in(const struct gateway_message *m)
{
	for (size_t i = 0; i < m->recipient_count; i++)
		if (!m->recipients[i].local)
			return false;
	return m->role == CHOICE_ROLE_INBOUND;
}

/* ---- beginning and end ---- */

static int
copy_text(char **to, const char *from, struct error *e)
{
	if (from == NULL || *from == '\0')
		return 0;
	*to = memory_text(from, e);
	return *to != NULL ? 0 : -1;
}

/*
 * What completes a bare local part, as sendmail(1) hands "root" over: the MTA will put its own domain there, so it
 * is one of ours.
 */
static const char *
default_domain(const struct session_facts *session, const struct settings *s)
{
	const struct value *local = settings_global(s, SETTING_LOCAL_DOMAINS);

	if (session->default_domain != NULL)
		return session->default_domain;
	for (size_t i = 0; i < local->count; i++)
		if (local->items[i][0] != '.' && local->items[i][0] != '*')
			return local->items[i];
	return settings_gateway_id(s);
}

static int
begin(struct gateway_message *m, const struct session_facts *session, const char *mail, char *const *esmtp,
    struct error *e)
{
	struct spool_settings spool = spool_settings_of(m->settings);

	if (copy_text(&m->client_address, session->client_address, e) != 0 ||
	    copy_text(&m->client_name, session->client_name, e) != 0 || copy_text(&m->actor, session->actor, e) != 0 ||
	    copy_text(&m->reason, session->reason, e) != 0 ||
	    copy_text(&m->default_domain, default_domain(session, m->settings), e) != 0)
		return -1;
	m->has_resubmit = session->resubmit != NULL;
	if (m->has_resubmit && smtp_endpoint_parse(session->resubmit, &m->resubmit, e) != 0)
		return -1;
	m->mail_from = memory_text(mail, e);
	m->mail_parameters = esmtp_join(esmtp, e);
	m->headers = header_list_new(e);
	m->text = spool_new(&spool, e);
	return m->mail_from != NULL && m->mail_parameters != NULL && m->headers != NULL && m->text != NULL ? 0 : -1;
}

struct gateway_message *
gateway_begin(struct gateway *g, struct settings *take_snapshot, const struct session_facts *session,
    const char *mail_argv0, char *const *esmtp, struct error *e)
{
	struct gateway_message *m = memory_new(1, sizeof(*m), e);
	struct error unreadable = ERROR_INIT;

	if (m == NULL) {
		settings_unref(take_snapshot);
		return NULL;
	}
	m->gateway = g;
	m->settings = take_snapshot;
	m->mode = session->mode;
	m->role = session->role;
	m->role_origin = session->role_origin;
	m->observe = session->observe;
	m->behind_queue = session->behind_queue;
	if (begin(m, session, mail_argv0, esmtp, e) != 0) {
		gateway_end(m);
		return NULL;
	}
	/* The MTA accepted this path; if we cannot read it, it is nobody's: no rule of an author hangs on it alone. */
	if (address_parse_path(mail_argv0, m->default_domain, &m->sender, &unreadable) != 0 &&
	    unreadable.code == ERROR_NO_MEMORY) {
		error_set(e, ERROR_NO_MEMORY, "sender");
		gateway_end(m);
		return NULL;
	}
	crashpoint(MESSAGE_BEGUN);
	return m;
}

static void
recipient_done(struct recipient *r)
{
	free(r->verbatim);
	free(r->parameters);
	free(r->reply);
	address_free(r->address);
	address_free(r->original);
	if (r->lookup != NULL)
		directory_forget(r->lookup);
	candidates_free(r->candidates);
}

void
gateway_end(struct gateway_message *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->recipient_count; i++)
		recipient_done(&m->recipients[i]);
	for (size_t i = 0; i < m->odd_count; i++)
		free(m->odd[i].name);
	bodies_done(m);
	edits_done(&m->edits);
	facts_done(&m->facts);
	plan_free(m->plan);
	header_list_free(m->headers);
	spool_free(m->text);
	free(m->recipients);
	free(m->odd);
	free(m->client_address);
	free(m->client_name);
	free(m->default_domain);
	free(m->actor);
	free(m->reason);
	free(m->mail_from);
	free(m->mail_parameters);
	free(m->witnessed_host);
	free(m->queue_id);
	free(m->login);
	free(m->log_line);
	free(m->alarm);
	address_free(m->sender);
	settings_unref(m->settings);
	free(m);
}

/* ---- facts of the session ---- */

static int
replace_text(char **to, const char *value, struct error *e)
{
	char *copy = memory_text(value, e);

	if (copy == NULL)
		return -1;
	free(*to);
	*to = copy;
	return 0;
}

int
gateway_fact(struct gateway_message *m, const char *name, const char *value)
{
	int rc = 0;

	if (value == NULL || *value == '\0')
		return 0;
	if (strcmp(name, "i") == 0)
		rc = replace_text(&m->queue_id, value, &m->failure);
	else if (strcmp(name, "v") == 0)
		m->mta_is_postfix = text_starts_nocase(value, "Postfix");
	else if (strcmp(name, "{auth_authen}") == 0)
		rc = replace_text(&m->login, value, &m->failure);
	return rc;
}

/* ---- recipients ---- */

/* RFC 3461 4.2: ORCPT=rfc822;xtext.  What cannot be read is not there: nobody is less blind for it. */
static int
read_original(const char *parameters, struct address **out, struct error *e)
{
	static const char type[] = "rfc822;";
	size_t n = 0;
	const char *value = esmtp_find(parameters, "ORCPT", &n);
	struct buffer text = BUFFER_INIT(ADDRESS_MAX);
	struct error unreadable = ERROR_INIT;
	int rc;

	if (value == NULL || n < strlen(type) || !text_starts_nocase(value, type))
		return 0;
	rc = esmtp_decode(value + strlen(type), n - strlen(type), &text, &unreadable);
	if (rc == 0)
		rc = address_parse(buffer_text(&text), text.size, out, &unreadable);
	buffer_done(&text);
	return rc != 0 && unreadable.code == ERROR_NO_MEMORY ? error_set(e, ERROR_NO_MEMORY, "ORCPT") : 0;
}

/* Look-ups begin here, so that their time runs while the message is still being sent. */
static int
recipient_new(struct gateway_message *m, const char *path, char *const *esmtp, struct recipient *r, struct error *e)
{
	int64_t patience = settings_global(m->settings, SETTING_LOOKUP_TIMEOUT)->number;

	if (address_parse_path(path, m->default_domain, &r->address, e) != 0)
		return -1;
	if (address_is_null(r->address))
		return error_set(e, ERROR_ADDRESS_SYNTAX, "a recipient is empty");
	r->verbatim = memory_text(path, e);
	r->parameters = esmtp_join(esmtp, e);
	if (r->verbatim == NULL || r->parameters == NULL || read_original(r->parameters, &r->original, e) != 0)
		return -1;
	r->local = settings_is_local(m->settings, r->address);
	if (r->local || m->role == CHOICE_ROLE_WITNESS) /* who encrypts to nobody needs no certificate */
		return 0;
	r->lookup =
	    directory_want(m->gateway->parts.directory, r->address, clock_monotonic_ms() + 1000 * patience);
	return r->lookup != NULL ? 0 : error_set(e, ERROR_NO_MEMORY, "look-up");
}

static int
recipient_add(struct gateway_message *m, const char *path, char *const *esmtp, struct error *e)
{
	struct recipient r = { 0 };

	if (m->recipient_count == LIMIT_RECIPIENTS)
		return error_set(e, ERROR_TOO_MANY_RECIPIENTS, "more than %d recipients", LIMIT_RECIPIENTS);
	if (m->recipient_count == m->recipient_room) {
		size_t room = m->recipient_room + m->recipient_room / 2 + 8;
		struct recipient *grown = memory_resize(m->recipients, room, sizeof(*grown), e);

		if (grown == NULL)
			return -1;
		m->recipients = grown;
		m->recipient_room = room;
	}
	if (recipient_new(m, path, esmtp, &r, e) != 0) {
		recipient_done(&r);
		return -1;
	}
	m->recipients[m->recipient_count++] = r;
	return 0;
}

/*
 * A refusal is for this recipient and on the record before it is said.  Where
 * there is no SMTP dialogue the MTA cannot refuse one recipient (Postfix keeps
 * such mail for ever, and gives 127.0.0.1 as its client), and what is let in
 * already nobody may refuse: the whole message is answered at its end.
 */
enum verdict
gateway_recipient(struct gateway_message *m, const char *argv0, char *const *esmtp, struct error *e)
{
	struct error why = ERROR_INIT, failed = ERROR_INIT;
	enum verdict verdict;

	if (recipient_add(m, argv0, esmtp, &why) == 0) {
		crashpoint(MESSAGE_RECIPIENT);
		return VERDICT_CONTINUE;
	}
	/* RFC 5321 4.5.3.1.10: the client sends the others in another transaction. */
	verdict = why.code == ERROR_TOO_MANY_RECIPIENTS ? VERDICT_RETRY_LATER : gateway_disposition(&why);
	if (m->client_address == NULL || m->role == CHOICE_ROLE_LOCAL || message_is_let_in(m) || !message_is_live(m)) {
		if (m->failure.code == ERROR_NONE)
			m->failure = why;
		return VERDICT_CONTINUE;
	}
	if (record_refusal(m, argv0, verdict, &why, &failed) != 0) {
		why = failed;
		verdict = VERDICT_RETRY_LATER;
	}
	crashpoint(MESSAGE_REFUSED);
	if (e != NULL)
		*e = why;
	return verdict;
}

/* ---- header and body ---- */

void
gateway_fail(struct gateway_message *m, const struct error *why)
{
	if (m->failure.code == ERROR_NONE)
		m->failure = *why;
}

/* The first failure counts.  A listener that observes lets the message go all the same. */
static int
keep_failure(struct gateway_message *m, const struct error *why, struct error *e)
{
	gateway_fail(m, why);
	return m->observe ? 0 : error_set(e, why->code, "%s", error_text(why));
}

static int
odd_field_add(struct gateway_message *m, const char *name, struct error *e)
{
	struct odd_field *grown;
	unsigned nth = 1;

	if (m->odd_count == LIMIT_HEADER_FIELDS)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "too many malformed fields");
	for (size_t i = 0; i < m->odd_count; i++)
		if (text_equal_nocase(m->odd[i].name, name))
			nth++;
	grown = memory_resize(m->odd, m->odd_count + 1, sizeof(*grown), e);
	if (grown == NULL)
		return -1;
	m->odd = grown;
	grown[m->odd_count].nth = nth;
	grown[m->odd_count].name = memory_text(name, e);
	if (grown[m->odd_count].name == NULL)
		return -1;
	m->odd_count++;
	return 0;
}

/* A value whose line ends are no folds: kept in its place with blanks for them, so that later indexes stay right. */
static int
append_unfolded(struct gateway_message *m, const char *name, const char *raw, struct error *e)
{
	char *copy = memory_text(raw, e);
	int rc = -1;

	if (copy == NULL)
		return -1;
	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\r' || *c == '\n')
			*c = ' ';
	rc = header_list_append(m->headers, name, copy, strlen(copy), e);
	free(copy);
	return rc;
}

/* What no RFC allows is carried all the same; how far it may be worked on is decided at the end. */
static int
append_odd(struct gateway_message *m, const char *name, const char *raw, struct error *e)
{
	struct error why = ERROR_INIT;

	m->has_odd_fields = true;
	if (append_unfolded(m, name, raw, &why) == 0)
		return 0;
	if (why.code == ERROR_HEADER_SYNTAX)
		return odd_field_add(m, name, e);
	return error_set(e, why.code, "%s", error_text(&why));
}

int
gateway_header(struct gateway_message *m, const char *name, const char *raw, struct error *e)
{
	struct error why = ERROR_INIT;

	if (m->failure.code != ERROR_NONE)
		return 0;
	if (header_list_append(m->headers, name, raw, strlen(raw), &why) == 0)
		return 0;
	if (why.code == ERROR_HEADER_SYNTAX) {
		error_clear(&why);
		if (append_odd(m, name, raw, &why) == 0)
			return 0;
	}
	return keep_failure(m, &why, e);
}

int
gateway_body(struct gateway_message *m, const void *data, size_t n, struct error *e)
{
	struct error why = ERROR_INIT;

	if (m->failure.code != ERROR_NONE || spool_write(m->text, data, n, &why) == 0) {
		crashpoint(MESSAGE_BODY);
		return 0;
	}
	return keep_failure(m, &why, e);
}
