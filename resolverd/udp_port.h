/*
 * A socket for one question over UDP: connected to its server, on a port that the kernel draws for
 * this one. The socket may have been another question's before; its port was another then.
 */
#ifndef RESOLVERD_UDP_PORT_H
#define RESOLVERD_UDP_PORT_H

#include <sys/socket.h>

struct event_base;
struct udp_port;

/* Called from the loop when there is something to read. */
typedef void	udp_port_fn(void *ctx);

/* NULL: none could be had (errno). */
struct udp_port	*udp_port_open(struct event_base *, const struct sockaddr *server, socklen_t, udp_port_fn *,
		    void *ctx);
/* To send to and to receive from; it stays the port's. */
int		 udp_port_fd(const struct udp_port *);
/* What comes for it later comes to nobody. NULL is fine. */
void		 udp_port_close(struct udp_port *);

#endif
