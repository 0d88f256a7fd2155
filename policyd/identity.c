/*
 * See identity.h. Called by framework.c for each program that is told. A cgroup's name
 * counts as proven only where root made it; users name their own.
 */
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "identity.h"

static bool
name(char out[IDENTITY_BYTES], const char *kind, struct cgroup_part p)
{
	int n = snprintf(out, IDENTITY_BYTES, "%s%.*s", kind, (int)p.len, p.text);

	return p.len > 0 && n > 0 && n < IDENTITY_BYTES;
}

/* The snap whose folder holds the program's proven file: snapd, as root, put it there. */
static struct cgroup_part
snap_of(const struct program *p)
{
	static const char *const folders[] = { "/snap/", "/var/lib/snapd/snap/" };
	const uint32_t wanted = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;
	struct cgroup_part path = { p->path, p->path_len };

	for (size_t i = 0; i < 2 && (p->flags & wanted) == wanted; i++)
		if (cgroup_begins(path, folders[i])) {
			const char *rest = p->path + strlen(folders[i]);

			return cgroup_next(&rest);
		}
	return (struct cgroup_part){ "", 0 };
}

/* In mounts of its own. *end: so much of the cgroup's path names it. */
static bool
container_of(const struct program *p, char out[IDENTITY_BYTES], size_t *end)
{
	struct cgroup_container c;

	if (!(p->flags & PROCESS_OWN_MOUNTS) || !cgroup_container(p->cgroup, &c))
		return false;
	(void)snprintf(out, IDENTITY_BYTES, "container:%s/%s", c.engine, c.name);
	*end = c.end;
	return true;
}

/* "container:ENGINE" of "container:ENGINE/NAME". */
static void
engine_of(char out[IDENTITY_BYTES], const char *container)
{
	size_t len = strcspn(container, "/");

	memcpy(out, container, len);
	out[len] = '\0';
}

unsigned
identity_proven(const struct program *p, char out[IDENTITIES][IDENTITY_BYTES])
{
	static const char slice[] = "/system.slice/";
	char container[IDENTITY_BYTES];
	size_t end;
	bool contained = container_of(p, container, &end) && end <= p->cgroup_root;
	unsigned n = 0;

	n += name(out[n], "snap:", snap_of(p));
	if (contained)
		memcpy(out[n++], container, IDENTITY_BYTES);
	if ((p->flags & PROCESS_ROOT_CGROUP) && strncmp(p->cgroup, slice, sizeof slice - 1) == 0)
		n += name(out[n], "systemd:", cgroup_unit_below(p->cgroup + sizeof slice - 1));
	if (contained)
		engine_of(out[n++], container);
	return n;
}

/* app-flatpak-APPID-NUMBER.scope */
static struct cgroup_part
flatpak_of(struct cgroup_part unit)
{
	static const char begin[] = "app-flatpak-";
	const char *dash;

	if (!cgroup_begins(unit, begin) || !cgroup_ends(unit, ".scope"))
		return (struct cgroup_part){ "", 0 };
	unit.text += sizeof begin - 1;
	unit.len -= sizeof begin - 1 + strlen(".scope");
	dash = memrchr(unit.text, '-', unit.len);
	if (dash == NULL)
		return (struct cgroup_part){ "", 0 };
	return (struct cgroup_part){ unit.text, (size_t)(dash - unit.text) };
}

/* /tmp/.mount_NAMExxxxxx/...: up to six letters of the image's name, and six by chance. */
static struct cgroup_part
appimage_of(const struct program *p)
{
	static const char begin[] = "/tmp/.mount_";
	struct cgroup_part path = { p->path, p->path_len }, none = { "", 0 }, folder;
	const char *rest;

	if (!cgroup_begins(path, begin))
		return none;
	rest = p->path + sizeof begin - 1;
	folder = cgroup_next(&rest);
	if (*rest != '/' || folder.len <= 6)
		return none;
	folder.len -= 6;
	return folder;
}

unsigned
identity_claimed(const struct program *p, char out[IDENTITIES][IDENTITY_BYTES])
{
	struct cgroup_part unit = cgroup_user_unit(p->cgroup), flatpak = flatpak_of(unit);
	unsigned n = 0;
	size_t end;

	if (container_of(p, out[0], &end) && end > p->cgroup_root) {
		engine_of(out[1], out[0]);
		n = 2;
	}
	if (name(out[n], "appimage:", appimage_of(p)))
		return n + 1;
	if (flatpak.len > 0 && (p->flags & PROCESS_OWN_MOUNTS))
		return n + name(out[n], "flatpak:", flatpak);
	return n + name(out[n], "systemd-user:", unit);
}

bool
identity_by_cgroup(const char *text)
{
	return strncmp(text, "systemd:", 8) == 0 || strncmp(text, "systemd-user:", 13) == 0 ||
	    strncmp(text, "flatpak:", 8) == 0 || strncmp(text, "container:", 10) == 0;
}

bool
identity_is_known(const char *text)
{
	static const char *const kinds[] = { "systemd:", "systemd-user:", "flatpak:", "snap:", "appimage:",
		"script:" };

	if (strncmp(text, "container:", 10) == 0)
		return cgroup_container_known(text + 10);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		size_t len = strlen(kinds[i]);

		if (strncmp(text, kinds[i], len) == 0)
			return text[len] != '\0' && strlen(text) < IDENTITY_BYTES;
	}
	return false;
}

static bool
is_below(const char *path, size_t len, const char *folder)
{
	size_t n = strlen(folder);

	return len > n && memcmp(path, folder, n) == 0 && path[n] == '/';
}

bool
identity_safe_file(uint32_t flags, const char *path, size_t len)
{
	return (flags & PROCESS_ROOT_FILE) && (flags & PROCESS_SAFE_MODE) && !is_below(path, len, "/tmp") &&
	    !is_below(path, len, "/var/tmp") && !is_below(path, len, "/dev/shm");
}
