/*
 * The search by frameworks. Up to the first NUL: a vendor's file of profiles; up to the next ones: the
 * program's folder, then two scripts' paths; the rest: its arguments. What is found must be the policy's,
 * and no more than there is room for; and it takes no longer for any arguments.
 */
/* links: @policy policyd/framework.c */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "builtin.h"
#include "framework.h"

#define MOST_MS	1000	/* instrumented, on a busy machine */

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Up to the next NUL, or the end; at most max bytes of it. */
static char *
part(const uint8_t **data, size_t *left, size_t max)
{
	size_t len = strnlen((const char *)*data, *left), used = len < *left ? len + 1 : len;
	char *copy = strndup((const char *)*data, len < max ? len : max);

	must(copy != NULL);
	*data += used;
	*left -= used;
	return copy;
}

static void
told(void *ctx, const struct profile *p, struct where where, const char *text)
{
	(void)where;
	must(p == NULL || p->name != NULL);
	must(text[0] != '\0');
	must(++*(unsigned *)ctx < 100);
}

static bool
is_in(const struct policy *policy, const struct profile *p)
{
	for (unsigned i = 0; i < policy->profiles_count; i++)
		if (policy->profiles[i] == p)
			return true;
	return false;
}

static void
search(const struct policy *policy, const struct program *program)
{
	struct found quiet, found;
	int64_t begin = now_ms();
	unsigned steps = 0;

	framework_search(policy, program, &quiet, NULL, NULL);
	must(now_ms() - begin < MOST_MS);
	framework_search(policy, program, &found, told, &steps);
	must(found.serial == policy->serial && found.also_count <= FOUND_MOST && found.also_count == quiet.also_count);
	must(found.framework == quiet.framework && found.script_unknown == quiet.script_unknown);
	must(found.framework == NULL || found.framework->framework != NULL || found.framework->broken != NULL);
	for (unsigned i = 0; i < found.also_count; i++)
		must(is_in(policy, found.also[i].profile) && found.also[i].profile == quiet.also[i].profile);
}

static void
set_hints(struct hints *h, char *cwd, char *scripts[2], const uint8_t *arguments, size_t len)
{
	*h = (struct hints){ .read = true, .cwd = cwd, .cwd_len = (uint16_t)(cwd[0] == '/' ? strlen(cwd) : 0),
		.arguments = (const char *)arguments, .arguments_len = (uint16_t)len };
	for (unsigned i = 0; i < 2; i++)
		if (scripts[i][0] == '/') {
			h->script[h->scripts].argument = (uint8_t)(i + 1);
			h->script[h->scripts].flags = PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;
			h->script[h->scripts].path = scripts[i];
			h->script[h->scripts++].len = (uint16_t)strlen(scripts[i]);
		}
	h->parents = 2;
	for (unsigned i = 0; i < 2; i++) {
		h->parent[i].flags = PROCESS_PROVEN;
		h->parent[i].path = i == 0 ? "/usr/bin/dash" : "/usr/sbin/cron";
		h->parent[i].len = (uint16_t)strlen(h->parent[i].path);
	}
}

static void
with_file(struct file *file, const uint8_t *data, size_t left)
{
	static const char *const paths[] = { "/usr/bin/python3.11", "/usr/bin/dash", "/usr/lib/ld.so" };
	struct slot slot = { .layer = LAYER_VENDOR, .name = "f", .path = "f", .shown = "f", .file = file };
	struct layers layers = { .builtin = builtin_profiles(), .slots = &slot, .count = 1 };
	struct policy *policy = policy_new(&layers);
	char *cwd = part(&data, &left, CWD_BYTES), *scripts[2] = { part(&data, &left, SCRIPT_BYTES),
		part(&data, &left, SCRIPT_BYTES) };
	size_t len = left < ARGUMENTS_BYTES - 1 ? left : ARGUMENTS_BYTES - 1;
	uint8_t *arguments = malloc(len + 1);
	struct hints hints;

	must(arguments != NULL);
	memcpy(arguments, data, len);
	arguments[len] = '\0';
	set_hints(&hints, cwd, scripts, arguments, len + 1);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		const struct program p = { .id = 1, .pid = 2, .uid = 1000, .path = paths[i],
			.path_len = (uint16_t)strlen(paths[i]), .cgroup = cwd, .cgroup_len = (uint16_t)strlen(cwd),
			.command = "", .hints = &hints, .flags = PROCESS_PROVEN | PROCESS_ROOT_FILE |
			PROCESS_SAFE_MODE | PROCESS_ROOT_CGROUP | PROCESS_OWN_MOUNTS };

		search(policy, &p);
	}
	free(arguments);
	free(cwd);
	free(scripts[0]);
	free(scripts[1]);
	file_drop(layers.builtin);
	policy_free(policy);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct file_source source = { .kind = FILE_PROFILES, .layer = LAYER_VENDOR, .name = "f", .shown = "f" };
	struct diag diag = { 0 };
	struct file *file;
	size_t left = size;
	char *text = part(&data, &left, size);

	file = file_build(&source, text, strlen(text), &diag);
	if (file != NULL)
		with_file(file, data, left);
	file_drop(file);
	diag_free(&diag);
	free(text);
	return 0;
}
