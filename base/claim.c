/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/claim.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"

/* A lock belongs to an open file, and asking through the same one overlooks it: hence two. */
struct claims {
	int holder, asker;
};

/* ---- the file ---- */

static int
open_file(const char *path, struct error *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0)
		return error_set_errno(e, ERROR_IO, "%s", path);
	if (fstat(fd, &st) != 0)
		error_set_errno(e, ERROR_IO, "%s", path);
	else if (!S_ISREG(st.st_mode))
		error_set(e, ERROR_IO, "%s is not a file", path);
	else if (file_take_folder_owner(fd, path, e) == 0)
		return fd;
	close(fd);
	return -1;
}

int
claims_open(const char *path, struct claims **out, struct error *e)
{
	struct claims *c = memory_new(1, sizeof *c, e);

	if (c == NULL)
		return -1;
	c->asker = -1;
	c->holder = open_file(path, e);
	if (c->holder >= 0)
		c->asker = open_file(path, e);
	if (c->asker < 0) {
		claims_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

void
claims_close(struct claims *c)
{
	if (c == NULL)
		return;
	if (c->holder >= 0)
		close(c->holder);
	if (c->asker >= 0)
		close(c->asker);
	free(c);
}

/* ---- claims ---- */

#define OCTETS ((CLAIM_SIZE - 1) / 2)

/* The octet that a claim locks; two claims share one as rarely as two random numbers of 62 bits are the same. */
static int
octet_of(const char *claim, struct flock *out)
{
	unsigned char octets[OCTETS];
	uint64_t number = 0;

	if (hex_decode(claim, strlen(claim), octets, sizeof octets) != 0)
		return -1;
	for (size_t i = 0; i < sizeof octets; i++)
		number = number << 8 | octets[i];
	*out = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	out->l_start = (off_t)(number & (UINT64_MAX >> 2));
	return 0;
}

int
claim_take(struct claims *c, char to[CLAIM_SIZE], struct error *e)
{
	unsigned char octets[OCTETS];
	char claim[CLAIM_SIZE];
	struct flock lock;

	if (random_octets(octets, sizeof octets, e) != 0)
		return -1;
	hex_encode(octets, sizeof octets, claim);
	if (octet_of(claim, &lock) != 0 || fcntl(c->holder, F_OFD_SETLK, &lock) != 0)
		return error_set_errno(e, ERROR_IO, "a claim cannot be locked");
	memcpy(to, claim, sizeof claim);
	return 0;
}

void
claim_drop(struct claims *c, const char *claim)
{
	struct flock lock;

	if (octet_of(claim, &lock) != 0)
		return;
	lock.l_type = F_UNLCK;
	(void)fcntl(c->holder, F_OFD_SETLK, &lock);
}

int
claim_is_held(const struct claims *c, const char *claim, bool *out, struct error *e)
{
	struct flock lock;

	if (octet_of(claim, &lock) != 0) {
		*out = false;
		return 0;
	}
	if (fcntl(c->asker, F_OFD_GETLK, &lock) != 0)
		return error_set_errno(e, ERROR_IO, "a claim cannot be asked for");
	*out = lock.l_type != F_UNLCK;
	return 0;
}
