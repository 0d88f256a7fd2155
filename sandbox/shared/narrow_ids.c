/*
 * Ids and capabilities, and the proof that they are what was asked for. Needs
 * CAP_SETUID, CAP_SETGID, CAP_SETPCAP, which are gone afterwards.
 */
#include <sys/capability.h>
#include <sys/prctl.h>

#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <unistd.h>

#include "narrow.h"
#include "sandbox.h"

#define CAP_LIMIT	64	/* more than any kernel has */

static void
set_caps(uint64_t caps)
{
	struct __user_cap_header_struct	header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct	data[2] = {
		{ .effective = (uint32_t)caps, .permitted = (uint32_t)caps },
		{ .effective = (uint32_t)(caps >> 32), .permitted = (uint32_t)(caps >> 32) },
	};

	if (capset(&header, data) == -1)
		fatal("capset");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1)
		fatal("ambient capabilities");
}

static void
cut_bounding_set(uint64_t caps)
{
	for (int cap = 0; cap < CAP_LIMIT; cap++) {
		int	has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (has == -1)
			break;		/* the kernel knows no more */
		if (has == 1 && (caps >> cap & 1) == 0 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			fatal("bounding set: capability %d", cap);
	}
}

static void
prove_caps(uint64_t caps)
{
	struct __user_cap_header_struct	header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct	data[2];
	uint64_t			effective, permitted, inheritable;

	if (capget(&header, data) == -1)
		fatal("capget");
	effective = data[0].effective | (uint64_t)data[1].effective << 32;
	permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	if (effective != caps || permitted != caps || inheritable != 0)
		fatalx("capabilities are not those of the table");
	for (int cap = 0; cap < CAP_LIMIT; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 && (caps >> cap & 1) == 0)
			fatalx("capability %d is still within reach", cap);
}

static void
prove_ids(uid_t uid, gid_t gid)
{
	uid_t	ruid, euid, suid;
	gid_t	rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) == -1 || getresgid(&rgid, &egid, &sgid) == -1)
		fatal("getresuid");
	if (ruid != uid || euid != uid || suid != uid || rgid != gid || egid != gid || sgid != gid)
		fatalx("ids are not those of the table");
	if (getgroups(0, NULL) != 0)
		fatalx("groups are left");
	if (setuid(0) != -1 || setgid(0) != -1 || setreuid((uid_t)-1, 0) != -1)
		fatalx("the way back to root is open");
}

void
narrow_ids(const struct row *row, uid_t uid, gid_t gid)
{
	cut_bounding_set(row->caps);
	/* No program that it might ever run as root would get capabilities for that. */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS |
	    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED, 0, 0, 0) == -1)
		fatal("PR_SET_SECUREBITS");
	if (setgroups(0, NULL) == -1)
		fatal("setgroups");
	if (setresgid(gid, gid, gid) == -1)
		fatal("setresgid");
	if (setresuid(uid, uid, uid) == -1)
		fatal("setresuid");
	set_caps(row->caps);
	prove_ids(uid, gid);
	prove_caps(row->caps);
}

void
narrow_caps(uint64_t caps)
{
	cut_bounding_set(caps);
	set_caps(caps);
	prove_caps(caps);
}
