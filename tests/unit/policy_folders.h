/*
 * For tests: the three folders of policy files.
 */
#ifndef TESTS_POLICY_FOLDERS_H
#define TESTS_POLICY_FOLDERS_H

#include "layers.h"
#include "temp_folder.h"

static struct layers	layers;

static void
folders_start(void)
{
	folder_start();
	cr_assert_eq(mkdir(place("vendor"), 0755) | mkdir(place("etc"), 0755) |
	    mkdir(place("etc/profiles"), 0755) | mkdir(place("state"), 0755) |
	    mkdir(place("state/profiles"), 0755), 0);
	layers_init(&layers, place("vendor"), place("etc"), place("state"));
	layers_shown(&layers, "/usr", "/etc", "/var");
}

static void
folders_finish(void)
{
	layers_free(&layers);
	folder_finish();
}

static inline void
put_profile(const char *name, const char *profile)
{
	put(name, "profile \"%s\" { path \"/bin/%s\" }\n", profile, profile);
}

/* As if all files had been there for long: the next look believes their times. */
static inline void
grow_old(void)
{
	struct conf *conf = layers.conf.file == NULL ? NULL : layers.conf.file->conf;

	layers.conf.stamp.fresh = false;
	for (size_t i = 0; i < layers.count; i++)
		layers.slots[i].stamp.fresh = false;
	for (unsigned i = 0; conf != NULL && i < conf->includes; i++)
		conf->include_stamp[i].fresh = false;
}

#endif
