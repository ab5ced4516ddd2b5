/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_TAIL_PRIVATE_H
#define AUDIT_TAIL_PRIVATE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "crypto/digest.h"

/* Where a record ends, read from its end; the caller holds the lock of the file. */
struct tail {
	uint64_t seq;                    /* of the last line; 0 when there is none */
	unsigned char hash[SHA256_SIZE]; /* its h, or h_0 */
	off_t end;                       /* octets up to and with its line end */
	off_t torn;                      /* octets behind, of a line that was never finished */
};

/*
 * tail_read(fd, origin, out, e): the last line must hold by itself, and torn
 * octets must be how our next line would begin (or zeros, which a power failure
 * leaves): anything else is ERROR_RECORD_BROKEN, and nothing of it may be cut.
 */
int tail_read(int fd, const unsigned char origin[SHA256_SIZE], struct tail *out, struct error *e);

/*
 * head_check(fd, origin, e): does the record begin with the first line of this
 * chain?  An empty one does, and one whose first line was torn.
 */
int head_check(int fd, const unsigned char origin[SHA256_SIZE], struct error *e);

#endif
