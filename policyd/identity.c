/*
 * See identity.h. Called by framework.c for each program that is told. A cgroup's name
 * counts as proven only where root made it; users name their own.
 */
#include <stdio.h>
#include <string.h>

#include "identity.h"

struct part {
	const char	*text;
	size_t		 len;
};

static bool
ends_with(struct part p, const char *end)
{
	size_t len = strlen(end);

	return p.len > len && memcmp(p.text + p.len - len, end, len) == 0;
}

static bool
begins_with(struct part p, const char *begin)
{
	size_t len = strlen(begin);

	return p.len > len && memcmp(p.text, begin, len) == 0;
}

/* The next part of a path, "" at its end; path moves on. */
static struct part
next_part(const char **path)
{
	struct part p;

	*path += strspn(*path, "/");
	p = (struct part){ *path, strcspn(*path, "/") };
	*path += p.len;
	return p;
}

/* The first part that is a unit of services, not a slice. */
static struct part
unit_below(const char *path)
{
	struct part p = next_part(&path);

	while (p.len > 0 && ends_with(p, ".slice"))
		p = next_part(&path);
	return p.len > 0 && (ends_with(p, ".service") || ends_with(p, ".scope") || ends_with(p, ".socket") ||
	    ends_with(p, ".mount") || ends_with(p, ".swap")) ? p : (struct part){ "", 0 };
}

static size_t
name(char out[IDENTITY_BYTES], const char *kind, struct part p)
{
	int n = snprintf(out, IDENTITY_BYTES, "%s%.*s", kind, (int)p.len, p.text);

	return p.len == 0 || n <= 0 || n >= IDENTITY_BYTES ? 0 : (size_t)n;
}

/* The snap whose folder holds the program's proven file: snapd, as root, put it there. */
static struct part
snap_of(const struct program *p)
{
	static const char *const folders[] = { "/snap/", "/var/lib/snapd/snap/" };
	const uint32_t wanted = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;
	struct part path = { p->path, p->path_len };

	for (size_t i = 0; i < 2 && (p->flags & wanted) == wanted; i++)
		if (begins_with(path, folders[i])) {
			const char *rest = p->path + strlen(folders[i]);

			return next_part(&rest);
		}
	return (struct part){ "", 0 };
}

size_t
identity_proven(const struct program *p, char out[IDENTITY_BYTES])
{
	static const char slice[] = "/system.slice/";
	struct part cgroup = { p->cgroup, p->cgroup_len };
	size_t len = name(out, "snap:", snap_of(p));

	if (len > 0)
		return len;
	if ((p->flags & PROCESS_ROOT_CGROUP) && begins_with(cgroup, slice))
		return name(out, "systemd:", unit_below(p->cgroup + sizeof slice - 1));
	return 0;
}

/* What stands below a user's own service manager. */
static struct part
user_unit(const struct program *p)
{
	const char *path = p->cgroup;
	struct part part = next_part(&path);

	if (part.len != 10 || memcmp(part.text, "user.slice", 10) != 0)
		return (struct part){ "", 0 };
	while (part.len > 0 && !(begins_with(part, "user@") && ends_with(part, ".service")))
		part = next_part(&path);
	return unit_below(path);
}

/* app-flatpak-APPID-NUMBER.scope */
static struct part
flatpak_of(struct part unit)
{
	static const char begin[] = "app-flatpak-";
	const char *dash;

	if (!begins_with(unit, begin) || !ends_with(unit, ".scope"))
		return (struct part){ "", 0 };
	unit.text += sizeof begin - 1;
	unit.len -= sizeof begin - 1 + strlen(".scope");
	dash = memrchr(unit.text, '-', unit.len);
	if (dash == NULL)
		return (struct part){ "", 0 };
	return (struct part){ unit.text, (size_t)(dash - unit.text) };
}

/* /tmp/.mount_NAMExxxxxx/...: up to six letters of the image's name, and six by chance. */
static struct part
appimage_of(const struct program *p)
{
	static const char begin[] = "/tmp/.mount_";
	struct part path = { p->path, p->path_len }, none = { "", 0 }, folder;
	const char *rest;

	if (!begins_with(path, begin))
		return none;
	rest = p->path + sizeof begin - 1;
	folder = next_part(&rest);
	if (*rest != '/' || folder.len <= 6)
		return none;
	folder.len -= 6;
	return folder;
}

size_t
identity_claimed(const struct program *p, char out[IDENTITY_BYTES])
{
	struct part unit = user_unit(p), flatpak = flatpak_of(unit);
	size_t len = name(out, "appimage:", appimage_of(p));

	if (len > 0)
		return len;
	if (flatpak.len > 0 && (p->flags & PROCESS_OWN_MOUNTS))
		return name(out, "flatpak:", flatpak);
	return name(out, "systemd-user:", unit);
}

bool
identity_by_cgroup(const char *text)
{
	return strncmp(text, "systemd:", 8) == 0 || strncmp(text, "systemd-user:", 13) == 0 ||
	    strncmp(text, "flatpak:", 8) == 0;
}

bool
identity_is_known(const char *text)
{
	static const char *const kinds[] = { "systemd:", "systemd-user:", "flatpak:", "snap:", "appimage:",
		"script:" };

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
