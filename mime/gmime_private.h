/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_GMIME_PRIVATE_H
#define MIME_GMIME_PRIVATE_H

/* The one place that knows how GMime starts.  Each user of it calls this first; any thread may. */
void gmime_begin(void);

#endif
