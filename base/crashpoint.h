/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CRASHPOINT_H
#define BASE_CRASHPOINT_H

/*
 * Where a program may die.  crashpoint(NAME) stands at one meaningful step and has its row in crashpoints.def; it is
 * nothing in the ordinary build.  `make FAULTS=yes` makes programs that count how often each row is reached, in the
 * file that $POSTSEAL_FAULTS names, and kill themselves where that file says so: SIGKILL, so that nothing is flushed,
 * freed or said any more.
 */
enum crashpoint {
#define CRASHPOINT(id, file, meaning) CRASHPOINT_##id,
#include "base/crashpoints.def"
#undef CRASHPOINT
	CRASHPOINT_COUNT
};

#ifdef FAULTS
void crashpoint_reached(enum crashpoint point);
#define crashpoint(id) crashpoint_reached(CRASHPOINT_##id)
#else
#define crashpoint(id) ((void)CRASHPOINT_##id) /* a name without a row does not compile in any build */
#endif

#endif
