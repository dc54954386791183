/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target over a committed corpus, without libFuzzer: so each plain test run repeats
 * every input that once mattered. Arguments: files, or directories of files. A crash or a sanitizer
 * report ends the program; no input at all is a failure, too.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int inputs;

/* The input gets a heap block of exactly its size, so that the sanitizer sees one byte too far. */
static int replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1);
	int rc = -1;

	if (!file || !data || fread(data, 1, size, file) != size) {
		fprintf(stderr, "replay: cannot read %s: %s\n", path, strerror(errno));
	} else {
		LLVMFuzzerTestOneInput(data, size);
		inputs++;
		rc = 0;
	}
	if (file)
		fclose(file);
	free(data);
	return rc;
}

static int replay_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!dir) {
		fprintf(stderr, "replay: cannot open %s: %s\n", path, strerror(errno));
		return -1;
	}
	while ((entry = readdir(dir))) {
		char file[4096];
		struct stat st;

		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (!stat(file, &st) && S_ISREG(st.st_mode) &&
		    replay_file(file, (size_t)st.st_size))
			rc = -1;
	}
	closedir(dir);
	return rc;
}

int main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st)) {
			fprintf(stderr, "replay: %s: %s\n", argv[i], strerror(errno));
			rc = -1;
		} else if (S_ISDIR(st.st_mode)) {
			rc |= replay_directory(argv[i]);
		} else {
			rc |= replay_file(argv[i], (size_t)st.st_size);
		}
	}
	if (!inputs)
		fprintf(stderr, "replay: no input\n");
	else
		printf("replay: %u inputs\n", inputs);
	return rc || !inputs;
}
