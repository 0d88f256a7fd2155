/*
 * The suite's part in the kernel (bpf/maps.h), where there is one: the lease and the
 * generation by which its grants count, who sent a packet, and which socket a UDP flow
 * belongs to. Its grants are in lent.h, what it refuses in refusals.h, their uses in uses.h.
 */
#ifndef INTERCEPT_KERNEL_H
#define INTERCEPT_KERNEL_H

#include "bpf/maps.h"
#include "decide.h"
#include "who.h"

/*
 * Before the process narrows itself; control, owners: the maps. From now on nothing that an earlier intercept granted
 * counts. False: there is no such part, or it is of no use (said in the log), and the calls below do nothing.
 */
bool		kernel_open(int control, int owners);
bool		kernel_here(void);
/* What came of kernel_open(): enum kernel_path. */
uint8_t		kernel_path(void);
/* They are refused, but to whom the map below_may names; what an earlier intercept said stands until then. */
void		kernel_below_close(bool);
/* For 2.5 s more grants count; once a second. */
void		kernel_renew(void);
/* No grant counts any more: those of this generation never, and none until the next renewal. */
void		kernel_void(void);
void		kernel_stop(void);
/* What grants are given with. */
uint32_t	kernel_generation(void);
/* The next use of a grant or refusal wakes who polls the ring of uses; those after it do not. */
void		kernel_await_use(void);
/* How many refusals count now. */
void		kernel_refusals(uint32_t count);
/* Calls that failed by them since kernel_open(). */
uint64_t	kernel_refused(void);
/* Records of what goes below the rules that were lost since it was asked last. */
uint32_t	kernel_below_lost(void);

/*
 * Who sent the packet with this tuple, which the kernel says a socket of this user sent (NULL: it does not say); can
 * be asked once. False: not known, or not for sure; then the note says why (NOTE_*), or flags are 0.
 */
bool		kernel_note_take(const struct tuple *, const uint32_t *uid, struct kernel_note *);
/* The one socket that may go on with this UDP flow; 0: the kernel itself. Others come to the queue. */
void		kernel_owner_set(const struct tuple *, uint64_t cookie);
/* False: none is known. */
bool		kernel_owner(const struct tuple *, uint64_t *cookie);

/* Facts of a sender as whod is told them. */
void		kernel_sender_told(const struct kernel_sender *, struct who_sender *);
/* The kernel's tuple has ports of TCP and UDP alone. */
void		kernel_tuple(const struct tuple *, struct kernel_tuple *);

#endif
