/*
 * What this machine is: its addresses, as intercept tells them, and the suite's own processes, as the
 * parent does. Kept for all who make facts. Pointers stay valid, and show what was told last.
 */
#ifndef POLICYD_MACHINE_H
#define POLICYD_MACHINE_H

#include "control.h"
#include "facts.h"

/* True: they are others than were told before. The first since machine_forget_links() are not. */
bool	machine_set_links(const struct decide_links *);
/* Another intercept tells them anew; until then there are none. */
void	machine_forget_links(void);
/* True: there is a new resolverd, which alone of the suite's processes has traffic of its own. */
bool	machine_set_suite(const struct control_suite *);

const struct links *machine_links(void);
const struct own *machine_own(void);

#endif
