/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/check_mta.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "cli/postfix_files.h"

/* What Postfix's configuration does that leads mail past the gateway. */

#define FOLDER "/etc/postfix"
#define SUBJECT "postfix"
#define DEFAULT_SIZE "10240000"

struct looking {
	const struct cli *c;
	struct checklist *f;
	const struct postfix *p;
	struct buffer value, root; /* of the setting asked for last; of queue_directory */
	bool second_pass;          /* what leaves goes through a listener of role egress */
};

/* Where a setting stands; of one that does not, the file where it would. */
static const char *
place(const struct looking *l, const struct postfix_service *service, const char *name, char to[512])
{
	const struct postfix_setting *s = postfix_setting(l->p, service, name);

	if (s != NULL)
		(void)snprintf(to, 512, "%s:%u", s->file, s->line);
	else if (service != NULL)
		(void)snprintf(to, 512, "%s:%u", l->p->master_cf, service->line);
	else
		(void)snprintf(to, 512, "%s", l->p->main_cf);
	return to;
}

/* The value of a setting; without memory it is as if it were empty, and `e` says so. */
static const char *
value(struct looking *l, const struct postfix_service *service, const char *name, const char *otherwise, struct error *e)
{
	return postfix_value(l->p, service, name, otherwise, &l->value, e) == 0 ? buffer_text(&l->value) : "";
}

static int
object(struct looking *l, enum finding_level level, const struct postfix_service *service, const char *name,
    const char *remedy, const char *what, struct error *e)
{
	char where[512];

	return finding_add(l->f, level, SUBJECT, remedy, e, "%s: %s%s%s: %s", place(l, service, name, where),
	    service != NULL ? service->name : "", service != NULL ? " " : "", name, what);
}

static const char *
root_of(const struct looking *l)
{
	return buffer_text(&l->root);
}

/* ---- milters --------------------------------------------------------------------------------------- */

static int
check_default_action(struct looking *l, const struct postfix_service *service, struct error *e)
{
	const char *action = value(l, service, "milter_default_action", "tempfail", e);

	if (strcmp(action, "accept") == 0)
		return object(l, FINDING_ERROR, service, "milter_default_action", "set it to tempfail",
		    "while the daemon is down, mail goes on without it", e);
	if (strcmp(action, "quarantine") == 0)
		return object(l, FINDING_WARNING, service, "milter_default_action", "set it to tempfail",
		    "what is released from the hold queue does not pass the filter again", e);
	return 0;
}

static int
check_local_mail(struct looking *l, struct error *e)
{
	if (mta_names_any(l->c, value(l, NULL, "non_smtpd_milters", "", e), -1, root_of(l)) != NULL)
		return 0;
	return object(l, FINDING_WARNING, NULL, "non_smtpd_milters", "name the socket of a listener of role local",
	    "mail of sendmail(1) and cron passes without the filter", e);
}

/* The service where a listener's `resubmit` leads: "unix:…/NAME", "[127.0.0.1]:PORT". */
static bool
is_endpoint_of(const struct postfix_service *s, const char *endpoint)
{
	const char *name = strrchr(endpoint, '/'), *port = strrchr(endpoint, ':'), *own = strrchr(s->name, ':');

	if (strncmp(endpoint, "unix:", 5) == 0)
		return strcmp(s->type, "unix") == 0 && name != NULL && strcmp(name + 1, s->name) == 0;
	return strcmp(s->type, "inet") == 0 && port != NULL && strcmp(port + 1, own != NULL ? own + 1 : s->name) == 0;
}

static bool
takes_copies(const struct looking *l, const struct postfix_service *s)
{
	for (size_t i = 0; i < settings_listener_count(l->c->settings); i++) {
		const struct value *resubmit = listener_value(settings_listener_at(l->c->settings, i), SETTING_RESUBMIT);

		if (resubmit->set && is_endpoint_of(s, resubmit->text))
			return true;
	}
	return false;
}

static int
check_service(struct looking *l, const struct postfix_service *s, struct error *e)
{
	bool ours = mta_names_any(l->c, value(l, s, "smtpd_milters", "", e), -1, root_of(l)) != NULL;
	bool copies = takes_copies(l, s);

	if (strstr(value(l, s, "receive_override_options", "", e), "no_milters") != NULL &&
	    object(l, FINDING_WARNING, s, "receive_override_options", "take no_milters out",
	        "mail passes without any filter", e) != 0)
		return -1;
	if (!ours && !copies &&
	    object(l, FINDING_WARNING, s, "smtpd_milters", "name the socket of a listener, or take the service away",
	        "no listener of ours: mail passes without the filter", e) != 0)
		return -1;
	return ours && postfix_setting(l->p, s, "milter_default_action") != postfix_setting(l->p, NULL, "milter_default_action")
	    ? check_default_action(l, s, e)
	    : 0;
}

static int
check_milters(struct looking *l, struct error *e)
{
	if (check_default_action(l, NULL, e) != 0 || check_local_mail(l, e) != 0)
		return -1;
	for (size_t i = 0; i < l->p->service_count; i++)
		if (strcmp(l->p->services[i].command, "smtpd") == 0 && check_service(l, &l->p->services[i], e) != 0)
			return -1;
	return 0;
}

/* ---- the port for copies ------------------------------------------------------------------------------ */

static int
check_size(struct looking *l, const struct postfix_service *s, struct error *e)
{
	long long taken = strtoll(value(l, NULL, "message_size_limit", DEFAULT_SIZE, e), NULL, 10);
	long long copies = strtoll(value(l, s, "message_size_limit", DEFAULT_SIZE, e), NULL, 10);

	if (copies == 0 || (taken > 0 && copies >= 2 * taken))
		return 0;
	return object(l, FINDING_WARNING, s, "message_size_limit", "make it twice that of main.cf",
	    "a large message becomes too large when it is signed and encrypted", e);
}

static int
check_no_copies(struct looking *l, const struct postfix_service *cleanup, struct error *e)
{
	static const char *const maps[] = { "always_bcc", "sender_bcc_maps", "recipient_bcc_maps" };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (*value(l, cleanup, maps[i], "", e) != '\0' &&
		    object(l, FINDING_WARNING, cleanup, maps[i], "empty it for the copies in a cleanup service of their own",
		        "every copy is copied once more", e) != 0)
			return -1;
	return 0;
}

static int
check_reach(struct looking *l, const struct postfix_service *s, struct error *e)
{
	char host[256];
	size_t n = strrchr(s->name, ':') != NULL ? (size_t)(strrchr(s->name, ':') - s->name) : 0;

	if (strcmp(s->type, "inet") != 0)
		return 0;
	(void)snprintf(host, sizeof(host), "%.*s", (int)n, s->name);
	if (!mta_is_loopback(host))
		return object(l, FINDING_ERROR, s, "resubmit", "give it an address of the loopback, or a unix socket",
		    "other hosts reach it, and hand in mail past the filter", e);
	return object(l, FINDING_WARNING, s, "resubmit", "use a unix socket, as INSTALL says, or a firewall that knows users",
	    "every user of this host reaches it, and can hand in mail past the filter", e);
}

static int
check_copies_service(struct looking *l, const struct postfix_service *s, struct error *e)
{
	const struct postfix_service *cleanup;

	if (mta_names_any(l->c, value(l, s, "smtpd_milters", "", e), -1, root_of(l)) != NULL &&
	    object(l, FINDING_ERROR, s, "smtpd_milters", "take the socket out: this is where our copies come in",
	        "copies come back to the filter that made them", e) != 0)
		return -1;
	cleanup = postfix_service(l->p, value(l, s, "cleanup_service_name", "cleanup", e), "cleanup");
	if (check_reach(l, s, e) != 0 || check_size(l, s, e) != 0)
		return -1;
	return cleanup != NULL && (check_size(l, cleanup, e) != 0 || check_no_copies(l, cleanup, e) != 0) ? -1 : 0;
}

static int
check_copies(struct looking *l, struct error *e)
{
	for (size_t i = 0; i < settings_listener_count(l->c->settings); i++) {
		const struct value *resubmit = listener_value(settings_listener_at(l->c->settings, i), SETTING_RESUBMIT);
		bool found = false;

		for (size_t j = 0; resubmit->set && j < l->p->service_count && !found; j++) {
			const struct postfix_service *s = &l->p->services[j];

			found = strcmp(s->command, "smtpd") == 0 && is_endpoint_of(s, resubmit->text);
			if (found && check_copies_service(l, s, e) != 0)
				return -1;
		}
		if (resubmit->set && !found &&
		    finding_add(l->f, FINDING_WARNING, SUBJECT, "add it as INSTALL says", e,
		        "%s: no smtpd for resubmit = \"%s\" (%s:%u)", l->p->master_cf, resubmit->text, resubmit->origin.file,
		        resubmit->origin.line) != 0)
			return -1;
	}
	return 0;
}

/* ---- the second pass ------------------------------------------------------------------------------------- */

static int
check_second_service(struct looking *l, const struct postfix_service *s, struct error *e)
{
	if (*value(l, s, "content_filter", "", e) == '\0' &&
	    object(l, FINDING_ERROR, s, "content_filter", "set it to \"smtp:\", or to the transport of the relay",
	        "what has passed is sent to the second pass again", e) != 0)
		return -1;
	if (strstr(value(l, s, "receive_override_options", "", e), "no_address_mappings") == NULL &&
	    object(l, FINDING_WARNING, s, "receive_override_options", "set it to no_address_mappings",
	        "aliases and bcc maps are expanded again, behind the second pass", e) != 0)
		return -1;
	return 0;
}

static int
check_second_pass(struct looking *l, struct error *e)
{
	for (size_t i = 0; i < l->p->service_count; i++) {
		const struct postfix_service *s = &l->p->services[i];

		if (strcmp(s->command, "smtpd") != 0 ||
		    mta_names_any(l->c, value(l, s, "smtpd_milters", "", e), CHOICE_ROLE_EGRESS, root_of(l)) == NULL)
			continue;
		l->second_pass = true;
		if (check_second_service(l, s, e) != 0)
			return -1;
	}
	if (!mta_has_egress(l->c))
		return 0;
	if (l->second_pass && strncmp(value(l, NULL, "default_transport", "smtp", e), "smtp", 4) != 0)
		return finding_add(l->f, FINDING_OK, SUBJECT, NULL, e, "%s: what leaves passes a second time", l->p->main_cf);
	l->second_pass = false;
	return object(l, FINDING_WARNING, NULL, "default_transport", MTA_EGRESS_REMEDY,
	    "what leaves does not reach the listener of role egress", e);
}

/* ---- what leads outside --------------------------------------------------------------------------------------- */

/* "hash:/etc/aliases": the text that the table is made of; other kinds cannot be looked into. */
static int
check_table(struct looking *l, const char *name, const char *word, size_t n, struct error *e)
{
	static const char *const kinds[] = { "hash:", "btree:", "lmdb:", "cdb:", "dbm:", "texthash:" };
	char file[512], subject[64];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t k = strlen(kinds[i]);

		if (n <= k || strncmp(word, kinds[i], k) != 0)
			continue;
		(void)snprintf(file, sizeof(file), "%.*s", (int)(n - k), word + k);
		(void)snprintf(subject, sizeof(subject), "%s", name);
		return mta_check_table(l->c, l->f, file, subject, e);
	}
	return object(l, FINDING_WARNING, NULL, name, MTA_EGRESS_REMEDY, "a table that cannot be looked into may lead outside", e);
}

static int
check_tables(struct looking *l, const char *name, const char *otherwise, struct error *e)
{
	const char *text = value(l, NULL, name, otherwise, e);

	for (text += strspn(text, ", \t"); *text != '\0'; text += strspn(text, ", \t")) {
		size_t n = strcspn(text, ", \t");

		if (check_table(l, name, text, n, e) != 0)
			return -1;
		text += n;
	}
	return 0;
}

static int
check_what_leads_outside(struct looking *l, struct error *e)
{
	static const char *const tables[][2] = { { "alias_maps", "hash:/etc/aliases" }, { "virtual_alias_maps", "" },
		{ "sender_bcc_maps", "" }, { "recipient_bcc_maps", "" } };

	if (l->second_pass)
		return 0;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (check_tables(l, tables[i][0], tables[i][1], e) != 0)
			return -1;
	if (mta_leads_outside(l->c, value(l, NULL, "always_bcc", "", e)) &&
	    object(l, FINDING_WARNING, NULL, "always_bcc", MTA_EGRESS_REMEDY, "leads outside, past the filter", e) != 0)
		return -1;
	if (*value(l, NULL, "mydestination", "$myhostname", e) == '\0' ||
	    *value(l, NULL, "forward_path", "$home/.forward", e) == '\0')
		return 0;
	return object(l, FINDING_WARNING, NULL, "forward_path", MTA_EGRESS_REMEDY " or set forward_path to nothing",
	    "the .forward files of users may lead outside, past the filter", e);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int
look(struct looking *l, struct error *e)
{
	if (postfix_value(l->p, NULL, "queue_directory", "/var/spool/postfix", &l->root, e) != 0)
		return -1;
	if (check_milters(l, e) != 0 || check_copies(l, e) != 0 || check_second_pass(l, e) != 0 ||
	    check_what_leads_outside(l, e) != 0)
		return -1;
	return e->code == ERROR_NONE ? 0 : -1; /* a value that memory did not suffice for */
}

int
check_postfix(const struct cli *c, struct checklist *f, const char *folder, struct error *e)
{
	struct postfix p = { 0 };
	struct looking l = { .c = c, .f = f, .p = &p, .value = BUFFER_INIT(LIMIT_CONFIGURATION),
		.root = BUFFER_INIT(LIMIT_CONFIGURATION) };
	struct error why = ERROR_INIT;
	int rc;

	if (folder == NULL && access(FOLDER "/main.cf", F_OK) != 0)
		return 0;
	if (postfix_read(folder != NULL ? folder : FOLDER, &p, &why) != 0)
		return finding_take(f, SUBJECT, "run check as root, or name the folder with --postfix", &why, e);
	rc = look(&l, e);
	buffer_done(&l.value);
	buffer_done(&l.root);
	postfix_done(&p);
	return rc;
}
