/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "base/random.h"
#include "mime/boundary.h"

int
boundary_make(char to[BOUNDARY_SIZE], struct error *e)
{
	char id[RANDOM_ID_SIZE];

	if (random_id(id, e) != 0)
		return -1;
	snprintf(to, BOUNDARY_SIZE, "postseal-%s", id);
	return 0;
}
