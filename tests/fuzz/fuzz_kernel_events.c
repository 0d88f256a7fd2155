/*
 * Records of the kernel's ring of process events: any bytes. Each begins with its length (two bytes,
 * the lower first); what is kept of all of them is dropped at the end.
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

#include "kernel_events.h"
#include "procfs.h"
#include "runs.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size >= 2) {
		size_t	 len = data[0] | (size_t)data[1] << 8;
		void	*copy;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		copy = malloc(len > 0 ? len : 1);
		if (copy == NULL)
			return 0;
		memcpy(copy, data, len);
		kernel_events_read(copy, len);
		free(copy);
		data += len;
		size -= len;
	}
	runs_unsure(clock_ms());
	runs_expire(INT64_MAX);
	return 0;
}
