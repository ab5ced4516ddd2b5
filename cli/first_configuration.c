/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/first_configuration.h"

#include <string.h>

static const struct {
	const char *name, *role, *meaning;
} listeners[] = {
	{ "in", "inbound", "from the world: decrypt, verify, mark" },
	{ "out", "submission", "from our users: sign, encrypt" },
	{ "local", "local", "from programs of this host: strip forged marks, keep the rules" },
};

/* A quoted string of the file; what would end it or mean something else has no place in these names. */
static int
quoted(struct buffer *out, const char *text, struct error *e)
{
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || strchr("\"\\${", *at) != NULL)
			return error_set(e, ERROR_USAGE, "\"%s\" cannot stand in a configuration", text);
	return buffer_append_format(out, e, "\"%s\"", text);
}

static int
named(struct buffer *out, const char *name, const char *value, const char *behind, struct error *e)
{
	return buffer_append_format(out, e, "%s = ", name) != 0 || quoted(out, value, e) != 0 ||
	    buffer_append_text(out, behind, e) != 0 ? -1 : 0;
}

static int
write_domains(const struct first_configuration *w, struct buffer *out, struct error *e)
{
	if (buffer_append_text(out, "local-domains = { ", e) != 0)
		return -1;
	for (size_t i = 0; w->domains[i] != NULL; i++)
		if ((i > 0 && buffer_append_text(out, ", ", e) != 0) || quoted(out, w->domains[i], e) != 0)
			return -1;
	return buffer_append_text(out, " }\n\n", e);
}

/* Folders of PEM files: a certificate put there is an anchor after a reload. */
static int
write_trust(const struct first_configuration *w, struct buffer *out, struct error *e)
{
	return buffer_append_format(out, e, "trust-anchors = { \"%s/anchors\" }\ncrls          = { \"%s/crls\" }\n\n",
	    w->trust_folder, w->trust_folder);
}

static int
write_places(const struct first_configuration *w, struct buffer *out, struct error *e)
{
	if (w->folder != NULL && buffer_append_format(out, e,
	    "store        = \"%s/state/store.db\"\nmaster-key   = \"%s/state/master.key\"\n"
	    "record       = \"%s/record/record\"\nspool-folder = \"%s/state/spool\"\n",
	    w->folder, w->folder, w->folder, w->folder) != 0)
		return -1;
	if (w->user != NULL && named(out, "user", w->user, "\n", e) != 0)
		return -1;
	return w->folder != NULL || w->user != NULL ? buffer_append_text(out, "\n", e) : 0;
}

static int
write_listeners(const struct first_configuration *w, struct buffer *out, struct error *e)
{
	const char *run = w->folder != NULL ? w->folder : "", *below = w->folder != NULL ? "/run" : "/run/postseal";

	for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++)
		if (buffer_append_format(out, e, "listener \"%s\" {\t# %s\n\tsocket = \"unix:%s%s/%s.sock\"\n\trole = \"%s\"\n}\n",
		    listeners[i].name, listeners[i].meaning, run, below, listeners[i].name, listeners[i].role) != 0)
			return -1;
	return 0;
}

int
first_configuration(const struct first_configuration *w, struct buffer *out, struct error *e)
{
	struct buffer checked = BUFFER_INIT(65536);
	int rc = quoted(&checked, w->trust_folder, e) != 0 || (w->folder != NULL && quoted(&checked, w->folder, e) != 0);

	buffer_done(&checked);
	if (rc != 0 ||
	    buffer_append_text(out, "# Postseal; postseal.conf(5) explains every setting.\n\n", e) != 0 ||
	    write_domains(w, out, e) != 0 || write_trust(w, out, e) != 0 || write_places(w, out, e) != 0 ||
	    write_listeners(w, out, e) != 0)
		return -1;
	return buffer_append_text(out,
	    "\n"
	    "defaults {\t# everybody, unless a narrower section says otherwise\n"
	    "\tsign = \"available\"\n"
	    "\tencrypt = \"available\"\n"
	    "}\n"
	    "\n"
	    "#domain \"partner.example\" {\t# mail to and from this domain\n"
	    "#\tencrypt = \"required\"\n"
	    "#}\n", e);
}
