/*
 * Members of the suite's objects, with a value also where they are missing or
 * of another kind, and how flows and programs are put into words.
 */
#ifndef CTL_FIELDS_H
#define CTL_FIELDS_H

#include "ctl.h"
#include "show.h"

const char	*text_of(const json_t *, const char *key);	/* "" */
json_int_t	 number_of(const json_t *, const char *key);	/* 0 */
bool		 true_of(const json_t *, const char *key);	/* false */

/* The user's name, or the number; valid until the next call. */
const char	*user_name(uint32_t uid);
/* 0, or -1: no such user. */
int		 user_number(const char *name, uint32_t *uid);

/* Words for an event or a connection; each returns its buffer. */
#define WORDS_BYTES	4608
const char	*program_of(const json_t *, char to[WORDS_BYTES]);	/* curl[1234], hook[5] (of git), or who else */
const char	*owner_of(const json_t *, char to[WORDS_BYTES]);	/* the user's name */
const char	*flow_of(const json_t *, char to[WORDS_BYTES]);	/* -> host.example:443/tcp (192.0.2.1) */
const char	*reason_of(const json_t *, char to[WORDS_BYTES]);	/* text (file:line) */
const char	*clock_of(const json_t *, const char *key, char to[WORDS_BYTES]);
enum colour	 verdict_colour(const char *verdict);
const char	*bytes_words(uint64_t bytes, char to[WORDS_BYTES]);	/* 1.2 MiB */

/* Filters of the command line as members of a request: 0, or -1 after *status was set. */
int		 filters_add(const struct options *, json_t *request, int argc, char **argv,
		    enum ctl_exit *status);

#endif
