/*
 * The place of systemd-resolved's socket for programs (varlink), at which nss-resolve
 * asks: taken while the suite runs, put back at its end. What was done stands in the
 * folder alone, so it is put back as well after whoever took the place was killed:
 *
 *	io.systemd.Resolve		what programs connect to
 *	io.systemd.Resolve.bulwark	the suite's socket, by a name of its own
 *	io.systemd.Resolve.aside	systemd-resolved's, while ours has its place
 *
 * Everything is done as the folder's owner, so no capability is needed.
 */
#ifndef SANDBOX_PLACE_H
#define SANDBOX_PLACE_H

#include <stdbool.h>

#define PLACE_FOLDER	"/run/systemd/resolve"

/* An O_PATH descriptor; -1: there is no such folder. */
int	place_open(void);
/*
 * A listening socket in the place; puts back first what one that was killed left. -1 with
 * errno: it could not be had; EADDRINUSE: another suite has it.
 */
int	place_listen(int folder);
/* Is it another folder than this one, which was made anew or was not there at first (-1)? */
bool	place_moved(int folder, int now);
/* True: ours was not there (systemd-resolved was started anew), and is again. */
bool	place_retake(int folder);
/* Nobody listens there: as it was. Without our names in the folder nothing happens. */
void	place_restore(int folder);
/* The same, unless somebody listens by our name. */
void	place_restore_dead(int folder);

#endif
