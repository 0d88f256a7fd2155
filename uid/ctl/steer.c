/*
 * Requests that change something, at policyd's own socket.
 */
#include <unistd.h>

#include "fields.h"
#include "reader.h"

enum ctl_exit
steer(const struct options *o, json_t *request, json_t **answer)
{
	enum ctl_exit	 status = EXIT_FAILED;
	struct reader	*r = reader_open(o, "steer.sock", &status);

	*answer = NULL;
	if (r == NULL) {
		json_decref(request);
		return status;
	}
	(void)reader_send(r, request);
	*answer = reader_next(r, ANSWER_WAIT_S);
	reader_close(r);
	if (*answer == NULL)
		return complain(o, EXIT_DOWN, "no answer from %s/steer.sock: is the suite starting or "
		    "ending? 'bulwarkctl status' tells", o->rundir);
	if (!true_of(*answer, "ok"))
		return complain(o, geteuid() == 0 ? EXIT_FAILED : EXIT_DENIED, "%s", text_of(*answer, "error"));
	return EXIT_OK;
}
