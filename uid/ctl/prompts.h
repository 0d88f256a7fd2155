/*
 * What the verbs about prompts share.
 */
#ifndef CTL_PROMPTS_H
#define CTL_PROMPTS_H

#include "ctl.h"
#include "show.h"

/* "curl[1234] alice -> www.example.org:443/tcp (192.0.2.7)", and why it is asked. */
void		 prompt_put(struct line *, const json_t *prompt);
/* Keeps prompts in view until the connection ends: --watch. */
enum ctl_exit	 prompts_watch(const struct options *);

/* That nobody is there, if so, and how one is: of a "status" (may be NULL), with how many were not answered. */
bool		 prompts_nobody(struct line *, const json_t *status);
/* The same in a line of its own, for who has something asked for. With --json, and where nothing runs, nothing. */
void		 prompts_warn(const struct options *);

/*
 * A request about the program and destination in argv, with --user and --port; NULL after a complaint. gone_too: as
 * program_add() says.
 */
json_t		*choose_request(const struct options *, const char *verb, char **argv, bool gone_too, enum ctl_exit *status);
/* Sends what was chosen or answered, and shows it. Takes over the reference to the request. */
enum ctl_exit	choose_send(const struct options *, json_t *request);

#endif
