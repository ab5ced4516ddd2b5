/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_MEMBERS_PRIVATE_H
#define GATEWAY_MEMBERS_PRIVATE_H

#include <stdint.h>

#include "audit/audit.h"
#include "base/json.h"

/*
 * The members that describe a message, put into a line of the record and into a
 * report alike.  The first failure stays, so that a caller need look only once.
 */
struct members {
	struct audit_event *event; /* one of these two */
	struct json *object;
	const char *only;          /* names that are wanted, each with a blank around it; NULL: all */
	int rc;
	struct error *e;
};

void put_text(struct members *to, const char *name, const char *value);  /* NULL: left out */
void put_number(struct members *to, const char *name, int64_t value);
void put_bool(struct members *to, const char *name, bool value);
void put_address(struct members *to, const char *name, const struct address *a);
void put_take(struct members *to, const char *name, struct json *take);  /* NULL: a failure already */

/* begin_object(to), end_object(one, list, to): an object that goes to the end of the array `list` of `to`. */
struct members begin_object(const struct members *to);
void end_object(struct members *one, struct json *list, struct members *to);

#endif
