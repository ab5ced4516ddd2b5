/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <time.h>

#include "gateway/post_private.h"

/* Several posts at once.  The thread of the message waits, and tells the MTA that it does. */

#define WORKERS_MAX 8
#define PROGRESS_SECONDS 5

struct queue {
	pthread_mutex_t mutex; /* guards next and done */
	pthread_cond_t changed;
	struct post *posts;
	size_t count, next, done;
	size_t workers; /* at most */
};

static struct post *
take(struct queue *q)
{
	struct post *post = NULL;

	(void)pthread_mutex_lock(&q->mutex);
	if (q->next < q->count)
		post = &q->posts[q->next++];
	(void)pthread_mutex_unlock(&q->mutex);
	return post;
}

static void *
work(void *ctx)
{
	struct queue *q = ctx;
	struct post *post;

	while ((post = take(q)) != NULL) {
		if (post->count > 0)
			post_send(post);
		(void)pthread_mutex_lock(&q->mutex);
		q->done++;
		(void)pthread_cond_signal(&q->changed);
		(void)pthread_mutex_unlock(&q->mutex);
	}
	return NULL;
}

/* Whoever no thread can be had for is served by this one. */
static size_t
start(struct queue *q, pthread_t *workers)
{
	size_t started = 0;

	while (started < q->workers && started < q->count &&
	    pthread_create(&workers[started], NULL, work, q) == 0)
		started++;
	if (started == 0)
		(void)work(q);
	return started;
}

/* An MTA that does not listen any more keeps the message; what is under way is waited for all the same. */
static int
wait(struct queue *q, const struct edit_ops *ops, void *ctx, struct error *e)
{
	struct timespec until;
	int rc = 0;

	(void)pthread_mutex_lock(&q->mutex);
	while (q->done < q->count) {
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += PROGRESS_SECONDS;
		if (pthread_cond_timedwait(&q->changed, &q->mutex, &until) == 0 || rc != 0)
			continue;
		(void)pthread_mutex_unlock(&q->mutex);
		rc = ops->progress(ctx, e);
		(void)pthread_mutex_lock(&q->mutex);
	}
	(void)pthread_mutex_unlock(&q->mutex);
	return rc;
}

static size_t
copies_at_once(const struct post *posts)
{
	return posts[0].message->gateway->parts.copies_at_once;
}

static void
queue_init(struct queue *q, struct post *posts, size_t count)
{
	pthread_condattr_t attributes;

	*q = (struct queue){ .posts = posts, .count = count, .workers = WORKERS_MAX };
	if (count > 0 && copies_at_once(posts) > 0 && copies_at_once(posts) < WORKERS_MAX)
		q->workers = copies_at_once(posts);
	(void)pthread_mutex_init(&q->mutex, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&q->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

int
posts_send(struct post *posts, size_t count, const struct edit_ops *ops, void *ctx, struct error *e)
{
	pthread_t workers[WORKERS_MAX];
	struct queue q;
	size_t started;
	int rc;

	queue_init(&q, posts, count);
	started = start(&q, workers);
	rc = wait(&q, ops, ctx, e);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(workers[i], NULL);
	(void)pthread_cond_destroy(&q.changed);
	(void)pthread_mutex_destroy(&q.mutex);
	for (size_t i = 0; i < count && rc == 0; i++)
		if (posts[i].error.code != ERROR_NONE)
			rc = error_set(e, posts[i].error.code, "%s", error_text(&posts[i].error));
	return rc;
}
