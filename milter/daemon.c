/* SPDX-License-Identifier: BSD-2-Clause */

#include "milter/daemon.h"

#include <libmilter/mfapi.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/change.h"
#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/service.h"
#include "crypto/begin.h"
#include "crypto/digest.h"
#include "directory/directory.h"
#include "keystore/ca.h"
#include "keystore/keystore.h"
#include "milter/callbacks.h"
#include "milter/listen.h"
#include "milter/privileges.h"
#include "milter/signals.h"
#include "mime/begin.h"
#include "store/store.h"

/*
 * A message may wait 30 seconds for look-ups, and its copies take 30 to be sent.  An MTA that is slow to answer their
 * final dot (SMTP_ANSWER_MS) is not waited for, since nobody is served meanwhile: to the ledger such a copy has begun.
 */
#define DRAIN_SECONDS 65

struct daemon {
	char *configuration, *instance;
	char *socket_path;          /* of a unix socket; NULL */
	bool listens;               /* the socket is ours to remove */
	int lock;                   /* descriptor of the instance's lock; -1: none */
	struct store *store;
	struct keystore *keystore;
	struct audit *audit;
	struct directory *directory;
	struct claims *claims;
	struct gateway *gateway;
	pthread_mutex_t mutex;      /* guards settings, messages, stopping */
	pthread_cond_t idle;        /* messages became 0 */
	struct settings *settings;
	unsigned messages;          /* between MAIL FROM and the end */
	bool stopping;
	bool serves;                /* libmilter's threads run: until the process ends they may ask whether it is stopping */
};

/* ---- for the callbacks ----------------------------------------------------------- */

struct settings *
daemon_snapshot(struct daemon *d)
{
	struct settings *s;

	(void)pthread_mutex_lock(&d->mutex);
	s = settings_ref(d->settings);
	(void)pthread_mutex_unlock(&d->mutex);
	return s;
}

struct gateway *
daemon_gateway(struct daemon *d)
{
	return d->gateway;
}

const char *
daemon_instance(const struct daemon *d)
{
	return d->instance;
}

bool
daemon_message_begins(struct daemon *d)
{
	bool may;

	(void)pthread_mutex_lock(&d->mutex);
	may = !d->stopping;
	if (may)
		d->messages++;
	(void)pthread_mutex_unlock(&d->mutex);
	return may;
}

void
daemon_message_ends(struct daemon *d)
{
	(void)pthread_mutex_lock(&d->mutex);
	if (--d->messages == 0)
		(void)pthread_cond_signal(&d->idle);
	(void)pthread_mutex_unlock(&d->mutex);
}

/* ---- preparation ------------------------------------------------------------------- */

static int
choose_listener(const struct settings *s, const char *instance, const struct listener **out, struct error *e)
{
	if (instance != NULL) {
		if ((*out = settings_listener(s, instance)) == NULL)
			return error_set(e, ERROR_CONFIGURATION, "no listener \"%s\" in the configuration", instance);
		return 0;
	}
	if (settings_listener_count(s) != 1)
		return error_set(e, ERROR_CONFIGURATION,
		    "the configuration has %zu listeners; name the one to run with -i",
		    settings_listener_count(s));
	*out = settings_listener_at(s, 0);
	return 0;
}

/* Where copies go must be readable before a message asks for one. */
static int
check_resubmit(const struct listener *listener, struct error *e)
{
	const struct value *v = listener_value(listener, SETTING_RESUBMIT);
	struct smtp_endpoint endpoint;

	if (!v->set || smtp_endpoint_parse(v->text, &endpoint, e) == 0)
		return 0;
	return error_context(e, "%s:%u: resubmit", v->origin.file, v->origin.line);
}

/* The built-in CA's root is an anchor like those of the files. */
static int
load_trust(struct daemon *d, const struct settings *s, struct trust **out, struct error *e)
{
	const struct value *anchors = settings_global(s, SETTING_TRUST_ANCHORS);
	const struct value *crls = settings_global(s, SETTING_CRLS);
	struct certificates own = { NULL, 0 };
	struct trust *trust = NULL;
	int rc = -1;

	if (trust_load((const char *const *)anchors->items, (const char *const *)crls->items, &trust, e) != 0)
		goto out;
	if (ca_anchors(d->keystore, &own, e) != 0 || trust_add_anchors(trust, &own, e) != 0)
		goto out;
	if (trust_anchor_count(trust) == 0)
		log_line(LOG_LEVEL_WARNING, NULL, "no trust anchors: no signature and no certificate will be trusted");
	*out = trust;
	trust = NULL;
	rc = 0;
out:
	trust_unref(trust);
	certificates_done(&own);
	return rc;
}

static int
apply_trust(struct daemon *d, const struct settings *s, struct error *e)
{
	struct trust *trust = NULL;

	if (load_trust(d, s, &trust, e) != 0)
		return -1;
	directory_set_trust(d->directory, trust);
	trust_unref(trust);
	return 0;
}

/* Two daemons on one listener would fight for the socket: each removes the other's. */
static int
lock_instance(struct daemon *d, const struct settings *s, struct error *e)
{
	const char *store = settings_global(s, SETTING_STORE)->text;
	char *path = memory_format(e, "%s.%s.lock", store, d->instance);
	int rc = -1;

	if (path == NULL)
		return -1;
	if (file_lock(path, false, &d->lock, e) != 0)
		(void)error_context(e, "listener \"%s\"", d->instance);
	else
		rc = file_take_folder_owner(d->lock, path, e); /* next time the daemon may be started as its user */
	free(path);
	return rc;
}

/* Which tries are at work: beside the store, whose ledger they stand in. */
static int
open_claims(struct daemon *d, const struct settings *s, struct error *e)
{
	char *path = memory_format(e, "%s.claims", settings_global(s, SETTING_STORE)->text);
	int rc = path != NULL ? claims_open(path, &d->claims, e) : -1;

	free(path);
	return rc;
}

static int
open_parts(struct daemon *d, const struct secret *master, struct error *e)
{
	const struct settings *s = d->settings;
	struct gateway_parts parts = { .clock = clock_system(), .instance = d->instance };

	if (store_open(settings_global(s, SETTING_STORE)->text, &d->store, e) != 0 ||
	    keystore_open(d->store, master, &d->keystore, e) != 0 ||
	    directory_new(d->store, clock_system(), &d->directory, e) != 0 || apply_trust(d, s, e) != 0 ||
	    audit_open(settings_global(s, SETTING_RECORD)->text, settings_gateway_id(s), clock_system(), &d->audit,
	        e) != 0 ||
	    open_claims(d, s, e) != 0)
		return -1;
	parts.store = d->store;
	parts.claims = d->claims;
	parts.transport = smtp_sockets();
	parts.audit = d->audit;
	parts.keystore = d->keystore;
	parts.directory = d->directory;
	return gateway_new(&parts, &d->gateway, e);
}

static void
set_log_level(const struct settings *s)
{
	static const enum log_level levels[] = { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

	log_level_set(levels[settings_global(s, SETTING_LOG_LEVEL)->number]);
}

/* Its folder may be made by the service manager at each start: before the first one -t only warns. */
static int
keep_socket_path(struct daemon *d, const struct listener *listener, bool test, struct error *e)
{
	const char *spec = listener_value(listener, SETTING_SOCKET)->text;
	struct error why = ERROR_INIT;

	if (strncmp(spec, "unix:", 5) != 0)
		return 0;
	d->socket_path = memory_text(spec + 5, e);
	if (d->socket_path == NULL)
		return -1;
	if (listen_check(d->socket_path, &why) == 0)
		return 0;
	if (!test)
		return error_set(e, why.code, "%s", error_text(&why));
	log_line(LOG_LEVEL_WARNING, NULL, "%s", error_text(&why));
	return 0;
}

static int
prepare(struct daemon *d, const struct daemon_options *o, struct error *e)
{
	const struct listener *listener = NULL;
	struct secret master = SECRET_INIT;
	const char *user;
	int rc = -1;

	if (mime_begin(e) != 0 || crypto_begin(e) != 0 || settings_load(o->configuration, &d->settings, e) != 0 ||
	    choose_listener(d->settings, o->instance, &listener, e) != 0)
		goto out;
	set_log_level(d->settings);
	if (check_resubmit(listener, e) != 0)
		goto out;
	if ((d->configuration = memory_text(o->configuration, e)) == NULL ||
	    (d->instance = memory_text(listener_name(listener), e)) == NULL)
		goto out;
	user = settings_global(d->settings, SETTING_USER)->text;
	if (keep_socket_path(d, listener, o->test, e) != 0)
		goto out;
	/* What only root may do comes before root is given up; files of ours are made by the user of ours. */
	if (master_key_read(settings_global(d->settings, SETTING_MASTER_KEY)->text, &master, e) != 0)
		goto out;
	if (!o->test && (lock_instance(d, d->settings, e) != 0 || callbacks_register(d, e) != 0 ||
	                    listen_open(listener, user, e) != 0))
		goto out;
	d->listens = !o->test;
	crashpoint(DAEMON_LISTENS);
	if (privileges_drop(user, e) != 0 || privileges_confine(e) != 0)
		goto out;
	rc = open_parts(d, &master, e);
out:
	secret_done(&master);
	return rc;
}

int
daemon_prepare(const struct daemon_options *options, struct daemon **out, struct error *e)
{
	struct daemon *d = memory_new(1, sizeof(*d), e);

	if (d == NULL)
		return -1;
	d->lock = -1;
	(void)pthread_mutex_init(&d->mutex, NULL);
	(void)pthread_cond_init(&d->idle, NULL);
	privileges_raise_files();
	(void)signal(SIGHUP, SIG_IGN); /* until we serve, there is nothing to reload and no reason to die */
	if (prepare(d, options, e) != 0) {
		daemon_free(d);
		return -1;
	}
	*out = d;
	return 0;
}

/* While the lock is held.  In a folder that we may not write to any more it stays for the next start to replace. */
static void
remove_socket(struct daemon *d)
{
	if (d->listens && d->socket_path != NULL)
		(void)unlink(d->socket_path);
	d->listens = false;
}

void
daemon_free(struct daemon *d)
{
	if (d == NULL)
		return;
	remove_socket(d);
	gateway_free(d->gateway);
	claims_close(d->claims);
	directory_free(d->directory);
	keystore_close(d->keystore);
	audit_close(d->audit);
	store_close(d->store);
	settings_unref(d->settings);
	free(d->configuration);
	free(d->socket_path);
	if (d->serves)
		return; /* its threads may still ask whether a message may begin */
	free(d->instance);
	if (d->lock >= 0)
		(void)close(d->lock);
	(void)pthread_cond_destroy(&d->idle);
	(void)pthread_mutex_destroy(&d->mutex);
	free(d);
}

/* ---- the record of our own life ---------------------------------------------------- */

static int
record(struct daemon *d, enum audit_event_type type, const char *name, const char *value, const char *result,
    struct error *e)
{
	struct audit_event *event = audit_event_new(type, e);

	if (event == NULL || (type != AUDIT_RELOAD && audit_put_text(event, "program", "postseal-milter", e) != 0) ||
	    audit_put_text(event, "instance", d->instance, e) != 0 ||
	    (type == AUDIT_START && (audit_put_text(event, "version", POSTSEAL_VERSION, e) != 0 ||
	                                audit_put_number(event, "pid", getpid(), e) != 0)) ||
	    audit_put_text(event, name, value, e) != 0 ||
	    (result != NULL && audit_put_text(event, "result", result, e) != 0)) {
		audit_event_free(event);
		return -1;
	}
	return audit_append(d->audit, event, e);
}

/* A configuration stands on the record by its hash: what sha256sum(1) says of a file without includes. */
static int
record_configuration(struct daemon *d, enum audit_event_type type, const struct settings *s, const char *result,
    struct error *e)
{
	const struct buffer *octets = settings_octets(s);
	char hash[SHA256_TEXT];

	if (digest_sha256_text(octets->data, octets->size, hash, e) != 0)
		return -1;
	return record(d, type, "configuration", hash, result, e);
}

/* A command that was killed may have left a change on the record that never was made; mail does not wait for this. */
static void
settle_changes(struct daemon *d)
{
	const struct witness w = { d->audit, "daemon", "start" };
	struct error e = ERROR_INIT;

	if (change_settle(d->store, &w, &e) != 0)
		log_line(LOG_LEVEL_WARNING, NULL, "whether the record is ahead of the store is not known: %s", error_text(&e));
}

/* ---- reload -------------------------------------------------------------------------- */

static int
load_next(struct daemon *d, struct settings **out, struct error *e)
{
	struct settings *next = NULL;
	const char *fixed;

	if (settings_load(d->configuration, &next, e) != 0)
		return -1;
	if (settings_listener(next, d->instance) == NULL) {
		settings_unref(next);
		return error_set(e, ERROR_CONFIGURATION, "listener \"%s\" is gone; stop this daemon instead", d->instance);
	}
	if (check_resubmit(settings_listener(next, d->instance), e) != 0 || apply_trust(d, next, e) != 0) {
		settings_unref(next);
		return -1;
	}
	if ((fixed = settings_needs_restart(d->settings, next)) != NULL)
		log_line(LOG_LEVEL_WARNING, NULL, "reload: `%s` changed; it takes effect at the next start", fixed);
	*out = next;
	return 0;
}

/* A message under way keeps the snapshot it began with; a bad file changes nothing. */
static void
reload(struct daemon *d)
{
	struct settings *next = NULL, *old;
	struct error e = ERROR_INIT, unrecorded = ERROR_INIT;

	service_reloading();
	if (load_next(d, &next, &e) != 0) {
		log_line(LOG_LEVEL_ERROR, NULL, "reload failed, the old configuration stays: %s", error_text(&e));
		(void)record(d, AUDIT_RELOAD, "detail", error_text(&e), "refused", &unrecorded);
	} else {
		crashpoint(RELOAD_READ);
		(void)pthread_mutex_lock(&d->mutex);
		old = d->settings;
		d->settings = next;
		(void)pthread_mutex_unlock(&d->mutex);
		settings_unref(old);
		set_log_level(next);
		crashpoint(RELOAD_SWAPPED);
		log_line(LOG_LEVEL_INFO, NULL, "reloaded %s", d->configuration);
		(void)record_configuration(d, AUDIT_RELOAD, next, "loaded", &unrecorded);
	}
	if (unrecorded.code != ERROR_NONE) /* the next message will be deferred for the same reason */
		log_line(LOG_LEVEL_ERROR, NULL, "the reload is not on the record: %s", error_text(&unrecorded));
	service_ready("serving");
}

/* ---- serving --------------------------------------------------------------------------- */

static void *
run_libmilter(void *ctx)
{
	int *rc = ctx;

	*rc = smfi_main();
	signals_wake(); /* it ended by itself: tell the main thread */
	return NULL;
}

/* New messages are answered "try again", those under way may end; false if one did not in time. */
static bool
drain(struct daemon *d)
{
	struct timespec until;
	bool all;

	service_stopping();
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += DRAIN_SECONDS;
	(void)pthread_mutex_lock(&d->mutex);
	d->stopping = true;
	while (d->messages > 0)
		if (pthread_cond_timedwait(&d->idle, &d->mutex, &until) != 0)
			break;
	all = d->messages == 0;
	if (!all)
		log_line(LOG_LEVEL_WARNING, NULL, "%u messages did not end in time; the MTA keeps them", d->messages);
	(void)pthread_mutex_unlock(&d->mutex);
	return all;
}

int
daemon_serve(struct daemon *d, struct error *e)
{
	pthread_t libmilter;
	static int milter_rc = MI_SUCCESS; /* its thread outlives this call */
	enum signal_order order;
	bool all_ended;

	settle_changes(d);
	if (record_configuration(d, AUDIT_START, d->settings, NULL, e) != 0)
		return -1;
	crashpoint(DAEMON_STARTED);
	/* libmilter's own thread ends the daemon on SIGHUP: it runs beside, and this thread is the one that signals reach. */
	if (signals_begin(e) != 0)
		return -1;
	if (pthread_create(&libmilter, NULL, run_libmilter, &milter_rc) != 0)
		return error_set_errno(e, ERROR_INTERNAL, "cannot start a thread");
	d->serves = true;
	(void)pthread_detach(libmilter);
	log_line(LOG_LEVEL_INFO, NULL, "listener \"%s\" serves on %s", d->instance,
	    listener_value(settings_listener(d->settings, d->instance), SETTING_SOCKET)->text);
	service_ready("serving");
	while ((order = signals_wait()) == ORDER_RELOAD)
		reload(d);
	/*
	 * libmilter is not told to stop: it would free the sessions that its workers still serve.  They answer "try again"
	 * to whoever comes now, until the process is gone.
	 */
	all_ended = drain(d);
	crashpoint(DAEMON_DRAINED);
	remove_socket(d);
	if (order == ORDER_ENDED)
		(void)error_set(e, ERROR_INTERNAL, "libmilter ended%s", milter_rc != MI_SUCCESS ? " with an error" : "");
	(void)record(d, AUDIT_STOP, "reason", order == ORDER_STOP ? "signal" : "libmilter ended", NULL, e);
	crashpoint(DAEMON_STOPPED);
	if (!all_ended)
		_exit(EX_OK); /* what those messages use cannot be freed; they never got an answer, so the MTA keeps them */
	return e->code == ERROR_NONE ? 0 : -1;
}
