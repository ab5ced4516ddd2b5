/* SPDX-License-Identifier: BSD-2-Clause */

/* From a file to a snapshot. */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "conf/checks_private.h"
#include "conf/files_private.h"
#include "conf/grammar_private.h"
#include "conf/outline_private.h"
#include "conf/settings_private.h"
#include "conf/types_private.h"

#define NO_DOMAINS  "none; write local-domains = { \"your.domain\" }"
#define NOT_BEHIND  "only a listener of role \"submission\" or \"inbound\" works behind the queue"
#define NO_ROLE     "no role; write role = \"submission\", \"inbound\" or \"local\""
#define NO_SOCKET   "no socket; write socket = \"unix:/path\""
#define NOT_ALLOWED "an inet socket is open to all who reach it; write allow-inet = yes or use a unix socket"
#define NO_CAUSE    "nothing fires it; write subject-tag = \"[secret]\" or header = \"X-Secret: yes\""
#define NO_EFFECT   "it asks for nothing; write encrypt = \"required\" or sign = \"required\""
#define SAME_SOCKET "another listener has this socket; give each its own"

/* The section that is being filled. */
struct loader {
	struct settings *s;
	struct value factory[SETTING_COUNT];
	struct daemon_role *next_daemon;
	struct listener *listener;
	struct rule *rule;
	struct trigger *trigger;
};

static struct origin
origin_of(const struct word *w, const struct place *place)
{
	return (struct origin){ w->file, w->line, place->label };
}

/* An error of a section, or of what it lacks. */
static int
refuse_section(const struct origin *origin, const char *subject, const char *what, struct error *e)
{
	struct word where = { .file = origin->file, .line = origin->line };

	return word_error(&where, subject, e, "%s", what);
}

/* ---- sections ---- */

/* What is not written has its factory value. */
static void
fill_scope(const struct loader *l, enum setting_scope scope, struct value values[SETTING_COUNT])
{
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		if (setting_row((enum setting_id)i)->scope == scope)
			values[i] = l->factory[i];
}

static int
begin_listener(struct loader *l, const struct place *place, struct error *e)
{
	if (check_name_title(place->word, place->title, e) != 0)
		return -1;
	l->listener = &l->s->listeners[l->s->listener_count++];
	l->listener->name = place->title;
	l->listener->origin = origin_of(place->word, place);
	l->listener->daemons = l->next_daemon;
	fill_scope(l, SCOPE_LISTENER, l->listener->values);
	return 0;
}

static int
begin_daemon(struct loader *l, const struct place *place, struct error *e)
{
	struct origin origin = origin_of(place->word, place);

	if (place->names[SETTING_DAEMON_ROLE] == NULL)
		return refuse_section(&origin, place->label, NO_ROLE, e);
	l->next_daemon->name = place->title;
	l->next_daemon->origin = origin;
	l->next_daemon++;
	l->listener->daemon_count++;
	return 0;
}

static int
begin_rule(struct loader *l, const struct place *place, struct error *e)
{
	bool domain = place->kind == SECTION_DOMAIN;
	struct rule_set *set = domain ? &l->s->domains : &l->s->addresses;
	size_t n = 0;

	l->rule = &set->items[set->count++];
	l->rule->origin = origin_of(place->word, place);
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		n += place->names[i] != NULL;
	l->rule->written = pool_new(&l->s->pool, n, sizeof l->rule->written[0], e);
	if (l->rule->written == NULL)
		return -1;
	if (domain)
		return check_domain_title(place->word, place->title, &l->s->pool, &l->rule->pattern, e);
	return check_address_title(place->word, place->title, &l->s->pool, &l->rule->pattern, e);
}

static int
begin_trigger(struct loader *l, const struct place *place, struct error *e)
{
	struct origin origin = origin_of(place->word, place);

	if (check_name_title(place->word, place->title, e) != 0)
		return -1;
	if (place->names[SETTING_SUBJECT_TAG] == NULL && place->names[SETTING_TRIGGER_HEADER] == NULL)
		return refuse_section(&origin, place->label, NO_CAUSE, e);
	if (place->names[SETTING_TRIGGER_SIGN] == NULL && place->names[SETTING_TRIGGER_ENCRYPT] == NULL)
		return refuse_section(&origin, place->label, NO_EFFECT, e);
	l->trigger = &l->s->triggers[l->s->trigger_count++];
	l->trigger->name = place->title;
	l->trigger->origin = origin;
	fill_scope(l, SCOPE_TRIGGER, l->trigger->values);
	return 0;
}

static int
on_section(void *ctx, const struct place *place, struct error *e)
{
	struct loader *l = ctx;

	switch (place->kind) {
	case SECTION_LISTENER:
		return begin_listener(l, place, e);
	case SECTION_DAEMON:
		return begin_daemon(l, place, e);
	case SECTION_DOMAIN:
	case SECTION_ADDRESS:
		return begin_rule(l, place, e);
	case SECTION_TRIGGER:
		return begin_trigger(l, place, e);
	default:
		return 0;
	}
}

/* ---- settings ---- */

static void
put_value(struct loader *l, enum section_kind kind, enum setting_id id, const struct value *v)
{
	switch (kind) {
	case SECTION_LISTENER:
		l->listener->values[id] = *v;
		break;
	case SECTION_DAEMON:
		l->next_daemon[-1].role = *v;
		break;
	case SECTION_DOMAIN:
	case SECTION_ADDRESS:
		l->rule->written[l->rule->count++] = (struct written){ id, *v };
		break;
	case SECTION_TRIGGER:
		l->trigger->values[id] = *v;
		break;
	default:
		l->s->base[id] = *v;
		break;
	}
}

static int
on_setting(void *ctx, const struct place *place, enum setting_id id, const struct word *const *values,
    size_t n, struct error *e)
{
	struct loader *l = ctx;
	struct value v;

	if (value_read(id, values, n, &l->s->pool, &v, e) != 0)
		return -1;
	v.origin = origin_of(place->names[id], place);
	put_value(l, place->kind, id, &v);
	return 0;
}

/* ---- the whole ---- */

static int
begin(struct loader *l, const struct outline *outline, struct error *e)
{
	size_t counts[SECTION_KINDS] = { 0 };
	struct pool *pool = &l->s->pool;

	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		enum setting_scope scope = setting_row((enum setting_id)i)->scope;

		if (value_factory((enum setting_id)i, pool, &l->factory[i], e) != 0)
			return -1;
		if (scope == SCOPE_GLOBAL || scope == SCOPE_RULE)
			l->s->base[i] = l->factory[i];
	}
	for (size_t i = 0; i < outline->count; i++)
		counts[outline->places[i].kind]++;
	l->s->listeners = pool_new(pool, counts[SECTION_LISTENER], sizeof l->s->listeners[0], e);
	l->s->domains.items = pool_new(pool, counts[SECTION_DOMAIN], sizeof(struct rule), e);
	l->s->addresses.items = pool_new(pool, counts[SECTION_ADDRESS], sizeof(struct rule), e);
	l->next_daemon = pool_new(pool, counts[SECTION_DAEMON], sizeof(struct daemon_role), e);
	l->s->triggers = pool_new(pool, counts[SECTION_TRIGGER], sizeof l->s->triggers[0], e);
	if (l->s->listeners == NULL || l->s->domains.items == NULL || l->s->addresses.items == NULL)
		return -1;
	return l->next_daemon != NULL && l->s->triggers != NULL ? 0 : -1;
}

/* A witness stands before the queue, and the other roles ask nobody who handed the mail in. */
static bool
may_stand_behind(const struct listener *l)
{
	const struct value *role = &l->values[SETTING_ROLE];

	for (size_t i = 0; role != NULL; i++) {
		if (role->number != CHOICE_ROLE_SUBMISSION && role->number != CHOICE_ROLE_INBOUND)
			return false;
		role = i < l->daemon_count ? &l->daemons[i].role : NULL;
	}
	return true;
}

static int
check_listener(const struct settings *s, const struct listener *l, struct error *e)
{
	const struct value *socket = &l->values[SETTING_SOCKET];

	if (!socket->set)
		return refuse_section(&l->origin, l->origin.section, NO_SOCKET, e);
	if (!l->values[SETTING_ROLE].set)
		return refuse_section(&l->origin, l->origin.section, NO_ROLE, e);
	if (l->values[SETTING_BEHIND_QUEUE].number != 0 && !may_stand_behind(l))
		return refuse_section(&l->values[SETTING_BEHIND_QUEUE].origin, setting_name(SETTING_BEHIND_QUEUE), NOT_BEHIND, e);
	if (socket_is_inet(socket->text) && l->values[SETTING_ALLOW_INET].number == 0)
		return refuse_section(&socket->origin, setting_name(SETTING_SOCKET), NOT_ALLOWED, e);
	for (const struct listener *other = s->listeners; other < l; other++)
		if (strcmp(other->values[SETTING_SOCKET].text, socket->text) == 0)
			return refuse_section(&socket->origin, setting_name(SETTING_SOCKET), SAME_SOCKET, e);
	return 0;
}

/* `top` is where the file begins: what is not written has no line. */
static int
check_whole(const struct settings *s, const struct origin *top, struct error *e)
{
	const struct value *domains = &s->base[SETTING_LOCAL_DOMAINS];

	if (domains->count == 0)
		return refuse_section(domains->set ? &domains->origin : top,
		    setting_name(SETTING_LOCAL_DOMAINS), NO_DOMAINS, e);
	for (size_t i = 0; i < s->listener_count; i++)
		if (check_listener(s, &s->listeners[i], e) != 0)
			return -1;
	return 0;
}

/* What is made from the values once, because each message asks for it. */
static int
derive(struct settings *s, struct error *e)
{
	const struct value *hosts = &s->base[SETTING_INTERNAL_HOSTS], *gateway = &s->base[SETTING_GATEWAY_ID];
	const struct value *authserv = &s->base[SETTING_AUTHSERV_ID];
	const char *host = hostname_qualified(&s->pool, e);

	s->internal = pool_new(&s->pool, hosts->count, sizeof s->internal[0], e);
	if (s->internal == NULL || host == NULL)
		return -1;
	for (size_t i = 0; i < hosts->count; i++)
		network_parse(hosts->items[i], &s->internal[i]); /* checked when it was read */
	s->internal_count = hosts->count;
	s->gateway_id = gateway->set ? gateway->text : host;
	s->authserv_id = authserv->set ? authserv->text : pool_format(&s->pool, e, "smime.%s", host);
	return s->authserv_id != NULL ? 0 : -1;
}

static int
fill(struct settings *s, struct lexicon *words, struct outline *outline, struct error *e)
{
	struct loader l = { .s = s };
	struct grammar_visitor visitor = { on_section, on_setting, &l };
	struct origin top = { .file = words->items[words->count - 1].file, .line = 1 };

	if (outline_read(words, &s->pool, outline, e) != 0 || begin(&l, outline, e) != 0 ||
	    grammar_read(words, outline, &visitor, e) != 0)
		return -1;
	if (rule_set_sort(&s->domains, e) != 0 || rule_set_sort(&s->addresses, e) != 0)
		return -1;
	if (check_whole(s, &top, e) != 0)
		return -1;
	return derive(s, e);
}

/* `text` NULL: read the file `name`. */
static int
load(const char *name, const char *text, size_t n, struct settings **out, struct error *e)
{
	struct settings *s = memory_new(1, sizeof *s, e);
	struct lexicon words = WORDS_INIT;
	struct outline outline = OUTLINE_INIT;
	int rc;

	if (s == NULL)
		return -1;
	atomic_init(&s->references, 1);
	buffer_init(&s->octets, LIMIT_CONFIGURATION);
	if (text != NULL)
		rc = files_read_text(name, text, n, &s->pool, &words, &s->octets, e);
	else
		rc = files_read(name, &s->pool, &words, &s->octets, e);
	if (rc == 0)
		rc = fill(s, &words, &outline, e);
	outline_done(&outline);
	lexicon_done(&words);
	if (rc == 0)
		*out = s;
	else
		settings_unref(s);
	return rc;
}

int
settings_load(const char *path, struct settings **out, struct error *e)
{
	return load(path, NULL, 0, out, e);
}

int
settings_load_text(const char *name, const char *text, size_t n, struct settings **out, struct error *e)
{
	return load(name, n > 0 ? text : "", n, out, e);
}
