/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_BEGIN_H
#define MIME_BEGIN_H

#include "base/error.h"

/*
 * mime_begin(e): do now what GMime and GLib do once, at the first use of each kind of object.  It takes thousands of
 * pieces of memory, and they end the process where there is none: for a daemon that had better be its start.  Nobody
 * else needs to call it.
 */
int mime_begin(struct error *e);

#endif
