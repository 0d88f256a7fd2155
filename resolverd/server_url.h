/*
 * A server as people write it:
 *
 *	dot://9.9.9.9:853?name=dns.quad9.net&pin=BASE64
 *	dot://[2620:fe::fe]
 *	udp://10.0.0.1:5353
 *	udp://10.64.0.1?public
 *	udp://10.0.0.53?search=corp.example,10.in-addr.arpa&insecure
 *	10.0.0.1, 2001:db8::1		in clear, port 53
 *
 * Over TLS the server shows that it is called name, or holds the pinned key (44
 * characters: SHA-256 in base64), or both; without either its address must be in its
 * certificate. A pin alone needs no authority. One that is somebody else's, such as the
 * resolver at the other end of a VPN, is called public: its address alone does not say so.
 *
 * With search= it is asked for names at and below these domains alone (up to SERVER_SCOPES,
 * with commas or as more parameters), and nobody else is asked for those. With insecure
 * what it says of them is believed without proof: a domain inside that no outer zone knows.
 */
#ifndef RESOLVERD_SERVER_URL_H
#define RESOLVERD_SERVER_URL_H

#include "servers.h"

/*
 * 0: *s is whole, with what is known of it at nothing. -1: *wrong says why, for people,
 * and *at where in text it is.
 */
int	server_parse(const char *text, struct server *s, const char **wrong, size_t *at);

#endif
