/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See privileges.h. */
#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <daemon/privileges.h>

/* Who -u names; a user alone brings its own group, a group alone (:group) no user: (uid_t)-1. */
static int find_user(const char *name, uid_t *uid, gid_t *gid, char *error, size_t size)
{
	const char *colon = strchr(name, ':');
	char user[64];
	const struct passwd *pw;
	const struct group *gr;

	snprintf(user, sizeof(user), "%.*s", colon ? (int)(colon - name) : (int)strlen(name), name);
	pw = colon == name ? NULL : getpwnam(user);
	if (!pw && colon != name) {
		snprintf(error, size, "-u %s: there is no user '%s'", name, user);
		return -ENOENT;
	}
	*uid = pw ? pw->pw_uid : (uid_t)-1;
	*gid = pw ? pw->pw_gid : (gid_t)-1;
	if (!colon)
		return 0;
	gr = getgrnam(colon + 1);
	if (!gr) {
		snprintf(error, size, "-u %s: there is no group '%s'", name, colon + 1);
		return -ENOENT;
	}
	*gid = gr->gr_gid;
	return 0;
}

/* CAP_SYS_ADMIN stands for what was taken out of it in Linux 5.8. */
static bool has(unsigned int capability, bool of_admin)
{
	return capng_have_capability(CAPNG_EFFECTIVE, capability) ||
	       (of_admin && capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN));
}

/* What the daemon needs as long as it runs. */
static const struct {
	const char *name;
	unsigned int capability;
	bool of_admin;
} needed[] = {
	{"CAP_BPF", CAP_BPF, true},
	{"CAP_PERFMON", CAP_PERFMON, true},
	{"CAP_NET_ADMIN", CAP_NET_ADMIN, false},
	{"CAP_NET_RAW", CAP_NET_RAW, false},
};

#define NEEDED (sizeof(needed) / sizeof(needed[0]))

int privileges_check(char *error, size_t size)
{
	char missing[80] = "";

	for (unsigned int i = 0; i < NEEDED; i++) {
		if (has(needed[i].capability, needed[i].of_admin))
			continue;
		strcat(missing, missing[0] ? ", " : "");
		strcat(missing, needed[i].name);
	}
	if (!missing[0])
		return 0;
	snprintf(error, size,
		 "these capabilities are missing: %s; run as root, or give them (setcap, or "
		 "AmbientCapabilities= of systemd)",
		 missing);
	return -EPERM;
}

/* No process may have more files than the sysctl fs.nr_open says. */
static void limit_error(unsigned int wanted, int err, char *error, size_t size)
{
	FILE *file = fopen("/proc/sys/fs/nr_open", "r");
	unsigned int most = 0;

	if (file) {
		if (fscanf(file, "%u", &most) != 1)
			most = 0;
		fclose(file);
	}
	if (most && wanted > most)
		snprintf(
			error, size,
			"-L %u is more than a process may have, %u: ask for less, or raise it with "
			"`sysctl fs.nr_open=%u`",
			wanted, most, wanted);
	else
		snprintf(error, size, "-L %u: %s", wanted, strerror(err));
}

int privileges_schedule(struct options *options, char *error, size_t size)
{
	const struct sched_param param = {.sched_priority = 50};
	struct rlimit files;

	/* Recordings want descriptors: without -L as many as there may be. */
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	if (options->nofile)
		files = (struct rlimit){options->nofile, options->nofile};
	if (setrlimit(RLIMIT_NOFILE, &files) && options->nofile) {
		limit_error(options->nofile, errno, error, size);
		return -EPERM;
	}
	if (options->scheduler != SCHED_OTHER && sched_setscheduler(0, options->scheduler, &param))
		options_warn(options, "-c: real-time scheduling is not allowed here (it needs "
				      "CAP_SYS_NICE): it goes on without");
	if (options->nice && setpriority(PRIO_PROCESS, 0, options->nice)) {
		snprintf(error, size, "--nice %d: %s", options->nice, strerror(errno));
		return -EPERM;
	}
	return 0;
}

int privileges_files(const struct options *options, struct control_files *files, char *error,
		     size_t size)
{
	*files = (struct control_files){CONTROL_UNIX_MODE, (uid_t)-1, (gid_t)-1};
	if (!options->user)
		return 0;
	if (strchr(options->user, ':'))
		files->mode = options->socket_mode;
	return find_user(options->user, &files->uid, &files->gid, error, size);
}

/* What the user meets at the directory: 0 or errno. Any other trouble is left to the start. */
static int dir_as_user(const char *dir, uid_t uid, gid_t gid)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (setgroups(0, NULL) || setgid(gid) || setuid(uid))
			_exit(0);
		_exit(access(dir, W_OK | X_OK) ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 0;
	return WEXITSTATUS(status);
}

int privileges_dirs(const struct options *options, char *error, size_t size)
{
	const char *dirs[] = {options->record_dir, options->spool_dir};
	uid_t uid;
	gid_t gid;
	int err;

	if (!options->user)
		return 0;
	err = find_user(options->user, &uid, &gid, error, size);
	for (int i = 0; i < 2 && !err && uid != (uid_t)-1; i++) {
		err = dirs[i] ? -dir_as_user(dirs[i], uid, gid) : 0;
		if (err)
			snprintf(error, size,
				 "recordings cannot be put into %s by the user of -u %s: %s; chown "
				 "it to the user",
				 dirs[i], options->user, strerror(-err));
	}
	return err;
}

/* The kernel takes root's rights on files away, and gives them back, with the user. */
void privileges_files_as_user(const struct options *options, bool as_user)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	char ignored[256];

	if (!options->user || find_user(options->user, &uid, &gid, ignored, sizeof(ignored)))
		return;
	setfsgid(as_user && gid != (gid_t)-1 ? gid : getegid());
	setfsuid(as_user && uid != (uid_t)-1 ? uid : geteuid());
}

/*
 * Chooses what is kept, of what there is. Root, whose files and directories may be of others, also
 * keeps the right to work in these. `bound`: may the bounding set be shrunk?
 */
static int choose_capabilities(bool stays_root, bool *bound)
{
	bool kept[NEEDED], files;

	if (capng_get_caps_process())
		return -EIO;
	for (unsigned int i = 0; i < NEEDED; i++)
		kept[i] = capng_have_capability(CAPNG_PERMITTED, needed[i].capability);
	*bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	files = stays_root && capng_have_capability(CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned int i = 0; i < NEEDED; i++)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			     kept[i] ? needed[i].capability : CAP_SYS_ADMIN);
	if (files)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	return 0;
}

/* Takes the capabilities, and with -u the user. 0 or -1 with errno. */
static int become(uid_t uid, gid_t gid, bool bound)
{
	if (uid != (uid_t)-1)
		return capng_change_id((int)uid, (int)gid,
				       CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	if (gid != (gid_t)-1 && setgid(gid))
		return -1;
	return capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT |
			   (bound ? CAPNG_SELECT_BOUNDS : 0));
}

int privileges_drop(const struct options *options, char *error, size_t size)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	bool bound;
	int err = 0;

	if (options->user)
		err = find_user(options->user, &uid, &gid, error, size);
	if (err)
		return err;
	errno = 0;
	err = choose_capabilities(uid == (uid_t)-1 && !geteuid(), &bound);
	if (!err && !become(uid, gid, bound) && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 0;
	err = errno ? errno : EPERM;
	if (options->user)
		snprintf(error, size, "-u %s: the user cannot be changed: %s", options->user,
			 strerror(err));
	else
		snprintf(error, size, "the capabilities cannot be given up: %s", strerror(err));
	return -EPERM;
}
