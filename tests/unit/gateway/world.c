/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit_private.h"
#include "audit/verify.h"
#include "base/memory.h"
#include "crypto/seal.h"
#include "keystore/identity.h"
#include "tests/unit/gateway/world.h"

/* ---- certificates ---- */

static struct forged
make_ca(void)
{
	const struct forge how = {
		.cn = "Test CA",
		.extensions = { "basicConstraints", "critical,CA:TRUE", "keyUsage", "critical,keyCertSign,cRLSign",
		    "subjectKeyIdentifier", "hash" },
	};

	return forge(&how);
}

const struct forged *
world_ca(void)
{
	static struct forged ca;

	if (ca.x509 == NULL)
		ca = make_ca();
	return &ca;
}

struct forged
certified_as(struct forge how)
{
	static const char *const usual[] = { "keyUsage", "critical,digitalSignature,keyEncipherment,keyAgreement",
		"extendedKeyUsage", "emailProtection", "subjectKeyIdentifier", "hash", "authorityKeyIdentifier", "keyid" };
	size_t n = 0;

	if (how.issuer == NULL)
		how.issuer = world_ca();
	while (n < 12 && how.extensions[n] != NULL)
		n++;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]) && n + 1 < 12; i += 2) {
		bool given = false;

		for (size_t j = 0; j < n; j += 2)
			given = given || strcmp(how.extensions[j], usual[i]) == 0;
		if (given)
			continue;
		how.extensions[n++] = usual[i];
		how.extensions[n++] = usual[i + 1];
	}
	return forge(&how);
}

struct forged
certified(const char *address, const char *kind)
{
	char *san = memory_format(NULL, "email:%s", address);
	const struct forge how = { .key = kind, .cn = address, .extensions = { "subjectAltName", san } };
	struct forged f = certified_as(how);

	free(san);
	return f;
}

/* ---- a disk that can be full ---- */

static bool disk_is_full;

void
world_disk_is_full(bool full)
{
	disk_is_full = full;
}

static ssize_t
disk_write(int fd, const void *from, size_t n)
{
	if (!disk_is_full)
		return write(fd, from, n);
	errno = ENOSPC;
	return -1;
}

static bool disk_is_lazy;

void
world_disk_is_lazy(bool lazy)
{
	disk_is_lazy = lazy;
}

static int
disk_sync(int fd)
{
	return disk_is_lazy ? 0 : fdatasync(fd);
}

static const struct audit_io disk = { disk_write, disk_sync, ftruncate };

/* ---- the organisation ---- */

static struct settings *
read_settings(const char *domain, const char *more)
{
	struct buffer text = BUFFER_INIT(65536);
	struct settings *settings = NULL;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&text, &e,
	    "local-domains = { \"%s\" }\n"
	    "gateway-id = \"gw.%s\"\n"
	    "authserv-id = \"smime.%s\"\n"
	    "spool-folder = \"%s\"\n"
	    "%s\n",
	    domain, domain, domain, scratch("."), more != NULL ? more : ""));
	expect_ok(settings_load_text("test.conf", buffer_text(&text), text.size, &settings, &e));
	buffer_done(&text);
	return settings;
}

void
world_configure(struct world *w, const char *domain, const char *more)
{
	settings_unref(w->settings);
	w->settings = read_settings(domain, more);
}

static void
open_store(struct world *w, const char *domain)
{
	char *path = memory_format(NULL, "%s.db", scratch(domain));
	struct secret master = SECRET_INIT;
	struct error e = ERROR_INIT;

	expect_ok(seal_key_new(&master, &e));
	expect_ok(store_create(path, &e));
	expect_ok(store_open(path, &w->store, &e));
	expect_ok(keystore_create(w->store, &master, &e));
	expect_ok(keystore_open(w->store, &master, &w->keystore, &e));
	secret_done(&master);
	free(path);
}

static void
open_claims(struct world *w, const char *domain)
{
	char *path = memory_format(NULL, "%s.claims", scratch(domain));
	struct error e = ERROR_INIT;

	expect_ok(claims_open(path, &w->claims, &e));
	free(path);
}

void
world_trust(struct world *w, const struct forged *const *anchors, size_t count)
{
	static const char *const none[] = { NULL };
	struct certificates list = { NULL, 0 };
	struct trust *trust = NULL;
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < count; i++)
		expect_ok(certificates_add(&list, anchors[i]->c, &e));
	expect_ok(trust_load(none, none, &trust, &e));
	expect_ok(trust_add_anchors(trust, &list, &e));
	directory_set_trust(w->directory, trust);
	trust_unref(trust);
	certificates_done(&list);
}

struct world *
world_open(const char *domain, const char *more)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct forged *anchors[] = { world_ca() };
	struct gateway_parts parts;
	struct error e = ERROR_INIT;

	ck_assert_ptr_nonnull(w);
	w->now_ms = FORGE_NOW * 1000;
	w->clock = clock_fixed(&w->now_ms);
	w->settings = read_settings(domain, more);
	w->record = memory_format(NULL, "%s.record", scratch(domain));
	expect_ok(audit_open_io(w->record, settings_gateway_id(w->settings), &w->clock, &disk, &w->audit, &e));
	w->witness = (struct witness){ w->audit, "tester", "a test" };
	open_store(w, domain);
	expect_ok(directory_new(w->store, &w->clock, &w->directory, &e));
	world_trust(w, anchors, 1);
	open_claims(w, domain);
	office_init(&w->office);
	parts = (struct gateway_parts){ .audit = w->audit,
		.keystore = w->keystore,
		.directory = w->directory,
		.clock = &w->clock,
		.instance = "test",
		.store = w->store,
		.claims = w->claims,
		.transport = &w->office.transport,
		.copies_at_once = 1 };
	expect_ok(gateway_new(&parts, &w->gateway, &e));
	return w;
}

void
world_close(struct world *w)
{
	struct audit_report report;
	struct error e = ERROR_INIT;

	gateway_free(w->gateway);
	claims_close(w->claims);
	office_done(&w->office);
	directory_free(w->directory);
	keystore_close(w->keystore);
	store_close(w->store);
	audit_close(w->audit);
	expect_ok(audit_verify(w->record, settings_gateway_id(w->settings), &report, &e));
	ck_assert_int_eq(report.finding, AUDIT_WHOLE);
	settings_unref(w->settings);
	free(w->record);
	free(w);
}

/* ---- who is in it ---- */

const char *
world_identity(struct world *w, const struct forged *f)
{
	static char id[33];
	struct key *key = forged_key(f);
	struct error e = ERROR_INIT;

	expect_ok(keystore_key_import(w->keystore, NULL, key, f->c, NULL, false, &w->witness, id, &e));
	key_unref(key);
	return id;
}

void
world_partner(struct world *w, const char *owner, const struct forged *f)
{
	struct certificates list = { NULL, 0 };
	size_t count;
	struct error e = ERROR_INIT;

	expect_ok(certificates_add(&list, f->c, &e));
	expect_ok(partner_import(w->directory, owner, &list, LEVEL_VERIFIED, &w->witness, &count, &e));
	certificates_done(&list);
}

void
world_login(struct world *w, const char *login, const char *author)
{
	struct error e = ERROR_INIT;

	expect_ok(keystore_login_change(w->keystore, login, author, true, &w->witness, &e));
}

/* ---- the record ---- */

struct search {
	const char *event;
	struct buffer line;
	size_t count;
};

static int
remember(void *ctx, const struct json *line, struct error *e)
{
	struct search *s = ctx;
	const char *event = json_look_text(line, "event");

	s->count++;
	if (event == NULL || s->event == NULL || strcmp(event, s->event) != 0)
		return 0;
	buffer_clear(&s->line);
	return json_render(line, &s->line, e);
}

struct json *
world_last(const struct world *w, const char *event)
{
	struct search s = { .event = event, .line = BUFFER_INIT(1 << 20) };
	struct json *found = NULL;
	struct error e = ERROR_INIT;

	expect_ok(audit_each(w->record, remember, &s, &e));
	if (s.line.size > 0)
		expect_ok(json_read(s.line.data, s.line.size, &found, &e));
	buffer_done(&s.line);
	return found;
}

size_t
world_lines(const struct world *w)
{
	struct search s = { .event = NULL, .line = BUFFER_INIT(1 << 20) };
	struct error e = ERROR_INIT;

	expect_ok(audit_each(w->record, remember, &s, &e));
	return s.count;
}
