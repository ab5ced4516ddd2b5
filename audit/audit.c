/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit_private.h"
#include "base/encoding.h"
#include "base/memory.h"

/*
 * Group commit.  Each thread queues its draft and waits.  Whoever finds nobody
 * writing becomes the leader: it takes what is queued, writes and synchronises
 * it without holding `lock`, hands out the result and wakes all.  So while one
 * batch is on its way to the disk the next gathers.
 */

/* A draft whose thread waits for it; it lives on that thread's stack. */
struct waiter {
	struct draft draft;
	struct waiter *next;
	bool done;
	int rc;
	struct error error;
};

struct audit {
	struct writer writer; /* belongs to the leader alone; clock and path never change */

	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t moved; /* a batch has ended */
	bool writing;         /* there is a leader */
	struct waiter *first, **last;
	uint64_t seq; /* the writer's position after its last batch */
	int64_t end;
	unsigned char hash[SHA256_SIZE];
};

/* ---- opening ---- */

/* With the lock, or before anybody else knows of `audit`. */
static void
publish(struct audit *audit)
{
	audit->seq = audit->writer.seq;
	audit->end = audit->writer.end;
	memcpy(audit->hash, audit->writer.hash, SHA256_SIZE);
}

static void
destroy(struct audit *audit)
{
	writer_close(&audit->writer);
	pthread_cond_destroy(&audit->moved);
	pthread_mutex_destroy(&audit->lock);
	free(audit);
}

int
audit_open_io(const char *path, const char *gateway_id, const struct clock *clock, const struct audit_io *io,
    struct audit **out, struct error *e)
{
	struct audit *audit = memory_new(1, sizeof *audit, e);

	if (audit == NULL)
		return -1;
	if (pthread_mutex_init(&audit->lock, NULL) != 0) {
		free(audit);
		return error_set(e, ERROR_NO_MEMORY, "cannot make a lock");
	}
	if (pthread_cond_init(&audit->moved, NULL) != 0) {
		pthread_mutex_destroy(&audit->lock);
		free(audit);
		return error_set(e, ERROR_NO_MEMORY, "cannot make a condition");
	}
	audit->last = &audit->first;
	if (writer_open(&audit->writer, path, gateway_id, clock, io, e) != 0) {
		destroy(audit);
		return -1;
	}
	publish(audit);
	*out = audit;
	return 0;
}

int
audit_open(const char *path, const char *gateway_id, const struct clock *clock, struct audit **out, struct error *e)
{
	return audit_open_io(path, gateway_id, clock, &audit_io_system, out, e);
}

void
audit_close(struct audit *audit)
{
	if (audit == NULL)
		return;
	pthread_mutex_lock(&audit->lock);
	while (audit->writing || audit->first != NULL)
		pthread_cond_wait(&audit->moved, &audit->lock);
	pthread_mutex_unlock(&audit->lock);
	destroy(audit);
}

/* ---- appending ---- */

/* Take the head of the queue, as much as one batch may hold but at least one.  With the lock. */
static struct waiter *
take_batch(struct audit *audit)
{
	struct waiter *batch = audit->first, *end = batch;
	size_t octets = batch->draft.rest.size;

	while (end->next != NULL && end->next->draft.rest.size + RECORD_FRAME_MAX <= LIMIT_RECORD_BATCH - octets) {
		end = end->next;
		octets += end->draft.rest.size + RECORD_FRAME_MAX;
	}
	audit->first = end->next;
	if (audit->first == NULL)
		audit->last = &audit->first;
	end->next = NULL;
	for (struct waiter *w = batch; w != NULL; w = w->next)
		w->draft.next = w->next != NULL ? &w->next->draft : NULL;
	return batch;
}

/* Called with the lock and returns with it; it is free while the batch is written. */
static void
lead(struct audit *audit)
{
	struct waiter *batch = take_batch(audit), *next;
	struct error error = ERROR_INIT;
	int rc;

	audit->writing = true;
	pthread_mutex_unlock(&audit->lock);
	rc = writer_write(&audit->writer, &batch->draft, &error);
	pthread_mutex_lock(&audit->lock);
	audit->writing = false;
	publish(audit);
	for (struct waiter *w = batch; w != NULL; w = next) {
		next = w->next; /* once it is done its thread may take it away */
		w->rc = rc;
		w->error = error;
		w->done = true;
	}
	pthread_cond_broadcast(&audit->moved);
}

static int
commit(struct audit *audit, struct waiter *w, struct error *e)
{
	pthread_mutex_lock(&audit->lock);
	*audit->last = w;
	audit->last = &w->next;
	while (!w->done) {
		if (audit->writing)
			pthread_cond_wait(&audit->moved, &audit->lock);
		else
			lead(audit);
	}
	pthread_mutex_unlock(&audit->lock);
	return w->rc == 0 ? 0 : error_set(e, w->error.code, "%s", w->error.detail);
}

int
audit_append(struct audit *audit, struct audit_event *take, struct error *e)
{
	struct waiter w = { .error = ERROR_INIT };
	int rc = -1;

	if (take == NULL)
		return error_set(e, ERROR_INTERNAL, "no event to append");
	if (draft_init(&w.draft, take, audit->writer.clock, e) == 0) {
		rc = commit(audit, &w, e);
		draft_done(&w.draft);
	}
	audit_event_free(take);
	return rc;
}

int
witness_record(const struct witness *w, struct audit_event *take, struct error *e)
{
	if (audit_put_text(take, "actor", w->actor, e) == 0 && audit_put_text(take, "reason", w->reason, e) == 0)
		return audit_append(w->audit, take, e);
	audit_event_free(take);
	return -1;
}

/* ---- looking ---- */

void
audit_position(struct audit *audit, uint64_t *out_seq, char out_hash[65])
{
	pthread_mutex_lock(&audit->lock);
	*out_seq = audit->seq;
	hex_encode(audit->hash, SHA256_SIZE, out_hash);
	pthread_mutex_unlock(&audit->lock);
}

void
audit_end(struct audit *audit, uint64_t *out_seq, int64_t *out_end)
{
	pthread_mutex_lock(&audit->lock);
	*out_seq = audit->seq;
	*out_end = audit->end;
	pthread_mutex_unlock(&audit->lock);
}

const char *
audit_path(const struct audit *audit)
{
	return audit->writer.path;
}

size_t
audit_waiting(struct audit *audit)
{
	size_t n = 0;

	pthread_mutex_lock(&audit->lock);
	for (const struct waiter *w = audit->first; w != NULL; w = w->next)
		n++;
	pthread_mutex_unlock(&audit->lock);
	return n;
}
