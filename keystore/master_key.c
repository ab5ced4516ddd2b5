/* SPDX-License-Identifier: BSD-2-Clause */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crashpoint.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/memory.h"
#include "crypto/seal.h"
#include "keystore/keystore.h"

/*
 * The master key at rest: 64 hexadecimal digits and a line end, so that it can
 * be printed, typed and stored as a systemd credential.
 */
#define TEXT_SIZE ((size_t)2 * SEAL_KEY_SIZE + 1)

int
master_key_create(const char *path, struct error *e)
{
	struct secret key = SECRET_INIT, text = SECRET_INIT;
	int rc = -1;

	if (seal_key_new(&key, e) != 0 || secret_init(&text, TEXT_SIZE, e) != 0)
		goto out;
	crashpoint(MASTER_KEY_MADE);
	hex_encode(key.data, key.size, (char *)text.data);
	text.data[TEXT_SIZE - 1] = '\n'; /* where hex_encode() put its NUL */
	rc = file_create_for_folder(path, text.data, text.size, 0400, e);
out:
	secret_done(&key);
	secret_done(&text);
	if (rc != 0)
		error_context(e, "master key %s", path);
	return rc;
}

/*
 * A credential of systemd.exec(5): its folder is ours alone, but the file may show the group bits of an access
 * list, so its mode is no measure.
 */
static int
read_credential(const char *name, struct secret *text, struct error *e)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char *path;
	int fd, rc;

	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return error_set(e, ERROR_CONFIGURATION, "\"%s\" is no name of a credential", name);
	if (folder == NULL)
		return error_set(e, ERROR_CONFIGURATION,
		    "there is no $CREDENTIALS_DIRECTORY: set LoadCredential= in the service, or name a file");
	path = memory_format(e, "%s/%s", folder, name);
	if (path == NULL)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	rc = fd < 0 ? error_set_errno(e, ERROR_CONFIGURATION, "%s", path) : secret_read_fd(fd, text, e);
	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

int
master_key_read(const char *where, struct secret *out, struct error *e)
{
	static const char prefix[] = "credential:";
	struct secret text = SECRET_INIT, key = SECRET_INIT;
	int rc;

	if (strncmp(where, prefix, strlen(prefix)) == 0)
		rc = read_credential(where + strlen(prefix), &text, e);
	else
		rc = secret_read_file(where, &text, e);
	if (rc == 0)
		rc = secret_init(&key, SEAL_KEY_SIZE, e);
	if (rc == 0 && (text.size != TEXT_SIZE - 1 || /* without its line end */
	    hex_decode((const char *)text.data, text.size, key.data, key.size) != 0))
		rc = error_set(e, ERROR_CONFIGURATION, "it is not a master key: %zu hexadecimal digits are wanted",
		    TEXT_SIZE - 1);
	if (rc == 0) {
		*out = key;
		key = (struct secret)SECRET_INIT;
	} else
		error_context(e, "master key %s", where);
	secret_done(&text);
	secret_done(&key);
	return rc;
}
