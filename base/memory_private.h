/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_MEMORY_PRIVATE_H
#define BASE_MEMORY_PRIVATE_H

/*
 * memory_refused(): count one allocation; 1 when memory_fail_at() asks that
 * this one fails.  For the files of base/ that get memory elsewhere.
 */
int memory_refused(void);

#endif
