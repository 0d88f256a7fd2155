/*
 * Sockets for questions over UDP, each connected to one server, on a port by chance. A
 * socket serves one question at a time, and a few of them one after the other.
 */
#ifndef RESOLVERD_UDP_PORT_H
#define RESOLVERD_UDP_PORT_H

#include <stdbool.h>
#include <sys/socket.h>

#define UDP_PORT_QUESTIONS	8	/* of one socket */
#define UDP_PORT_IDLE_MS	500	/* without one it is closed after so long, at most twice */

struct event_base;
struct udp_port;

/* Called from the loop when there is something to read. */
typedef void	udp_port_fn(void *ctx);

/* NULL: none could be had (errno). What can be read may be for the question before. */
struct udp_port	*udp_port_open(struct event_base *, const struct sockaddr *server, socklen_t, udp_port_fn *,
		    void *ctx);
/* To send to and to receive from; it stays the port's. */
int		 udp_port_fd(const struct udp_port *);
/* The network is another one, maybe: spare sockets have addresses that may be gone, and are closed. */
void		 udp_port_forget(void);
/* The question is over; answered: by the server, so that the port is good for another one. NULL is fine. */
void		 udp_port_close(struct udp_port *, bool answered);

#endif
