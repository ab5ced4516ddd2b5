/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MILTER_PRIVILEGES_H
#define MILTER_PRIVILEGES_H

#include "base/error.h"

/* privileges_drop(user, e): when root, become `user` with its groups, for good; otherwise nothing. */
int privileges_drop(const char *user, struct error *e);

/* privileges_confine(e): no core, no ptrace by equals, no new privileges; after the change of user, which resets some. */
int privileges_confine(struct error *e);

/* privileges_raise_files(): as many descriptors as we may have: one a connection and more. */
void privileges_raise_files(void);

#endif
