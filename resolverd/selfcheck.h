/*
 * Do questions still come to us? One for a secret name is sent, as any program's would
 * be, to a server that is nowhere; the kernel's rules must bring it back to our door.
 */
#ifndef RESOLVERD_SELFCHECK_H
#define RESOLVERD_SELFCHECK_H

#include "dname.h"

/*
 * Sends one; came(id) is called when it arrives, if it does. The one before is given up.
 * It never leaves the machine, whatever the rules are: its socket is bound to the
 * loopback device, and to an address that no other device may send from.
 */
void	selfcheck_try(uint32_t id, void (*came)(uint32_t id));
/* The name that is waited for; NULL: none. */
const struct dname *selfcheck_name(void);
/* True: it is that name, which nobody else knows; it is not to be answered. */
bool	selfcheck_heard(const struct dname *);

#endif
