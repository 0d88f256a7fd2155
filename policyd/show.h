/*
 * Lists for people: the profiles in force, the text of one, settings, words.
 */
#ifndef POLICYD_SHOW_H
#define POLICYD_SHOW_H

#include <stddef.h>

/* Each gives a whole answer (answer.h). */
void	show_list(void);
/* name: a profile's, or a path that one is found by. */
void	show_profile(const char *name, size_t len);
/* All settings; what each means. */
void	show_settings(void);
/* The block lists of bulwark.conf, and what became of their files. */
void	show_lists(void);
/* What was answered for programs of this user, UINT32_MAX: of all. In show_answers.c. */
void	show_answers(uint32_t uid);
/* The other words of the language; what each means. */
void	show_words(void);

#endif
