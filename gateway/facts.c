/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "gateway/esmtp_private.h"
#include "gateway/gateway_private.h"
#include "mime/seven_bit.h"

/* What policy is asked about: each fact is found by one function. */

void
facts_done(struct facts *f)
{
	entity_free(f->root);
	address_list_done(&f->authors);
	signer_free(f->signer);
	free(f->triggers);
	free(f->triggers_carried);
	free(f->recipients);
	*f = (struct facts){ 0 };
}

/* ---- the author ---- */

/* What the list of authors took is gone from here. */
static bool
skipped(const struct mailboxes *from)
{
	return from->list.count > 0 && from->list.items[from->list.count - 1] != NULL;
}

/*
 * The mailboxes move into the list of authors, as many as it takes; `plain` becomes false when two readers could name
 * another author.
 */
static int
read_from_field(struct facts *f, const struct header_field *field, bool *plain, struct error *e)
{
	struct mailboxes from = { 0 };
	int rc = mailboxes_parse(field->value, field->value_size, &from, e);

	*plain = rc == 0 && !from.has_group && !from.unreadable;
	f->display_name_address = f->display_name_address || from.display_name_address;
	for (size_t i = 0; rc == 0 && i < from.list.count && f->authors.count < LIMIT_AUTHORS; i++) {
		rc = address_list_take(&f->authors, from.list.items[i], e);
		from.list.items[i] = NULL;
	}
	f->too_many_authors = f->too_many_authors || (rc == 0 && skipped(&from));
	mailboxes_done(&from);
	return rc;
}

/* RFC 5322 3.6.2 with the gateway's stricter eye: one field, one mailbox. */
static int
find_author(struct gateway_message *m, struct error *e)
{
	struct facts *f = &m->facts;
	unsigned fields = header_list_count_of(m->headers, "From");
	bool plain = true;

	for (unsigned nth = 1; nth <= fields; nth++) {
		bool is_plain;

		if (read_from_field(f, header_list_find(m->headers, "From", nth), &is_plain, e) != 0)
			return -1;
		plain = plain && is_plain;
	}
	/* One that was left out could be the one whose rules are strict. */
	if (f->too_many_authors && !message_only_comes_in(m) && m->role != CHOICE_ROLE_WITNESS)
		return error_set(e, ERROR_TOO_MANY_AUTHORS, "more than %d authors", LIMIT_AUTHORS);
	if (fields == 1 && plain && f->authors.count == 1 && !m->has_odd_fields)
		f->author = f->authors.items[0];
	f->message.author = f->author;
	f->message.authors = &f->authors;
	f->message.several_authors = f->author == NULL && fields > 0;
	for (size_t i = 0; i < f->authors.count; i++)
		f->message.author_local = f->message.author_local || settings_is_local(m->settings, f->authors.items[i]);
	return 0;
}

/* A login must be allowed to act for everybody that From names. */
static int
find_login_authority(struct gateway_message *m, struct error *e)
{
	struct facts *f = &m->facts;

	f->message.authority = f->authors.count > 0 ? AUTHORITY_LOGIN : AUTHORITY_NONE;
	for (size_t i = 0; i < f->authors.count; i++) {
		bool allowed = false;

		if (keystore_login_allows(m->gateway->parts.keystore, m->login, f->authors.items[i], &allowed, e) != 0)
			return -1;
		if (!allowed)
			f->message.authority = AUTHORITY_MISMATCH;
	}
	return 0;
}

/* On a second pass the client is our own MTA, whose address says nothing of the author. */
static int
find_authority(struct gateway_message *m, struct error *e)
{
	const char *client = m->behind_queue ? m->witnessed_host : m->client_address;
	bool allowed = false;

	if (m->role == CHOICE_ROLE_EGRESS)
		return 0;
	if (m->login != NULL)
		return find_login_authority(m, e);
	if (client == NULL || m->facts.author == NULL || message_only_comes_in(m))
		return 0;
	if (keystore_host_allows(m->gateway->parts.keystore, client, m->facts.author, &allowed, e) != 0)
		return -1;
	m->facts.message.authority = allowed ? AUTHORITY_HOST : AUTHORITY_NONE;
	return 0;
}

/* A reverse-path of ours that an outsider gave is nobody's word; what MTAs send on is no longer between us and a sender. */
static bool
is_local_sender(const struct gateway_message *m)
{
	return (m->role == CHOICE_ROLE_SUBMISSION || m->role == CHOICE_ROLE_LOCAL) &&
	    settings_is_local(m->settings, m->sender);
}

/*
 * Anybody can write anybody's reverse-path, and a report would be sent to the one named there, telling whom an alias
 * stands for: so only a proven author gets one, or a sender of ours.
 */
static void
find_reporting(struct gateway_message *m)
{
	const enum authority authority = m->facts.message.authority;
	const bool proven = authority == AUTHORITY_LOGIN || authority == AUTHORITY_HOST;

	m->facts.message.can_report = m->has_resubmit && m->sender != NULL && !address_is_null(m->sender) &&
	    !message_is_let_in(m) && (proven || is_local_sender(m));
}

/* The author's own key, else the agent of the domain.  Why there is neither says what the nearer one lacks. */
static int
look_for_signer(struct gateway_message *m, struct error *e)
{
	struct facts *f = &m->facts;
	struct keystore *keystore = m->gateway->parts.keystore;
	const int64_t now = clock_now(m->gateway->parts.clock);
	const char *no_domain = NULL;

	if (keystore_find_signer(keystore, f->author, now, message_is_live(m), &f->signer, &f->message.no_signer, e) != 0)
		return -1;
	if (f->signer != NULL)
		return 0;
	if (keystore_find_domain_signer(keystore, f->author, now, message_is_live(m), &f->signer, &no_domain, e) != 0)
		return -1;
	if (no_domain != NULL && strcmp(no_domain, "own-key") != 0 && strcmp(no_domain, "no-identity") != 0)
		f->message.no_signer = no_domain;
	return 0;
}

/* Only a proven author is worth the look: nobody else is signed for.  No key is opened to explain or observe. */
static int
find_signer(struct gateway_message *m, struct error *e)
{
	struct facts *f = &m->facts;
	const struct profile *any = profile_get(PROFILE_COMPATIBLE);
	bool can;

	f->message.no_signer = "not-proven";
	if (f->author == NULL || (f->message.authority != AUTHORITY_LOGIN && f->message.authority != AUTHORITY_HOST))
		return 0;
	if (look_for_signer(m, e) != 0)
		return -1;
	if (f->signer == NULL)
		return 0;
	can = profile_signature(any, certificate_key_type(f->signer->certificate)) != SIGNATURE_NONE;
	f->message.has_signer = can && !f->signer->domain;
	f->message.has_domain_signer = can && f->signer->domain;
	f->message.no_signer = can ? NULL : "key-type";
	f->message.signer_key = certificate_key_type(f->signer->certificate);
	return 0;
}

/* ---- what kind of mail it is ---- */

/* RFC 3834 5: "no" is the only value that a person's mail has; comments and parameters may follow. */
static bool
is_auto_submitted(const struct header_field *field)
{
	const char *value = field->value;
	size_t n = field->value_size;

	text_trim(&value, &n);
	return !(n >= 2 && text_equal_nocase_n(value, 2, "no", 2) &&
	    (n == 2 || text_is_space(value[2]) || value[2] == ';' || value[2] == '('));
}

static void
find_kind_of_mail(struct gateway_message *m)
{
	struct message_facts *to = &m->facts.message;

	for (size_t i = 0; i < header_list_count(m->headers); i++) {
		const struct header_field *field = header_list_at(m->headers, i);

		if (text_starts_nocase(field->name, "List-") || text_starts_nocase(field->name, "Resent-"))
			to->list_or_resent = true;
		if (text_equal_nocase(field->name, "Auto-Submitted") && is_auto_submitted(field))
			to->automatic = true;
	}
	if (m->sender != NULL && address_is_null(m->sender))
		to->automatic = true;
	to->role = m->role;
	to->behind_queue = m->behind_queue;
	to->reverse_path = m->sender;
	to->came_from_outside = m->role != CHOICE_ROLE_INBOUND && (m->marks > 0 || to->opened || m->witnessed_outside);
}

/* What a message is labelled as counts for nothing: anybody can write a label who does not want to be signed for. */
static int
find_protection(struct gateway_message *m, struct error *e)
{
	struct message_facts *to = &m->facts.message;
	struct smime_look look;

	to->cannot_clear_sign = seven_bit_blocked(m->facts.root);
	to->fragment = entity_is(m->facts.root, "message", "partial"); /* RFC 2046 5.2.2 */
	if (smime_look(m->facts.root, &look, e) != 0)
		return -1;
	to->protected_already = look.is_signed || look.is_encrypted;
	to->encrypted_already = look.is_encrypted;
	return 0;
}

/* Octets that no MTA can be sent in a way that each reads the same, and fields that no header list holds. */
static bool
can_be_copied(const struct gateway_message *m)
{
	const struct entity *root = m->facts.root;

	return m->has_resubmit && !m->has_odd_fields && root != NULL && !root->facts.has_nul && !root->facts.has_bare_cr &&
	    !root->facts.has_bare_lf && !root->header_facts.has_bare_cr;
}

/* A message too odd for our parser is no fault: what must be worked on is refused later, the rest passes. */
static int
find_structure(struct gateway_message *m, struct error *e)
{
	struct facts *f = &m->facts;

	if (entity_parse(m->headers, spool_all(m->text), &f->root, &f->structure) != 0)
		return error_disposition(f->structure.code) == DISPOSITION_REFUSE ?
		    0 :
		    error_set(e, f->structure.code, "%s", error_text(&f->structure));
	f->message.can_copy = can_be_copied(m);
	return message_only_comes_in(m) ? 0 : find_protection(m, e);
}

/* RFC 3461 4.1: whoever does not ask for other things wants to hear of failures. */
static bool
wants_no_report(const struct recipient *r)
{
	static const char wanted[] = "FAILURE";
	size_t n = 0, size = strlen(wanted);
	const char *notify = esmtp_find(r->parameters, "NOTIFY", &n);

	for (; notify != NULL && n >= size; notify++, n--)
		if (text_equal_nocase_n(notify, size, wanted, size))
			return false;
	return notify != NULL;
}

/* ---- the recipients ---- */

static int
find_recipient(struct gateway_message *m, size_t i, struct error *e)
{
	struct recipient *r = &m->recipients[i];
	struct recipient_facts *to = &m->facts.recipients[i];

	to->address = r->address;
	to->local = r->local;
	to->may_open = r->local;
	to->no_report = wants_no_report(r);
	if (r->lookup == NULL)
		return 0;
	if (directory_collect(r->lookup, &r->candidates, e) != 0) {
		r->lookup = NULL;
		return -1;
	}
	r->lookup = NULL;
	to->usable_certificates = r->candidates->usable;
	to->temporary = r->candidates->temporary;
	to->revocation_unknown =
	    r->candidates->usable > 0 && r->candidates->items[0].revocation == REVOCATION_UNKNOWN;
	return 0;
}

static int
find_recipients(struct gateway_message *m, struct error *e)
{
	m->facts.recipients = memory_new(m->recipient_count + 1, sizeof(*m->facts.recipients), e);
	if (m->facts.recipients == NULL)
		return -1;
	for (size_t i = 0; i < m->recipient_count; i++)
		if (find_recipient(m, i, e) != 0)
			return -1;
	if (m->facts.message.can_copy && m->recipient_count > 1 && owners_find(m, e) != 0)
		return -1;
	/* A recipient alone is nobody's blind one. */
	return m->recipient_count > 1 && !message_only_comes_in(m) ? correspondents_find_blind(m, e) : 0;
}

int
facts_collect(struct gateway_message *m, struct error *e)
{
	if (witnessed_find(m, e) != 0 || opened_find(m, e) != 0 || strip_marks(m, e) != 0)
		return -1;
	find_kind_of_mail(m);
	if (find_author(m, e) != 0 || find_authority(m, e) != 0)
		return -1;
	find_reporting(m);
	if (m->role == CHOICE_ROLE_WITNESS) /* of what the message is, it decides nothing */
		return find_recipients(m, e);
	if (find_structure(m, e) != 0 || find_signer(m, e) != 0 || find_recipients(m, e) != 0 ||
	    passed_find(m, e) != 0)
		return -1;
	return message_only_comes_in(m) ? 0 : triggers_find(m, e);
}
