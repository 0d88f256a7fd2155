/*
 * What the words of the language mean, one sentence each: the only place. What
 * people are shown (show.c) and the man pages (a test compares) say the same; of
 * settings the sentence stands in setting_infos.
 */
#ifndef POLICYD_INFOS_H
#define POLICYD_INFOS_H

enum info_kind { INFO_STATEMENT = 1, INFO_PROPERTY, INFO_FLAG, INFO_ACTION, INFO_MATCH };

struct info {
	enum info_kind	 kind;
	const char	*word, *explain;
};

extern const struct info infos[];	/* ends with word NULL */

const char	*info_kind_name(enum info_kind);	/* "property" */

#endif
