/* Looks a name up by the C library's getaddrinfo() and prints its addresses. Built statically with musl, too. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int
main(int argc, char *argv[])
{
	const struct addrinfo	 hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo		*all;
	char			 text[INET6_ADDRSTRLEN];
	const void		*address;

	if (argc != 2 || getaddrinfo(argv[1], NULL, &hints, &all) != 0)
		return 1;
	for (const struct addrinfo *a = all; a != NULL; a = a->ai_next) {
		address = a->ai_family == AF_INET ? (const void *)&((struct sockaddr_in *)a->ai_addr)->sin_addr :
		    &((struct sockaddr_in6 *)a->ai_addr)->sin6_addr;
		puts(inet_ntop(a->ai_family, address, text, sizeof(text)));
	}
	freeaddrinfo(all);
	return 0;
}
