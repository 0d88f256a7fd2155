/*
 * The journal of changes: who changed what, from what to what, and why. Lines
 * are appended to a file of the state folder; a full one makes place for the next
 * and is kept beside it, so that both are bounded. Level, settings and files write
 * here (current.c, changes.c), and whoever changes what the user trusts.
 */
#ifndef POLICYD_JOURNAL_H
#define POLICYD_JOURNAL_H

#define JOURNAL_BYTES	(256 * 1024)	/* of one file */
#define JOURNAL_SHOWN	500		/* changes */
#define JOURNAL_TEXT	400		/* bytes of each text; more is cut */

/* folder: the state's, kept. */
void	journal_start(const char *folder);
/*
 * what: "level", "setting", "file", "trust"; who: "user UID", "files", "policyd". Never fails: what can't
 * be written is said in the log.
 */
void	journal_add(const char *what, const char *who, const char *before, const char *after, const char *why);
/* The last changes, oldest first, as a whole answer (answer.h). */
void	journal_show(void);

#endif
