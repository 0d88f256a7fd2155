/*
 * Zones of which it is proved that they are not signed (RFC 4035, 5.2; with opt-out RFC 5155,
 * 6): nothing in them and below can be proved, so the validator need not be asked for it.
 *
 * Only for zones that much is asked of. The proof is the answer to a question for the zone's DS
 * records, which the validator found good; it counts as long as it says, INSECURE_S at most.
 */
#ifndef RESOLVERD_INSECURE_H
#define RESOLVERD_INSECURE_H

#include "dname.h"

#define INSECURE_AFTER	8	/* answers without proof, then one is looked for */
#define INSECURE_WALKS	4	/* proofs at a time that are looked for */
#define INSECURE_LABELS	8	/* of a zone, at most */
#define INSECURE_S	3600

/* Names are in lower case, times monotonic. */
bool	insecure_covers(const struct dname *, uint16_t type, int64_t now_s);
/* The validator had this name's answer from a zone that is not signed: may look for the proof. */
void	insecure_saw(const struct dname *, int64_t now_s);
void	insecure_forget(void);

#endif
