/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_FIRST_CONFIGURATION_H
#define CLI_FIRST_CONFIGURATION_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * first_configuration(w, out, e): the short working file that `init` writes for
 * one who has none.  Names are checked: they are written between quotes.
 */
struct first_configuration {
	const char *const *domains;  /* NULL-terminated */
	const char *trust_folder;    /* anchors and CRLs are read from folders in it */
	const char *folder;          /* state, record and sockets below it; NULL: where the system keeps such things */
	const char *user;            /* NULL: the default */
};
int first_configuration(const struct first_configuration *w, struct buffer *out, struct error *e);

#endif
