/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_DESCRIBE_PRIVATE_H
#define GATEWAY_DESCRIBE_PRIVATE_H

#include "gateway/gateway_private.h"
#include "gateway/members_private.h"

/* A message in words: describe.c as a whole, describe_layers.c and describe_headers.c its protection. */
void describe_message(const struct gateway_message *m, struct members *to);
void describe_session(const struct gateway_message *m, struct members *to);
void describe_reply(enum verdict verdict, const struct error *why, struct members *to);
const char *describe_reason(const struct gateway_message *m);
const char *describe_direction(const struct gateway_message *m);

/* describe_body(m, b, done, to): what was made of the message for some; `done`: it went on.  `b` may be NULL. */
void describe_body(const struct gateway_message *m, const struct body *b, bool done, struct members *to);

/* describe_copies.c: bodies beside the message itself, and how each recipient was served. */
void describe_copies(const struct gateway_message *m, struct members *to);
void describe_handover(const struct gateway_message *m, size_t recipient, struct members *to);

void describe_layers(const struct body *b, struct members *to);
void describe_headers(const struct body *b, struct members *to);
void describe_signature(const struct body *b, struct members *to);

/* describe_setting(setting, e): "NAME = VALUE (file:line, section)" … as an object. */
void describe_setting(const struct value *setting, struct members *to);

#endif
