/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/helpers.h"
#include "tests/unit/support.h"

struct store *
open_store(const char *path)
{
	struct error e = ERROR_INIT;
	struct store *s = NULL;

	expect_ok(store_open(path, &s, &e));
	return s;
}

struct store *
fresh_store(void)
{
	const char *path = scratch("store");
	struct error e = ERROR_INIT;

	expect_ok(store_create(path, &e));
	return open_store(path);
}

int64_t
revision(struct store *s)
{
	struct error e = ERROR_INIT;
	int64_t number = -1;

	expect_ok(store_revision(s, &number, &e));
	return number;
}

struct identity_row
an_identity(const char *id)
{
	struct identity_row row = { .kind = "address", .name = "Alice Example", .created = 1700000000 };

	snprintf(row.id, sizeof row.id, "%s", id);
	return row;
}

struct key_row
a_key(const char *id, const char *identity_id, const char *public_hash)
{
	struct key_row row = { .purpose = "both", .state = "active", .algorithm = "rsa-2048",
		.sealed = { "sealed\0octets", 13 }, .created = 1700000001 };

	snprintf(row.id, sizeof row.id, "%s", id);
	snprintf(row.identity_id, sizeof row.identity_id, "%s", identity_id);
	snprintf(row.public_hash, sizeof row.public_hash, "%s", public_hash);
	return row;
}

struct key_certificate_row
a_certificate(const char *fingerprint, const char *key_id)
{
	struct key_certificate_row row = { .der = { "der", 3 }, .chain = { NULL, 0 }, .issuer_serial = HASH_B,
		.ski = "00ff", .not_before = 100, .not_after = 200, .created = 150 };

	snprintf(row.fingerprint, sizeof row.fingerprint, "%s", fingerprint);
	snprintf(row.key_id, sizeof row.key_id, "%s", key_id);
	return row;
}

struct partner_certificate_row
a_partner(const char *id, const char *owner, const char *fingerprint)
{
	struct partner_certificate_row row = { .owner = (char *)(uintptr_t)owner, .level = "pinned",
		.der = { "der", 3 }, .chain = { "chain", 5 }, .not_before = 100, .not_after = 200, .created = 150 };

	snprintf(row.id, sizeof row.id, "%s", id);
	snprintf(row.fingerprint, sizeof row.fingerprint, "%s", fingerprint);
	return row;
}

struct process
start_process(int (*body)(void *ctx), void *ctx)
{
	struct process p;
	int ends[2];
	char word;

	ck_assert_int_eq(pipe(ends), 0);
	p.pid = fork();
	ck_assert_int_ge(p.pid, 0);
	if (p.pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &word, 1) == 1 ? body(ctx) : 100);
	}
	close(ends[0]);
	p.go = ends[1];
	return p;
}

void
release_process(struct process *p)
{
	ck_assert_int_eq(write(p->go, "", 1), 1);
	close(p->go);
}

int
finish_process(struct process *p)
{
	int status = -1;

	ck_assert_int_eq(waitpid(p->pid, &status, 0), p->pid);
	return status;
}
