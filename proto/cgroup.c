/*
 * See cgroup.h. Called by policyd for names of profiles, by uid for people. Whoever made
 * the cgroup chose the path's bytes.
 */
#include <stdio.h>
#include <string.h>

#include "cgroup.h"

#define ID_DIGITS	64
#define SHORT_ID	12

struct cgroup_part
cgroup_next(const char **path)
{
	struct cgroup_part p;

	*path += strspn(*path, "/");
	p = (struct cgroup_part){ *path, strcspn(*path, "/") };
	*path += p.len;
	return p;
}

bool
cgroup_begins(struct cgroup_part p, const char *begin)
{
	size_t len = strlen(begin);

	return p.len > len && memcmp(p.text, begin, len) == 0;
}

bool
cgroup_ends(struct cgroup_part p, const char *end)
{
	size_t len = strlen(end);

	return p.len > len && memcmp(p.text + p.len - len, end, len) == 0;
}

static bool
part_is(struct cgroup_part p, const char *text)
{
	return p.len == strlen(text) && memcmp(p.text, text, p.len) == 0;
}

static bool
is_unit(struct cgroup_part p)
{
	return cgroup_ends(p, ".service") || cgroup_ends(p, ".scope") || cgroup_ends(p, ".socket") ||
	    cgroup_ends(p, ".mount") || cgroup_ends(p, ".swap");
}

struct cgroup_part
cgroup_unit_below(const char *path)
{
	struct cgroup_part p = cgroup_next(&path);

	while (p.len > 0 && cgroup_ends(p, ".slice"))
		p = cgroup_next(&path);
	return is_unit(p) ? p : (struct cgroup_part){ "", 0 };
}

struct cgroup_part
cgroup_user_unit(const char *path)
{
	struct cgroup_part p = cgroup_next(&path);

	if (!part_is(p, "user.slice"))
		return (struct cgroup_part){ "", 0 };
	while (p.len > 0 && !(cgroup_begins(p, "user@") && cgroup_ends(p, ".service")))
		p = cgroup_next(&path);
	return cgroup_unit_below(path);
}

struct cgroup_part
cgroup_unit(const char *path)
{
	struct cgroup_part p = cgroup_user_unit(path);

	return p.len > 0 ? p : cgroup_unit_below(path);
}

/* --- containers --- */

/* Where a part of the path names one; NAME goes on to the part's end, or to the suffix. */
enum form {
	FORM_ID,		/* 64 hexadecimal digits */
	FORM_NAME,
};

static const struct place {
	const char	*engine;
	const char	*below;		/* the part before; with a * for what follows; NULL: whatever */
	const char	*begin;
	const char	*end;
	enum form	 form;
} places[] = {
	{ "docker", NULL, "docker-", ".scope", FORM_ID },
	{ "docker", "docker", "", "", FORM_ID },
	{ "podman", NULL, "libpod-payload-", "", FORM_ID },
	{ "podman", NULL, "libpod-", ".scope", FORM_ID },
	{ "podman", NULL, "libpod-", "", FORM_ID },
	{ "crio", NULL, "crio-", ".scope", FORM_ID },
	{ "crio", NULL, "crio-", "", FORM_ID },
	{ "containerd", NULL, "cri-containerd-", ".scope", FORM_ID },
	{ "containerd", NULL, "nerdctl-", ".scope", FORM_ID },
	{ "kubernetes", "pod*", "", "", FORM_ID },
	{ "lxc", NULL, "lxc.payload.", "", FORM_NAME },
	{ "lxc", "lxc", "", "", FORM_NAME },
	{ "machine", "machine.slice", "machine-", ".scope", FORM_NAME },
	{ "machine", "machine.slice", "systemd-nspawn@", ".service", FORM_NAME },
};
#define PLACES	(sizeof places / sizeof places[0])

static bool
is_id(struct cgroup_part p)
{
	return p.len == ID_DIGITS && strspn(p.text, "0123456789abcdef") >= ID_DIGITS;
}

/* A name without what systemd writes as \x2d for "-". False: it has other bytes than names have. */
static bool
copy_name(struct cgroup_part p, char out[CONTAINER_BYTES])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:@";
	size_t used = 0;

	for (size_t i = 0; i < p.len; i++, used++) {
		if (used == CONTAINER_BYTES - 1)
			return false;
		out[used] = p.text[i];
		if (p.len - i >= 4 && memcmp(p.text + i, "\\x2d", 4) == 0) {
			out[used] = '-';
			i += 3;
		}
		if (memchr(letters, out[used], sizeof letters - 1) == NULL)
			return false;
	}
	out[used] = '\0';
	return used > 0;
}

static bool
take_name(const struct place *at, struct cgroup_part p, char out[CONTAINER_BYTES])
{
	size_t begin = strlen(at->begin), end = strlen(at->end);

	if (p.len <= begin + end || memcmp(p.text, at->begin, begin) != 0 ||
	    memcmp(p.text + p.len - end, at->end, end) != 0)
		return false;
	p = (struct cgroup_part){ p.text + begin, p.len - begin - end };
	if (at->form == FORM_NAME)
		return copy_name(p, out);
	if (!is_id(p))
		return false;
	memcpy(out, p.text, SHORT_ID);
	out[SHORT_ID] = '\0';
	return true;
}

static bool
is_below(const struct place *at, struct cgroup_part before)
{
	size_t len = at->below == NULL ? 0 : strlen(at->below);

	if (len == 0 || at->below[len - 1] != '*')
		return len == 0 || part_is(before, at->below);
	return before.len >= len && memcmp(before.text, at->below, len - 1) == 0;
}

bool
cgroup_container(const char *path, struct cgroup_container *c)
{
	struct cgroup_part before = { "", 0 }, p;
	const char *at = path;

	for (p = cgroup_next(&at); p.len > 0; before = p, p = cgroup_next(&at))
		for (size_t i = 0; i < PLACES; i++)
			if (is_below(&places[i], before) && take_name(&places[i], p, c->name)) {
				c->engine = places[i].engine;
				c->end = (size_t)(at - path);
				return true;
			}
	return false;
}

static bool
name_fits(const struct place *at, const char *name)
{
	char copy[CONTAINER_BYTES];

	if (at->form == FORM_ID)
		return strlen(name) == SHORT_ID && strspn(name, "0123456789abcdef") == SHORT_ID;
	return strstr(name, "\\x2d") == NULL && copy_name((struct cgroup_part){ name, strlen(name) }, copy);
}

bool
cgroup_container_known(const char *name)
{
	for (size_t i = 0; i < PLACES; i++) {
		size_t len = strlen(places[i].engine);

		if (strncmp(name, places[i].engine, len) == 0 && (name[len] == '\0' ||
		    (name[len] == '/' && name_fits(&places[i], name + len + 1))))
			return true;
	}
	return false;
}
