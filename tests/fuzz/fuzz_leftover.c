/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings that a killed daemon left. Whatever is in the file: it is refused and stays as it is,
 * or it is cut, by as much as is said, to what no second look would cut again. The input's first
 * byte chooses the name, the rest is the file.
 */
#include <io/leftover.h>
#include "files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Is the file the first `len` bytes of the data? */
static bool holds(const char *name, const uint8_t *data, size_t len)
{
	int fd = openat(files_dir, name, O_RDONLY | O_CLOEXEC);
	uint8_t *is = malloc(len + 1);
	bool same = is && read(fd, is, len + 1) == (ssize_t)len && !memcmp(is, data, len);

	free(is);
	close(fd);
	return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"a.pcap", "a.rtp", "a.rtcp", "a", "a.wav", ".rtp"};
	uint64_t cut, again;
	const char *name;

	if (!size)
		return 0;
	files_open();
	name = names[*data % (sizeof(names) / sizeof(*names))];
	data++;
	size--;
	files_write(name, data, size);
	if (leftover_mend(files_dir, name, &cut)) {
		demand(holds(name, data, size));
	} else {
		demand(cut <= size && holds(name, data, size - cut));
		demand(!leftover_mend(files_dir, name, &again) && !again);
	}
	return 0;
}
