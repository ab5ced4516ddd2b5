/* SPDX-License-Identifier: BSD-2-Clause */

#include <gmime/gmime.h>
#include <pthread.h>

#include "mime/gmime_private.h"

static pthread_once_t begun = PTHREAD_ONCE_INIT;

void
gmime_begin(void)
{
	pthread_once(&begun, g_mime_init);
}
