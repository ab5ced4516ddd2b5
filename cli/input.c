/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"

#define INPUT_MAX ((size_t)LIMIT_CERTIFICATES * LIMIT_CERTIFICATE_SIZE)

static int
open_input(const char *path, struct error *e)
{
	int fd;

	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		error_set_errno(e, ERROR_IO, "%s", path);
	return fd;
}

static void
close_input(int fd)
{
	if (fd != STDIN_FILENO)
		(void)close(fd);
}

int
input_certificates(const char *path, struct certificates *list, struct error *e)
{
	struct buffer text = BUFFER_INIT(INPUT_MAX);
	int fd = open_input(path, e), rc;

	if (fd < 0)
		return -1;
	rc = file_read_fd(fd, path, INPUT_MAX, &text, e);
	close_input(fd);
	if (rc == 0 && (rc = certificates_read(text.data, text.size, list, e)) != 0)
		(void)error_context(e, "%s", path);
	buffer_done(&text);
	return rc;
}

/* Every octet: the last one of a DER file may look like a line end. */
static int
read_whole(int fd, struct secret *to, struct error *e)
{
	size_t used = 0;

	while (used < to->size) {
		ssize_t n = read(fd, to->data + used, to->size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(e, ERROR_IO, "read");
		if (n == 0)
			break;
		used += (size_t)n;
	}
	if (used == to->size)
		return error_set(e, ERROR_TOO_LARGE, "more than %d octets are no key", SECRET_MAX - 1);
	to->size = used;
	return used > 0 ? 0 : error_set(e, ERROR_KEY_SYNTAX, "the file is empty");
}

int
input_secret(const char *path, struct secret *out, struct error *e)
{
	struct secret all = SECRET_INIT;
	int fd = open_input(path, e), rc;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		(void)fprintf(stderr, "postseal: %s: others may read this file (mode %04o): chmod 0600, and delete it when done\n",
		    path, (unsigned)(st.st_mode & 07777));
	rc = secret_init(&all, SECRET_MAX, e);
	if (rc == 0)
		rc = read_whole(fd, &all, e);
	close_input(fd);
	if (rc == 0) {
		*out = all;
		return 0;
	}
	secret_done(&all);
	return error_context(e, "%s", path);
}

int
input_passphrase(const char *file, const char *prompt, struct secret *out, struct error *e)
{
	return file != NULL ? secret_read_file(file, out, e) : secret_prompt(prompt, out, e);
}
