/*
 * bulwark.conf: level, settings, named sets, global rules, block lists, includes.
 */
#ifndef POLICYD_CONF_H
#define POLICYD_CONF_H

#include "file.h"

/*
 * Builds *out in b->arena from the tree and what it includes. With an error
 * (b->diag) the result holds only what tightens: stricter settings, a higher
 * level, rules that deny, block lists.
 */
void	conf_build(struct build *, const struct file_source *, const struct ast *, struct define *defines,
	    struct conf **out);

#endif
