/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file. Whatever is in it, it is taken, with options that hold together, or
 * refused with a sentence that names the file. Values are kept as long as a process lives, so the
 * sanitizer is not to call them leaks.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <daemon/options.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void demand(bool right)
{
	if (!right)
		abort();
}

static void check_taken(const struct options *o)
{
	static struct engine_config config; /* large */

	demand(o->port_min >= 1 && o->port_min <= o->port_max && o->port_max <= 65535);
	demand(o->socket_count >= 1 && o->socket_count <= OPTIONS_SOCKETS);
	demand(o->notify_count <= OPTIONS_NOTIFY && o->warning_count <= OPTIONS_WARNINGS);
	demand(o->setup_ttl && o->tos < 256 && o->ctl_path && o->pin_root && o->pid_file);
	demand(!o->spool_dir || o->record_dir);
	demand(o->allow.count <= CIDR_LIST && o->allow_copy.count <= CIDR_LIST);
	demand(!o->prompt_dir || *o->prompt_dir);
	for (unsigned int i = 0; i < o->socket_count; i++)
		demand(o->sockets[i] && *o->sockets[i]);
	memset(&config, 0, sizeof(config));
	options_addresses(o, &config);
	demand(config.address_count >= 1 && config.address_count <= ENGINE_ADDRESSES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct options options; /* large */
	char path[64], name[] = "xdp-rtpproxy", config[] = "--config", error[512] = "";
	char *argv[] = {name, config, path, NULL};
	int fd = memfd_create("config", MFD_CLOEXEC);

	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!options_parse(&options, 3, argv, error, sizeof(error)))
		check_taken(&options);
	else
		demand(strlen(error) > 0 && strlen(error) < sizeof(error));
	options_release(&options);
	close(fd);
	return 0;
}
