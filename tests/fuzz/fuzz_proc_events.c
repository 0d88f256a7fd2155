/*
 * Messages of the proc connector: any bytes, read as they would come.
 */
/* links: intercept/who/answers.c intercept/who/lanes.c intercept/who/events.c intercept/who/holders.c intercept/who/identity.c */
/* links: intercept/who/origin.c intercept/who/parse.c intercept/who/processes.c intercept/who/sweep.c */
/* links: intercept/who/procfs.c intercept/who/question.c intercept/who/raw.c intercept/who/reader.c */
/* links: intercept/who/reader_work.c intercept/who/hints.c intercept/who/wanted.c intercept/who/scan.c intercept/who/search.c intercept/who/digest.c */
/* links: intercept/who/sockets.c intercept/who/proc.c intercept/who/runs.c intercept/who/sender.c */
/* links: intercept/who/kernel_events.c intercept/bpf/ring.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void	*copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	events_read(copy, size);
	free(copy);
	return 0;
}
