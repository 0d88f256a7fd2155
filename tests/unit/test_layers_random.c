/*
 * Random deeds in the folders of policy files: what is in force in the end does not depend on what was
 * before, once every file can be read.
 */
/* links: @policy */
#include "policy.h"
#include "policy_folders.h"

TestSuite(layers_random, .init = folders_start, .fini = folders_finish);

static const char *const files[] = { "vendor/a.conf", "vendor/b.conf", "etc/profiles/a.conf",
	"etc/profiles/b.conf", "etc/profiles/c.conf", "state/profiles/1000-a.conf", "state/profiles/1000/a.conf",
	"state/profiles/1001-b.conf", "etc/bulwark.conf", "etc/more" };
#define FILES	(sizeof files / sizeof files[0])
#define BROKEN	1	/* bits of what is put into a file */
#define EXTENDS	2

static uint32_t seed = 1;

static unsigned
rnd(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void
on_told(void *ctx, const struct slot *s)
{
	(void)ctx;
	(void)s;
}

static void
write_file(unsigned i, unsigned what)
{
	const char *broken = what & BROKEN ? "frob" : "";

	if (i >= FILES - 2)
		put(files[i], "level %s\nrules { deny address 192.0.2.%u }\ndefine $s%u { tcp/%u }\n%s\n%s", rnd(2) ?
		    "secure" : "dynamic", rnd(4), i, rnd(4), rnd(2) && i == FILES - 2 ? "include \"more\"" : "", broken);
	else
		put(files[i], "%sprofile \"p%u\" { path \"/bin/%u\"; flags internet; rules { deny port tcp/%u } }\n%s",
		    what & EXTENDS && strncmp(files[i], "etc/", 4) == 0 ? "extend " : "", rnd(2), rnd(3), rnd(4),
		    broken);
}

static void
deed(void)
{
	unsigned i = rnd(FILES), k = rnd(FILES);

	switch (rnd(6)) {
	case 0:
		(void)unlink(place(files[i]));
		break;
	case 1:
		if (i < FILES - 2 && k < FILES - 2)
			(void)rename(place(files[i]), place(files[k]));
		break;
	case 2:
		write_file(i, BROKEN);
		break;
	default:
		write_file(i, rnd(2) * EXTENDS);
	}
}

/* All that can be found, as text. */
static char *
in_force(struct layers *l)
{
	struct policy *p = policy_new(l);
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "%u files %zu level %u", p->broken_files, l->count, p->level);
	for (unsigned i = 0; i < p->rules.count; i++)
		fprintf(out, " %u", p->rules.rules[i].nets[0].address[3]);
	for (unsigned i = 0; i < p->profiles_count; i++) {
		const struct profile *f = p->profiles[i];

		fprintf(out, "\n%s %s %s %s:", f->where.file->shown, f->name, f->names_count == 0 ? "-" : f->names[0].text,
		    f->broken != NULL ? "!" : "");
		for (unsigned k = 0; k < f->rules.count; k++)
			fprintf(out, " %u", f->rules.rules[k].keys_count == 0 ? 0 : f->rules.rules[k].keys[0].low);
	}
	fclose(out);
	policy_free(p);
	return text;
}

Test(layers_random, history_does_not_matter)
{
	cr_assert_eq(mkdir(place("state/profiles/1000"), 0755), 0);
	for (unsigned round = 0; round < 60; round++) {
		struct layers fresh;
		char *is, *wanted;

		for (unsigned deeds = rnd(12); deeds > 0; deeds--) {
			deed();
			if (rnd(3) == 0)
				(void)layers_look(&layers, on_told, NULL);
		}
		for (unsigned i = 0; i < FILES; i++)	/* every file that is there is mended */
			if (access(place(files[i]), F_OK) == 0 || i == FILES - 1)
				write_file(i, 0);
		(void)layers_look(&layers, on_told, NULL);
		layers_init(&fresh, place("vendor"), place("etc"), place("state"));
		layers_shown(&fresh, "/usr", "/etc", "/var");
		(void)layers_look(&fresh, on_told, NULL);
		is = in_force(&layers);
		wanted = in_force(&fresh);
		cr_assert_str_eq(is, wanted, "round %u\n%s\n--- not\n%s", round, is, wanted);
		cr_assert_eq(is[0], '0');
		layers_free(&fresh);
		free(is);
		free(wanted);
	}
}
