/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/plan.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/listing.h"

#define PATIENCE_MS 30000

/* ---- candidates ------------------------------------------------------------------------- */

static int
push_candidate(struct json *list, const struct candidate *candidate, struct error *e)
{
	static const char *const revocations[] = { "good", "revoked", "unknown" };
	struct json *row = json_new_object(e);
	char until[TIME_TEXT_MAX];

	if (row == NULL)
		return -1;
	time_text(certificate_not_after(candidate->certificate), until);
	if (json_put_text(row, "certificate", certificate_fingerprint(candidate->certificate), e) != 0 ||
	    json_put_text(row, "subject", certificate_subject(candidate->certificate), e) != 0 ||
	    json_put_text(row, "level", trust_level_word(candidate->level), e) != 0 ||
	    json_put_bool(row, "domain", candidate->domain, e) != 0 ||
	    json_put_text(row, "source", candidate->source, e) != 0 ||
	    json_put_text(row, "revocation", revocations[candidate->revocation], e) != 0 ||
	    json_put_text(row, "until", until, e) != 0 || json_put_text(row, "rejected", candidate->rejected, e) != 0) {
		json_release(row);
		return -1;
	}
	return json_push_take(list, row, e);
}

static int
find_candidates(struct cli *c, const struct address *a, struct json **out, struct error *e)
{
	struct lookup *lookup = directory_want(c->directory, a, clock_monotonic_ms() + PATIENCE_MS);
	struct candidates *found = NULL;
	struct json *list;
	int rc = 0;

	if (lookup == NULL)
		return error_set(e, ERROR_NO_MEMORY, "look-up of %s", a->text);
	if (directory_collect(lookup, &found, e) != 0)
		return -1;
	list = json_new_array(e);
	for (size_t i = 0; list != NULL && rc == 0 && i < found->count; i++)
		rc = push_candidate(list, &found->items[i], e);
	candidates_free(found);
	if (list == NULL || rc != 0) {
		json_release(list);
		return -1;
	}
	*out = list;
	return 0;
}

static int
add_to_recipient(struct cli *c, struct json *recipient, struct error *e)
{
	const char *text = json_look_text(recipient, "address");
	struct json *list = NULL;
	struct address *a = NULL;
	int rc;

	if (text == NULL)
		return 0;
	if (address_parse(text, strlen(text), &a, e) != 0)
		return -1;
	rc = settings_is_local(c->settings, a) ? 0 : find_candidates(c, a, &list, e);
	address_free(a);
	if (rc == 0 && list != NULL)
		rc = json_put_take(recipient, "candidates", list, e);
	return rc;
}

int
plan_add_candidates(struct cli *c, struct json *report, struct error *e)
{
	const struct json *recipients = json_look(report, "recipients");

	for (size_t i = 0; recipients != NULL && i < json_count(recipients); i++) {
		/* the report is ours, so its members are */
		struct json *recipient = (struct json *)(uintptr_t)json_at(recipients, i);

		if (add_to_recipient(c, recipient, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- for people --------------------------------------------------------------------------- */

#define HEAD "%-11s"

/* Text of a message or certificate, which a terminal shall not obey. */
static void
show(const char *text)
{
	struct buffer clean = BUFFER_INIT(65536);

	if (text != NULL && text_printable(text, strlen(text), 4096, &clean, NULL) == 0)
		(void)fputs(buffer_text(&clean), stdout);
	buffer_done(&clean);
}

static void
show_line(const char *head, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	printf(HEAD, head);
	show(text);
	putchar('\n');
}

static void
show_setting(const struct json *of)
{
	const char *setting = json_look_text(of, "setting"), *origin = json_look_text(of, "origin");

	if (setting == NULL)
		return;
	printf(HEAD "  set to \"", "");
	show(setting);
	printf("\" by %s\n", origin != NULL ? origin : "?");
}

/* "encrypt: the settings ask …" and what made it so. */
static void
show_decision(const char *head, const char *subject, const char *action, const struct json *of)
{
	printf(HEAD, head);
	show(subject);
	printf("%s%s: ", *subject != '\0' ? ": " : "", action != NULL ? action : "?");
	show(json_look_text(of, "why"));
	putchar('\n');
	show_setting(of);
}

static void
show_candidates(const struct json *recipient)
{
	const struct json *list = json_look(recipient, "candidates");

	for (size_t i = 0; list != NULL && i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		const char *rejected = json_look_text(one, "rejected"), *fingerprint = json_look_text(one, "certificate");

		printf(HEAD "  %s certificate %.16s… until %s, ", "", json_look_text(one, "level"), fingerprint,
		    json_look_text(one, "until"));
		show(json_look_text(one, "subject"));
		printf(": %s\n", rejected != NULL ? rejected : "usable");
	}
	if (list != NULL && json_count(list) == 0)
		printf(HEAD "  no certificate is known\n", "");
}

static void
show_triggers(const struct json *report)
{
	const struct json *list = json_look(report, "triggers");

	for (size_t i = 0; list != NULL && i < json_count(list); i++)
		show_line("trigger", json_text_of(json_at(list, i)));
}

/* Which body a recipient gets, where there are several. */
static void
show_body(const struct json *recipient)
{
	int64_t copy;

	if (json_look_number(recipient, "copy", &copy) != 0)
		return;
	if (copy == 0)
		printf(HEAD "  by the message itself\n", "");
	else
		printf(HEAD "  by copy %d\n", "", (int)copy);
}

static void
show_recipients(const struct json *report)
{
	const struct json *list = json_look(report, "recipients");

	for (size_t i = 0; list != NULL && i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		const char *address = json_look_text(one, "address");

		show_decision("to", address != NULL ? address : "?", json_look_text(one, "action"), one);
		show_body(one);
		show_candidates(one);
	}
}

/* What we would sign is one object; what signatures of an incoming message are called, a list. */
static void
show_signature(const struct json *report)
{
	const struct json *signature = json_look(report, "signature");
	const char *detail, *form;
	bool made = false;

	if (signature == NULL)
		return;
	for (size_t i = 0; i < json_count(signature); i++) {
		const char *reason = json_look_text(json_at(signature, i), "reason");

		printf(HEAD "%s%s%s\n", "signature", json_look_text(json_at(signature, i), "result"), reason != NULL ? ": " : "",
		    reason != NULL ? reason : "");
	}
	if (json_look_bool(signature, "made", &made) != 0)
		return;
	detail = json_look_text(signature, "detail");
	form = json_look_text(signature, "form");
	show_decision("signature", "", made ? "made" : "none", signature);
	if (detail != NULL)
		printf(HEAD "  %s\n", "", detail);
	if (form != NULL)
		printf(HEAD "  %s, %s, certificate %.16s…\n", "", form, json_look_text(signature, "scheme"),
		    json_look_text(signature, "certificate"));
}

/* Which fields are hidden, and why; nothing where nothing is signed or encrypted. */
static void
show_headers(const struct json *report)
{
	const struct json *headers = json_look(report, "headers"), *hidden;
	const char *policy, *detail;

	if (headers == NULL || (policy = json_look_text(headers, "policy")) == NULL)
		return;
	detail = json_look_text(headers, "detail");
	hidden = json_look(headers, "hidden");
	show_decision("header", "", policy, headers);
	if (detail != NULL)
		printf(HEAD "  %s\n", "", detail);
	for (size_t i = 0; hidden != NULL && i < json_count(hidden); i++)
		printf(HEAD "  hides %s\n", "", json_text_of(json_at(hidden, i)));
}

/* The other bodies of a message that is split. */
static void
show_copies(const struct json *report)
{
	const struct json *list = json_look(report, "copies");

	for (size_t i = 0; list != NULL && i < json_count(list); i++) {
		printf(HEAD "%zu, beside the message itself\n", "copy", i + 1);
		show_signature(json_at(list, i));
		show_headers(json_at(list, i));
	}
}

static int
show_listener(const struct answer *a, struct error *e)
{
	struct buffer origin = BUFFER_INIT(4096);
	bool observe = listener_value(a->listener, SETTING_OBSERVE)->number != 0;
	int rc = origin_print(&a->role_origin, &origin, e);

	if (rc == 0)
		printf(HEAD "%s, role %s (%s)%s\n", "listener", listener_name(a->listener), choice_word(SETTING_ROLE, a->role),
		    buffer_text(&origin), observe ? "; it only observes: nothing is changed" : "");
	buffer_done(&origin);
	return rc;
}

int
plan_print(const struct answer *a, struct error *e)
{
	const struct json *report = a->report;
	const char *from = json_look_text(report, "from"), *why = json_look_text(report, "why");

	if (show_listener(a, e) != 0)
		return -1;
	show_line("mail from", json_look_text(report, "mail-from"));
	show_line("login", json_look_text(report, "login"));
	show_line("author", from != NULL ? from : "not exactly one");
	show_line("direction", json_look_text(report, "direction"));
	show_signature(report);
	show_headers(report);
	show_copies(report);
	show_triggers(report);
	show_recipients(report);
	show_line("verdict", json_look_text(report, "verdict"));
	if (a->verdict != VERDICT_CONTINUE || why != NULL) {
		show_line("", why);
		show_setting(report);
		show_line("reply", json_look_text(report, "reply"));
	}
	return 0;
}
