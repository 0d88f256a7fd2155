/*
 * Senders that whod has named: the same process with the same program (bpf/maps.h) is not asked
 * about again for a second. Whatever whod reads beyond what the kernel notes (a path above the
 * file's folder, groups) counts at the latest then. Bounded; a place that another takes costs a
 * question.
 */
#ifndef INTERCEPT_KNOWN_H
#define INTERCEPT_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/maps.h"

#define KNOWN_NS	1000000000ll

/* Its id since now_ns (CLOCK_MONOTONIC); 0: whod was asked, and did not answer yet. */
void	 known_put(const struct kernel_sender *, uint64_t id, int64_t now_ns);
/* False: nobody asked. *id as above. A traced one is never known. */
bool	 known_find(const struct kernel_sender *, int64_t now_ns, uint64_t *id);
void	 known_end(const struct kernel_sender *);
/* That id stands for nobody any more. */
void	 known_gone(uint64_t id);
void	 known_forget(void);

#endif
