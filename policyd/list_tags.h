/*
 * The tags of block lists: which setting says at which levels a list counts.
 */
#ifndef POLICYD_LIST_TAGS_H
#define POLICYD_LIST_TAGS_H

#include "settings.h"

#define LIST_TAG_MOST	31	/* bytes */

/* 1 to LIST_TAG_MOST of a-z, 0-9 and -. */
bool		list_tag_is_plain(const char *);
enum setting	list_setting(const char *tag);

#endif
