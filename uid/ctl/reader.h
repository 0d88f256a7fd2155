/*
 * A conversation over one of the suite's sockets: a request goes out, objects
 * come back, one a line. The other side is not trusted: lines are bounded, and
 * what is no JSON object ends the conversation.
 */
#ifndef CTL_READER_H
#define CTL_READER_H

#include "ctl.h"

struct reader;

/* NULL after a complaint; *status is then what main returns. */
struct reader	*reader_open(const struct options *, const char *socket_name,
		    enum ctl_exit *status);
/* As above, without a complaint: for those who try again. */
struct reader	*reader_try(const struct options *, const char *socket_name);
void		 reader_close(struct reader *);

/* Takes over the reference to the request. 0, or -1. */
int		 reader_send(struct reader *, json_t *request);

/*
 * The next object, or NULL: the other side ended, or did not answer within
 * wait_s seconds (0: for ever). After a second the wait is told on stderr.
 */
json_t		*reader_next(struct reader *, int wait_s);

/* Waits. True: reader_next() has something to do; false: fd has, and the reader nothing. */
bool		 reader_ready(const struct reader *, int fd);

const char	*type_of(const json_t *);
/* Shows an object of type "error"; returns the exit status that goes with it. */
enum ctl_exit	 show_refusal(const struct options *, const json_t *);

/*
 * Sends one request and hands each object of the answer to row() until "end"
 * or, for verbs that answer one object, after that one. ask(): with --json
 * objects are written as they are instead.
 */
enum ctl_exit	 fetch(const struct options *, const char *socket_name, json_t *request,
		    void (*row)(void *ctx, const json_t *), void *ctx);
enum ctl_exit	 ask(const struct options *, const char *socket_name, json_t *request,
		    void (*row)(void *ctx, const json_t *), void *ctx);
/* Has policyd change something: EXIT_OK, or what was wrong. The answer's reference is the caller's. */
enum ctl_exit	 steer(const struct options *, json_t *request, json_t **answer);
/* The object "status"; the reference is the caller's. */
enum ctl_exit	 fetch_status(const struct options *, json_t **status);

#define ANSWER_WAIT_S	15

#endif
