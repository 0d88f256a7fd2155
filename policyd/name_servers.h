/*
 * The servers that resolverd may ask, and for which names: chosen from bulwark.conf's
 * resolver statements, the machine's resolv.conf and the settings in force.
 */
#ifndef POLICYD_NAME_SERVERS_H
#define POLICYD_NAME_SERVERS_H

#include "scope.h"
#include "upstreams.h"

/* What resolv.conf says now. */
void	name_servers_machine(const struct control_resolvers *);
/* The machine's addresses. True: it is in another network than when they were told before. */
bool	name_servers_moved(const struct links *);
/*
 * Chooses anew, and says so: servers, network_*, search, captive, network, only_encrypted
 * and designated of the message.
 */
void	name_servers_choose(struct names_settings *);
/* How they do, unasked; NULL: resolverd is gone. */
void	name_servers_heard(const struct names_servers *);
/* For people, at most 511 bytes: none of those for all names answers, and why. NULL: as far as known one does. */
const char *name_servers_silent(void);
/* Those chosen last: resolverd may reach these and no others. */
const struct upstreams *name_servers_now(void);

#endif
