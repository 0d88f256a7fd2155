/*
 * For tests: a policy from texts, without folders. Each text is a file of a
 * layer; the texts must be without error unless broken is set.
 */
#ifndef TESTS_POLICY_MAKE_H
#define TESTS_POLICY_MAKE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "judge.h"
#include "layers.h"

struct made_file {
	enum layer	 layer;		/* LAYER_BUILTIN stands for bulwark.conf */
	uint32_t	 uid;
	const char	*name;
	const char	*text;
};

static int
made_compare(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return x->layer != y->layer ? (x->layer < y->layer ? -1 : 1) : x->uid != y->uid ?
	    (x->uid < y->uid ? -1 : 1) : strcmp(x->path, y->path);
}

static void
made_slot(struct slot *s, const struct made_file *m, const struct define *defines)
{
	bool conf = m->layer == LAYER_BUILTIN;
	struct file_source source = { .kind = conf ? FILE_CONF : FILE_PROFILES, .layer = conf ?
		LAYER_ADMIN : m->layer, .uid = m->uid, .name = m->name, .shown = m->name,
		.defines = defines };
	struct diag diag = { 0 };

	*s = (struct slot){ .layer = source.layer, .uid = m->uid, .name = strdup(m->name),
		.path = strdup(m->name), .shown = strdup(m->name) };
	s->file = file_build(&source, m->text, strlen(m->text), &diag);
	if (diag.count > 0) {
		s->broken = true;
		s->line = diag.lines[0].at.line;
		s->error = strdup(diag.lines[0].text);
		if (!conf)
			s->file = file_stand_in(&source, m->text, strlen(m->text), s->line, s->error);
	}
	diag_free(&diag);
}

static struct policy *
policy_make(const struct made_file *files, size_t count)
{
	struct layers l = { .builtin = builtin_profiles() };
	const struct define *defines = NULL;
	struct policy *p;

	for (size_t i = 0; i < count; i++)
		if (files[i].layer == LAYER_BUILTIN) {
			made_slot(&l.conf, &files[i], NULL);
			defines = l.conf.file->conf->defines;
		}
	l.slots = calloc(count + 1, sizeof *l.slots);
	for (size_t i = 0; i < count; i++)
		if (files[i].layer != LAYER_BUILTIN)
			made_slot(&l.slots[l.count++], &files[i], defines);
	qsort(l.slots, l.count, sizeof *l.slots, made_compare);
	p = policy_new(&l);
	layers_free(&l);
	return p;
}

#endif
