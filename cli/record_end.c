/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/record_end.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"

static int
parse(const char *line, size_t n, struct record_end *out, struct error *e)
{
	struct json *json = NULL;
	const char *time;
	int rc = -1;

	if (json_read(line, n, &json, e) != 0)
		return error_context(e, "the last line");
	time = json_look_text(json, "time");
	if (time == NULL || json_look_number(json, "seq", &out->seq) != 0) {
		(void)error_set(e, ERROR_RECORD_BROKEN, "the last line has no seq and time");
	} else {
		(void)snprintf(out->time, sizeof(out->time), "%s", time);
		rc = 0;
	}
	json_release(json);
	return rc;
}

static int
find_last(const char *data, size_t n, struct record_end *out, struct error *e)
{
	const char *end = memrchr(data, '\n', n), *before;

	out->torn = end == NULL || end != data + n - 1;
	if (end == NULL)
		return error_set(e, ERROR_RECORD_BROKEN, "no whole line at its end");
	before = memrchr(data, '\n', (size_t)(end - data));
	if (before == NULL)
		before = data - 1;
	return parse(before + 1, (size_t)(end - before - 1), out, e);
}

/* Two lines at most: a whole one, and a torn one behind. */
static int
read_end(int fd, struct record_end *out, struct error *e)
{
	size_t want = 2 * (size_t)LIMIT_RECORD_LINE;
	struct stat st;
	ssize_t n;
	char *data;
	int rc;

	if (fstat(fd, &st) != 0)
		return error_set_errno(e, ERROR_IO, "stat");
	if (st.st_size == 0)
		return 0;
	if ((uintmax_t)st.st_size < want)
		want = (size_t)st.st_size;
	data = memory_new(want, 1, e);
	if (data == NULL)
		return -1;
	n = pread(fd, data, want, st.st_size - (off_t)want);
	rc = n > 0 ? find_last(data, (size_t)n, out, e) : error_set_errno(e, ERROR_IO, "read");
	free(data);
	return rc;
}

int
record_end_read(const char *path, struct record_end *out, struct error *e)
{
	struct record_end end = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY), rc;

	if (fd < 0)
		return error_set_errno(e, ERROR_IO, "%s", path);
	rc = read_end(fd, &end, e);
	(void)close(fd);
	if (rc != 0)
		return error_context(e, "%s", path);
	*out = end;
	return 0;
}
