/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/crashpoint.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the test and its programs share: tests/faults/control.py has the same picture. */
struct control {
	_Atomic uint32_t row;  /* to die at, counted from 1; 0: nowhere */
	_Atomic uint32_t left; /* times that it is still to be reached, this one included */
	_Atomic uint32_t reached[CRASHPOINT_COUNT];
};

static struct control *control;

static void
find_control(void)
{
	const char *path = getenv("POSTSEAL_FAULTS");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at = fd >= 0 ? mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (at != MAP_FAILED)
		control = at;
	if (fd >= 0)
		close(fd);
}

void
crashpoint_reached(enum crashpoint point)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_control);
	if (control == NULL)
		return;
	atomic_fetch_add(&control->reached[point], 1);
	if (atomic_load(&control->row) == (uint32_t)point + 1 && atomic_fetch_sub(&control->left, 1) == 1)
		kill(getpid(), SIGKILL);
}
