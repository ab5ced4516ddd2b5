/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MILTER_EDITS_H
#define MILTER_EDITS_H

#include <stdbool.h>

#include "gateway/gateway.h"

/* The gateway's edits as libmilter's calls; to be used at the end of a message only. */
struct edit_context {
	void *milter;       /* SMFICTX */
	bool leading_space; /* as negotiated: the value's leading space is ours to write */
};

extern const struct edit_ops milter_edit_ops;

#endif
