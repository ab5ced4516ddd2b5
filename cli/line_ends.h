/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_LINE_ENDS_H
#define CLI_LINE_ENDS_H

#include <stdbool.h>

#include "base/io.h"

/* Files of this system end lines with LF, mail on its way with CRLF.  A CR elsewhere is an octet like others. */

/* LF that no CR precedes becomes CRLF, wherever the pieces are cut. */
struct to_crlf {
	struct sink *to;
	bool behind_cr;
};
int to_crlf_write(struct to_crlf *f, const void *from, size_t n, struct error *e);

/* CRLF becomes LF; to_lf_finish() writes a CR that was the last octet. */
struct to_lf {
	struct sink *to;
	bool holds_cr;
};
struct sink to_lf_sink(struct to_lf *f);
int to_lf_finish(struct to_lf *f, struct error *e);

#endif
