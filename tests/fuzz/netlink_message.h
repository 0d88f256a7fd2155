/*
 * Shows a fuzzer's bytes to a parser of netlink messages as the kernel's would
 * come: aligned, one message after the other, in exactly as many bytes.
 */
#ifndef FUZZ_NETLINK_MESSAGE_H
#define FUZZ_NETLINK_MESSAGE_H

#include "netlink.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static inline void
each_message(const uint8_t *data, size_t size, void (*parse)(const struct nlmsghdr *))
{
	const struct nlmsghdr	*h;
	void			*copy;
	int			 left = (int)size;

	if (size == 0 || size > 65536 || (copy = malloc(size)) == NULL)
		return;
	memcpy(copy, data, size);
	for (h = copy; netlink_ok(h, left); h = mnl_nlmsg_next(h, &left))
		parse(h);
	free(copy);
}

#endif
