/*
 * Answers in datagrams: what is ready at the same time leaves together.
 */
#ifndef RESOLVERD_UDP_OUT_H
#define RESOLVERD_UDP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

#define UDP_OUT_MOST	32	/* answers that leave together */

/*
 * Takes a copy of an answer of at most UDP_MOST bytes, to leave by fd, a bound socket.
 * True: it is the first that waits, so somebody has to call udp_out_flush().
 */
bool	udp_out_add(int fd, const union address *client, socklen_t client_len, const uint8_t *message, size_t len);
/*
 * Sends what waits, after told_send(). What policyd could not be told, or the kernel does not
 * take, is lost; the client asks again.
 */
void	udp_out_flush(void);

#endif
