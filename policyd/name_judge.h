/*
 * What comes of a question for a name: may this program know it. For names_server.c, which speaks with resolverd.
 */
#ifndef POLICYD_NAME_JUDGE_H
#define POLICYD_NAME_JUDGE_H

#include "names.h"
#include "notices.h"

struct facts;
struct program;

enum name_judged {
	NAME_WAITS,	/* a person is asked, and it is judged again then */
	NAME_JUDGED,	/* the verdict is in v, and the notice says whether it is a grant */
	NAME_UNLOOKED,	/* likewise, until what acts in the program is known: who asks must be announced anew */
};

/* id, until_ms: of the question, if it is to wait for a person's answer; 0: it did not wait before. */
enum name_judged name_judge(uint32_t id, const struct names_ask *, struct notice *, int64_t until_ms,
	    struct names_verdict *v);
/* Where no question of this flow need be judged, the grant that says so is in g. False: some must be. */
bool	name_lend(const struct notice *, struct names_grant *g);
/* What was asked under a grant: the name counts as if it had been judged. */
void	name_asked(const struct program *, const struct facts *);

#endif
