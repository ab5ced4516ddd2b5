/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs a fuzz entry point over every file of the folders given, without a
 * fuzzer: whole, and cut at a few lengths.  `make check` replays all seeds.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1U << 22)

static unsigned
replay_file(const char *path)
{
	static uint8_t data[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	size = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	for (unsigned quarter = 0; quarter <= 4; quarter++) {
		/* A copy of exactly this size, so that a sanitizer sees the first octet read behind it. */
		size_t n = size * quarter / 4;
		uint8_t *exact = malloc(n > 0 ? n : 1);

		if (exact == NULL)
			exit(EXIT_FAILURE);
		memcpy(exact, data, n);
		(void)LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	return 1;
}

static unsigned
replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	unsigned count = 0;

	if (dir == NULL) {
		perror(folder);
		exit(EXIT_FAILURE);
	}
	while ((entry = readdir(dir)) != NULL) {
		char path[4096];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
			count += replay_file(path);
	}
	(void)closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++)
		count += replay_folder(argv[i]);
	printf("%s: %u inputs replayed\n", argv[0], count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
